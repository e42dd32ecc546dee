"""Taking an archive in: record by record, as they are, each once, and over nothing that is there."""
