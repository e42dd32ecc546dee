"""Leads: the people we may contact.

model, addresses (when two are the same), claims (whose an address is), contact (the right to contact), intake (taking
leads in, once each), service (finding and changing them), timeline (all that happened to one, and what is to come).
"""
