"""Scripts: what is said on each channel. model, service."""
