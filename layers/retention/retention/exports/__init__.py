"""Giving data out: one entity as JSON Lines or CSV, the whole account as an archive, all that is known of a lead."""
