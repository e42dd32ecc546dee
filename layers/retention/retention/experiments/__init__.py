"""A/B tests: two scripts on one channel of a campaign. model, service."""
