"""Suppressions: addresses that are never contacted, whoever they belong to."""
