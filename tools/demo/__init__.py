"""The demonstration: a hundred leads go through a sequence of three steps, in a minute instead of two days. They
answer, follow links, buy, unsubscribe, and say STOP.

cast       the leads: made up, each with numbers and addresses that belong to nobody
roles      what they do with what reaches them
story      the scripts and the sequence, put in place through the API
watching   how far everything is
screen     shows it while it moves
audit      was everything sent, once, on time, and nothing to those who wanted no more?
effects    does the application know what they did? team: is the team's own system told?
ending     the summary, and what happened to one of the leads
"""
