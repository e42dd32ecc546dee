"""The engine: whatever is owed to a lead is sent once, or it is said why not.

obligation   what is owed, and the send of it that is under way
reasons      the closed list of what can be decided, in words that clients see
decide       the guards, in order: send, skip, defer, park or drop (pure)
kinds/       what is special about a step of a sequence, and about a contact by hand
loading      what a decision looks at, in two requests
gate         the one conditional write that lets a send through
senders      from a channel to its provider, with its credentials
settle       what an outcome changes, in one transaction
reconcile    finding out what became of a send whose outcome is not known
worker       takes a chunk of what is due through all of this
dispatch     from the due index to the queues, each minute; sweep: what is overdue
queue        the queues of the channels
"""
