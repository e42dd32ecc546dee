"""The providers behind the channels. port (what the engine asks), http (one client), twilio, sendgrid, vapi."""
