"""When a lead may be contacted. model (what teams set), windows, zones, caps (pure), account (the deployment's own)."""
