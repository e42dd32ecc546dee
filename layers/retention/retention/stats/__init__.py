"""Counters, kept exact by being added to in the transactions that they count. model."""
