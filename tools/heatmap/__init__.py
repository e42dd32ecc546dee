"""Draws the report of the hours of the week, for people who would rather look than read."""
