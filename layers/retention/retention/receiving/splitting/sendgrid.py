"""SendGrid's events: a batch of up to a few thousand, each of them one event."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving.event import Event
from retention.receiving.splitting.texts import hash_of

#: Characters of an id. SendGrid promises 100.
_MOST: Final = 200
#: Finds where an entry ends. Numbers stay as they are written: nobody has to be able to hold them.
_BORDERS: Final = json.JSONDecoder(parse_int=str, parse_float=str)
#: What may stand between two entries.
_BETWEEN: Final = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")


def events(body: bytes, now: datetime) -> tuple[list[Event], int]:
    """The events of a batch, and how many entries were left out because they are none, or cannot be read.

    Raises:
        MalformedInputError: it is no batch, or none of its entries can be read.
    """
    batch = _batch(body)
    found = [Event("sendgrid", _id(entry), entry, now) for entry in batch if isinstance(entry, dict) and entry]
    return found, len(batch) - len(found)


def _batch(body: bytes) -> list[Any]:
    try:
        batch = jsontext.loads_strict(body)
    except MalformedInputError:
        # SendGrid repeats the whole batch for a day and then lets it go: one entry must not take the others along.
        batch = _readable(body)
        if not any(isinstance(entry, dict) for entry in batch):
            raise
    if not isinstance(batch, list):
        raise MalformedInputError.at("", "not_an_array", "The body must be an array of events.")
    return batch


def _readable(body: bytes) -> list[Any]:
    """The entries of a batch, each read on its own; None for one that cannot be read. Empty where it is no batch."""
    try:
        parts = list(_parts(body.decode()))
    except (ValueError, RecursionError):
        return []
    return [_read(part) for part in parts]


def _parts(text: str) -> Iterator[str]:
    """The text of each entry.

    Raises:
        ValueError: it is no array.
        RecursionError: it is nested too deep to find an end.
    """
    whole = text.strip()
    if not (whole.startswith("[") and whole.endswith("]")):
        raise ValueError("no array")
    at = 1
    while (at := _after(whole, at)) < len(whole) - 1:
        _, end = _BORDERS.raw_decode(whole, at)
        yield whole[at:end]
        at = end


def _after(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return at if found is None else found.end()


def _read(text: str) -> Any:
    try:
        return jsontext.loads_strict(text.encode(), mend=True)
    except MalformedInputError:
        return None


def _id(entry: dict[str, Any]) -> str:
    """SendGrid's own id; the whole event where there is none that can be one."""
    given = entry.get("sg_event_id")
    return given if isinstance(given, str) and 0 < len(given) <= _MOST else hash_of(entry)
