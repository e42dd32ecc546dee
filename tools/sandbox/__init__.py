"""The sandbox: one HTTP server that stands where Twilio, SendGrid, VAPI, Meta and a tracker do, and the people behind
them, and tells exactly what it accepted.

accounts     whom it knows: the credentials that it takes, and the integrations that use them
wire         HTTP on a connection, with every way in which an answer can go wrong; outgoing: requests of its own
ledger       what was accepted, in order, once and for ever: the truth that the engine is measured by
faults       what it was told to do wrong, and to whom
world        everything that it knows; provider says what the providers have in common
twilio, sendgrid, vapi, graph
             the wire format of each: requests, answers, look-ups, the life of what was accepted, reports
             (messages, mail, maillogs, mailevents, callorders, callreports: their parts)
signatures   how each signs its reports
courier      brings reports to us; lives: what becomes of a message, and when it is told
habits       what receivers do with messages; people: they do it; reading: what stands in a message
tracker      a landing page that counts clicks, and postbacks
leadforms    people who fill in forms at Meta; receivers: the team's own systems
exchange     one request, from the door to the answer; control: `/_sandbox`, where it is told and asked
running      the server, in a thread of this process (`running_sandbox`), or alone (`python -m tools.sandbox`)
"""
