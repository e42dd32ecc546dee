"""Leads from a file: CSV or JSON Lines, read row by row whatever its size."""
