"""Figures: numbers that stand beside what they count, changed in the same transactions, summed when they are asked for.

model          a tally: the numbers of one scope and quarter of an hour, spread over a few items
buckets        which quarter of an hour an instant falls into
contributing   what one attempt, execution, enrollment, lead, assignment or conversion counts for, by its state: pure
counting       the difference that a transaction makes, added to it
scopes         of what figures are kept
recounting     adds up everything anew and compares (cells, recount_sheet), puts right what differs (repairing)

A figure is the sum of what each item counts for, and nothing else; so a recount can prove it.
"""
