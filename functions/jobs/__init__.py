"""Runs what takes longer than a request."""

from retention import coldstart

coldstart.begin()
