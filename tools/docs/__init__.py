"""Writes docs/reference/ from the code: api.md (routes and fields), table.md (where items live), openapi.json."""
