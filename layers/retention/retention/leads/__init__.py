"""A lead: a person we may contact. model, addresses (normalising), contact (the right to contact), service."""
