"""When a lead may be contacted.

model (what teams set), windows (when windows are open), zones (where a lead may live), caps (how often), notation
(hours as text), account (the deployment's own rules), hours (all of them for one message). All of it is pure.
"""
