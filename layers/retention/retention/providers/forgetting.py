"""What comes of asking a provider to remove what it keeps of a message or a person.

Each request may be made again: what is gone already is gone.
"""

from typing import NamedTuple

from retention.providers.http import Answer, Reply
from retention.providers.outcomes import is_success, unusable


class Forgotten(NamedTuple):
    """It is removed there, or the provider has taken it on to remove it."""


class Absent(NamedTuple):
    """The provider's records show no such thing."""


class Unforgotten(NamedTuple):
    """It may still be there."""

    #: Why, in our words.
    detail: str
    #: Whether asking again cannot help.
    for_good: bool = False


Forgetting = Forgotten | Absent | Unforgotten


def forgetting(provider: str, reply: Reply) -> Forgetting:
    """What an answer to such a request means."""
    if isinstance(reply, Answer):
        if is_success(reply):
            return Forgotten()
        if reply.status == 404:
            return Absent()
    return Unforgotten(unusable(provider, reply).detail)
