"""Tells the HTTP API who is calling."""
