"""Does what is due: text messages, e-mails, calls."""

from retention import coldstart

coldstart.begin()
