"""What a delete does to children. service (accepting it), plans (who goes, who is detached), chunks (the work)."""
