"""Everything DynamoDB. keys: where an item lives; items: its attributes; store: reading and writing; listing: pages."""
