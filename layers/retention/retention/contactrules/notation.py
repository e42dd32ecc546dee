"""How contact hours stand in a setting: "Mon-Sat 10:00-18:00; Sun 12:00-17:00", "22:00-02:00" every day, "always"."""

import re
from collections.abc import Iterator
from typing import Final

from retention.contactrules.model import WEEKDAYS, ContactWindow, Weekday

_PART: Final = re.compile(r"(?:(?P<days>[A-Za-z][A-Za-z,\s-]*?)\s+)?(?P<start>[0-9:]+)\s*-\s*(?P<end>[0-9:]+)")
_START: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def parse_hours(text: str) -> tuple[ContactWindow, ...]:
    """Read contact hours; none at all means always.

    Raises:
        ValueError: what is wrong, in words.
    """
    if text.strip().lower() == "always":
        return ()
    windows = tuple(_window(part.strip()) for part in text.split(";") if part.strip())
    if not windows:
        raise ValueError('there are no hours; write them like "Mon-Sat 10:00-18:00", or "always"')
    return windows


def _window(text: str) -> ContactWindow:
    found = _PART.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not understood; write it like "Mon-Sat 10:00-18:00"')
    start, end = found["start"], found["end"]
    if not _START.fullmatch(start):
        raise ValueError(f'"{start}" is no time of day from 00:00 to 23:59')
    if not _START.fullmatch(end) and end != "24:00":
        raise ValueError(f'"{end}" is no time of day from 00:00 to 24:00')
    if found["days"] is None:
        return ContactWindow(start=start, end=end)
    days = list(_days(found["days"]))
    twice = next((day for day in days if days.count(day) > 1), None)
    if twice is not None:
        raise ValueError(f'"{text}" names {twice.title()} twice')
    return ContactWindow(days=days, start=start, end=end)


def _days(text: str) -> Iterator[Weekday]:
    for part in text.split(","):
        first, through, last = part.partition("-")
        at, to = _day(first), _day(last if through else first)
        yield WEEKDAYS[at]
        while at != to:
            at = (at + 1) % len(WEEKDAYS)
            yield WEEKDAYS[at]


def _day(text: str) -> int:
    name = text.strip().upper()
    if name not in WEEKDAYS:
        raise ValueError(f'"{text.strip()}" is no day: Mon, Tue, Wed, Thu, Fri, Sat or Sun')
    return WEEKDAYS.index(name)
