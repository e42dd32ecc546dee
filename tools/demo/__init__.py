"""The demonstration: a hundred leads go through a sequence of three steps, in a minute instead of two days.

cast       the leads: made up, each with numbers and addresses that belong to nobody
story      the scripts and the sequence, put in place through the API
watching   how far everything is
screen     shows it while it moves
audit      was everything sent, once, and on time?
ending     the summary, and what happened to one of the leads
"""
