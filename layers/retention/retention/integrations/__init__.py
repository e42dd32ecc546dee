"""Integrations: how to reach the providers. model, secrets (where credentials are kept), service."""
