"""Contact attempts: one contact through one channel. model, service, direct (one message by hand)."""
