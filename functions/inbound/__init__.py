"""Applies what came in, each event once.

app       the entry
handlers  which part of the service applies which source
"""

from retention import coldstart

coldstart.begin()
