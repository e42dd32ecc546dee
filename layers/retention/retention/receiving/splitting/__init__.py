"""From a verified body to events: a file a source. Pure: bytes and an instant in, events out.

What cannot be read is refused with a MalformedInputError; a part that can never be applied is left out, so that it
harms no other.
"""
