"""What the team runs beside the application: environments, the local stack, seeds, documents, benches."""
