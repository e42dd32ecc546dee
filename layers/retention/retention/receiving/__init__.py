"""The door: what comes from outside is verified, split into events and put on the inbound queue. No table here.

request      an HTTP request as it came: its bytes, its query, its headers
form         a form-encoded body or query, exactly
callers      what this door knows of a caller: the keys that it proves itself with, as the API published them
known        callers by name, kept for a minute
verifying/   who sent it: a file a way of proving that, pure
splitting/   from a body to events: a file a source, pure
event        what goes on the queue
messages     how events are written there, many in a message
inbox        the queue, and the bucket for what is too large for it
"""
