"""SendGrid's events: a batch of up to a few thousand, each of them one event."""

from datetime import datetime
from typing import Any, Final

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving.event import Event
from retention.receiving.splitting.texts import hash_of

#: Characters of an id. SendGrid promises 100.
_MOST: Final = 200


def events(body: bytes, now: datetime) -> tuple[list[Event], int]:
    """The events of a batch, and how many entries were left out because they are none.

    Raises:
        MalformedInputError: it is no batch.
    """
    batch = jsontext.loads_strict(body)
    if not isinstance(batch, list):
        raise MalformedInputError.at("", "not_an_array", "The body must be an array of events.")
    found = [Event("sendgrid", _id(entry), entry, now) for entry in batch if isinstance(entry, dict) and entry]
    return found, len(batch) - len(found)


def _id(entry: dict[str, Any]) -> str:
    """SendGrid's own id; the whole event where there is none that can be one."""
    given = entry.get("sg_event_id")
    return given if isinstance(given, str) and 0 < len(given) <= _MOST else hash_of(entry)
