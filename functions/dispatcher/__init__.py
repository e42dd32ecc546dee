"""Has what is due done: one tick a minute."""

from retention import coldstart

coldstart.begin()
