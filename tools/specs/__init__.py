"""The providers' published OpenAPI files, cut down to what this service asks: `python -m tools.specs FOLDER`."""
