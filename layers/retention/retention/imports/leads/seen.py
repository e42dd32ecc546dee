"""Which addresses a dry run has met, in little memory whatever the size of the file.

A Bloom filter: what was met is always known again; of what was not, one in a million or less is taken for known.
Source: B. Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970).
"""

import zlib
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

#: The fewest bits, and the most: 16 MB, for two addresses in each of a million rows. In between, 16 or more for each
#: byte of the file.
_LEAST: Final = 1 << 16
_MOST: Final = 1 << 27
#: Bits that each address sets.
_MARKS: Final = 5


class Seen:
    """The addresses that have been met."""

    def __init__(self, bits: bytearray) -> None:
        self._bits = bits

    @classmethod
    def for_file(cls, size: int) -> "Seen":
        """None so far, with room for those of a file of so many bytes."""
        bits = min(max(16 << size.bit_length(), _LEAST), _MOST)
        return cls(bytearray(bits // 8))

    def add(self, names: Iterable[tuple[str, str]]) -> bool:
        """Whether one of these addresses has been met before; from now on all have."""
        met = False
        for name in names:
            digest = blake2b("\n".join(name).encode(), digest_size=4 * _MARKS).digest()
            known = True
            for at in range(0, 4 * _MARKS, 4):
                place = int.from_bytes(digest[at : at + 4], "big") % (len(self._bits) * 8)
                bit = 1 << place % 8
                known = known and bool(self._bits[place // 8] & bit)
                self._bits[place // 8] |= bit
            met = met or known
        return met

    def dump(self) -> bytes:
        """All of it."""
        return zlib.compress(self._bits, 1)

    @classmethod
    def load(cls, content: bytes) -> "Seen":
        """What `dump` has written."""
        return cls(bytearray(zlib.decompress(content)))
