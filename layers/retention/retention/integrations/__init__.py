"""How providers are reached. values, providers (a contract each), model, secrets (their store), service, forgetting."""
