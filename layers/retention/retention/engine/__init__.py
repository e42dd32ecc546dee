"""The engine: whatever is owed to a lead is sent once, or it is said why not.

obligation   what is owed, and the send of it that is under way (flight)
reasons      the closed list of what can be decided, in words that clients see
decision     the five forms that a decision has; decide: the guards, in order (pure)
errand       an obligation with all that bears on it; kinds/: what is special about a step, and about a contact by hand
loading      reads errands, in two requests; configuration: what changes seldom, kept for seconds
order        the message, put together
gate         the one conditional write that lets a send through; slots: the few places of a provider
sending      gate, provider, outcome
settle       what an outcome changes, in one transaction; attempts, commit: its parts
waiting      later, held, refused, unclear; reconcile: what became of a send whose outcome is not known
stopping     ends what is planned for a lead that is to be left alone
worker       takes a chunk of what is due through all of this; assembly puts it together
dispatch     from the due index to the queues, each minute; sweep: what is overdue; chunks, hints, queue: the way there
"""
