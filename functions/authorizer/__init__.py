"""Tells the HTTP API who is calling."""

from retention import coldstart

coldstart.begin()
