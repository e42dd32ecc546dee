"""Comparing without telling by the time it takes, and the age of what was signed."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from retention.clock import Clock, machine_time

#: How far in the future the time of a caller may lie, in seconds: clocks differ.
AHEAD: Final = 300.0
#: Times beyond are in milliseconds: as seconds this is the year 5138.
_MILLISECONDS_FROM: Final = 100_000_000_000
#: What secrets of Standard Webhooks begin with; it is no part of the key.
_SECRET_PREFIX: Final = "whsec_"


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that depends on their length alone."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def one_of(given: str, expected: Iterable[str]) -> bool:
    """Whether a text is one of some, all of which are looked at."""
    return sum(same(given, one) for one in expected) > 0


def instant(number: int) -> datetime | None:
    """A time in seconds or milliseconds since 1970; None where there is no such time."""
    try:
        if number >= _MILLISECONDS_FROM:
            return datetime.fromtimestamp(number // 1000, UTC) + timedelta(milliseconds=number % 1000)
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def in_window(at: datetime, clock: Clock, seconds: float) -> bool:
    """Whether a time is at most so many seconds of the machine old, and hardly ahead of ours."""
    age = clock.now() - at
    return -machine_time(clock, AHEAD) <= age <= machine_time(clock, seconds)


def signing_keys(secret: str) -> Iterator[bytes]:
    """The bytes that a secret stands for: libraries take it for base 64; who signs by hand takes it as it is."""
    yield secret.encode()
    try:
        decoded = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return
    if len(decoded) >= 16:
        yield decoded
