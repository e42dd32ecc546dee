"""Work that outlives a request. model, queue (waking the jobs function), runner (leases, budgets, progress),
recurring (what is begun every night, or by hand)."""
