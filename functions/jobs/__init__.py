"""Runs what takes longer than a request."""
