"""Contact attempts: one contact through one channel. model, service."""
