"""What is told about a message after it was sent: delivered, bounced, opened, clicked, answered, ended.

evidence    what can be told, and how it adds up: a set that grows, whose sum is the same in whatever order it came
deriving    what the attempt and the obligation are, by all the evidence there is: pure
applying    evidence into the table: claim, attempt, obligation, lead, suppression, in one transaction
twilio, sendgrid, vapi
            from a provider's words to evidence: pure, a file each
"""
