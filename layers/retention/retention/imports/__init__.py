"""Taking files in: lead files (CSV, JSON Lines) and archives of whole accounts."""
