"""The door: what comes from outside is verified, split into events and put on the inbound queue. No table here.

request      an HTTP request as it came
verifying/   who sent it: a file a way of proving that, pure
callers      what this door knows of a caller: the keys that it proves itself with, as the API published them
splitting/   from a body to events: a file a source, pure
event        what goes on the queue, and how it is written there
"""
