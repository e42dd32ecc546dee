"""The sandbox: one HTTP server that stands where Twilio, SendGrid and VAPI do, and tells exactly what it accepted.

accounts     whom it knows: the credentials that it takes, and the integrations that use them
wire         HTTP on a connection, with every way in which an answer can go wrong
ledger       what was accepted, in order, once and for ever: the truth that the engine is measured by
faults       what it was told to do wrong, and to whom
world        everything that it knows; provider says what the three have in common
twilio, sendgrid, vapi
             the wire format of each: requests, answers, look-ups, the life of what was accepted, reports
signatures   how each signs its reports
courier      brings reports to us; lives: what becomes of a message, and when it is told
exchange     one request, from the door to the answer; control: `/_sandbox`, where it is told and asked
running      the server, in a thread of this process (`running_sandbox`), or alone (`python -m tools.sandbox`)
"""
