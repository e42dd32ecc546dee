"""Who may call the API: our own keys, hashed and scoped. model, service (making keys), verify (checking them)."""
