"""Fuzzes the API by its own OpenAPI document: no request may be answered by a 5xx or outside the document.

rules (what is checked, and what counts as a refusal), world (what exists meanwhile),
run (send requests until there are enough), report (findings).
"""
