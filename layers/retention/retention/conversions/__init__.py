"""Conversions: what came of it all. model, service, rules."""
