"""What the team is told: events to its own addresses, and conversions to its tracker.

model         an endpoint, a delivery
announcing    what happened becomes deliveries, in the transaction in which it happened
signing       Standard Webhooks
delivering    one try of a delivery, and when the next is; the jobs function makes it
service       endpoints and the log of deliveries, as the API shows them
"""
