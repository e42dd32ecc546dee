"""Campaigns and their assignments of leads. model, service, assignments."""
