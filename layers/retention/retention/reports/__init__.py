"""What is told about a message after it was sent: delivered, bounced, opened, clicked, answered, ended.

evidence    what can be told, and how it adds up: a set that grows, whose sum is the same in whatever order it came
deriving    what the attempt and the obligation are, by all the evidence there is: pure
applying    evidence into the table: claim, attempt, obligation, lead, suppression, in one transaction
reading     all that a report bears on, in one request
proof       a report that comes before our own write, or after we gave up: it settles the send
telling     what the team is told of
twilio, sendgrid, vapi
            from a provider's words to evidence: pure, a file each
handling    the handlers of Twilio's and SendGrid's reports
ended       why a call ended, by VAPI's word for it: what that says of the lead
spoken      whether somebody asked in a call to be left alone
calls       the handler of VAPI's reports
transcripts what was said in calls
polling     calls whose reports never came: the provider is asked
"""
