"""How providers are reached, and how they prove themselves when they call.

values, providers    a contract each; model: what an integration is
secrets              the store of their credentials, and of what the door knows of its callers
service, changing    what can be done with integrations, and in which order it is written
publishing, forgetting    what follows from a change: the door is told, old secrets go
"""
