"""What the team is told: events to its own addresses, and conversions to its tracker.

model, endpoint       a delivery, who wants what; an endpoint, and how it fares
announcing, contents  what happened becomes deliveries, in the transaction in which it happened; what each event tells
registry, switching   who wants which events, known to every process; written together with the endpoint
signing, secrets      Standard Webhooks; where the secrets are
postback, trying      the address of a postback; one request
schedule, health      when it is tried again; since when an endpoint fails, and until when it rests
delivering            one try of each delivery that is due, and what follows; the jobs function makes them
checking, service, log
                      endpoints and the log of deliveries, as the API shows them
"""
