"""The providers behind the channels. Read it in this order.

port                     what the engine asks of a provider, and the forms that an answer has
digest                   what is sent, as a fingerprint: finds it again among a provider's records
destination, connection  where requests may go, and one connection with a deadline for everything
http                     the one HTTP client: it says exactly how far a request came
keyed                    an API that takes JSON under a bearer key
outcomes                 from an HTTP answer to what it means for a send
twilio, twilio_codes     text messages
sendgrid                 e-mail
vapi, vapi_call          calls, and how the request for one is put together
directory                from a channel to its provider, with its credentials
trying                   does an integration work?
"""
