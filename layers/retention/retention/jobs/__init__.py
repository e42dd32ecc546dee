"""Work that outlives a request. model, queue (waking the jobs function), runner (leases, budgets, progress)."""
