"""What came in is applied: each event once, whatever comes twice, late or in another order.

outcome     what can become of an event
claim       the item by which a second copy of an event loses: written in the transaction of the effect
queue       where events wait, come again, or rest
applying    the events of a message, each on its own; what comes again later, and what is hopeless
            (functions/inbound/handlers says which part of the service applies which source)
"""
