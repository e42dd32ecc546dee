"""Where identities come from: the only source of randomness.

A new root id is a ULID in lower case: 48 bits of milliseconds, 80 bits of randomness, 26 characters of Crockford's
base 32, so that text order is the order of creation. Source: https://github.com/ulid/spec
"""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from retention.clock import Clock

#: Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read out.
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
#: Bits of randomness behind the time stamp of an id.
RANDOM_BITS: Final = 80
#: Bits of the random stride from one id to the next within a millisecond.
STRIDE_BITS: Final = 60
#: Joins the parts of an id that names where its item lives. Never part of a root id.
SEPARATOR: Final = "."


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        digits.append(ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))


class Ids:
    """Makes ids, revisions and secrets.

    Args:
        clock: where the time in an id comes from.
        random_bits: returns that many random bits; replace it for reproducible runs only.
    """

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last = 0
        self._one_at_a_time = threading.Lock()

    def new(self, at: datetime | None = None) -> str:
        """Return a new 26 character id that sorts by its instant (now, unless given).

        Ids of one millisecond that come from one process sort in the order in which they were made.
        """
        milliseconds = int((at or self._clock.now()).timestamp() * 1000)
        with self._one_at_a_time:
            if self._last >> RANDOM_BITS == milliseconds:
                # A random stride: the next id cannot be guessed from this one.
                self._last += 1 + self._random_bits(STRIDE_BITS)
            else:
                # The highest bit stays free, so that strides never run into the next millisecond.
                self._last = milliseconds << RANDOM_BITS | self._random_bits(RANDOM_BITS - 1)
            return _encode(self._last, 26)

    @staticmethod
    def derived(at: datetime, *parts: str | int) -> str:
        """Return the id that follows from some parts: 26 characters that sort by an instant, the same each time."""
        digest = int.from_bytes(sha256(SEPARATOR.join(map(str, parts)).encode()).digest()[: RANDOM_BITS // 8], "big")
        return _encode(int(at.timestamp() * 1000) << RANDOM_BITS | digest, 26)

    def revision(self) -> str:
        """Return a token that names one written state of one item (60 random bits)."""
        return _encode(self._random_bits(60), 12)

    def short(self) -> str:
        """Return a public id of 80 random bits, for API keys."""
        return _encode(self._random_bits(RANDOM_BITS), 16)

    def secret(self) -> str:
        """Return a secret of 256 random bits as 52 characters."""
        return _encode(self._random_bits(256), 52)


def jitter() -> float:
    """A random share from 0 to 1 that spreads retries apart; nothing is decided by it."""
    return secrets.randbits(30) / 2**30


def join(*parts: str | int) -> str:
    """Compose a self-locating id."""
    return SEPARATOR.join(str(part) for part in parts)


def split(identifier: str, parts: int) -> tuple[str, ...] | None:
    """Take a self-locating id apart; None when it does not have so many non-empty parts."""
    pieces = tuple(identifier.split(SEPARATOR))
    return pieces if len(pieces) == parts and all(pieces) else None
