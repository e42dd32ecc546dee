"""Checksums of very many numbers in little memory: what is added to and taken away again leaves nothing behind.

Each number goes into one of a fixed number of cells, times a weight of its own, modulo 2**64. Equal numbers on both
sides cancel out; numbers that differ do so by chance only, about once in 2**63 times. So all figures of all times are
compared in a quarter of a megabyte, and only those cells need a closer look that do not come out even.

Source of the idea: linear sketches for comparing multisets, e.g. G. Cormode and S. Muthukrishnan, "What's new: finding
significant differences in network data streams" (2005).
"""

import base64
import zlib
from array import array
from functools import lru_cache
from hashlib import blake2b
from typing import Final

#: Cells: with a year of an account and of a few dozen sequences, a handful of quarters of an hour each.
CELLS: Final = 1 << 14
_MODULUS: Final = 1 << 64


class Cells:
    """Checksums, all of them zero to begin with."""

    def __init__(self, sums: "array[int] | None" = None) -> None:
        self._sums = sums if sums is not None else array("Q", bytes(8 * CELLS))

    def add(self, cell: int, weight: int, amount: int) -> None:
        """Add a number; a negative amount takes it away."""
        self._sums[cell] = (self._sums[cell] + weight * amount) % _MODULUS

    def __getitem__(self, cell: int) -> int:
        return self._sums[cell]

    def uneven(self) -> list[int]:
        """The cells that do not come out even."""
        return [cell for cell, value in enumerate(self._sums) if value]

    def dump(self) -> str:
        """All of it as text."""
        return base64.b85encode(zlib.compress(self._sums.tobytes(), 1)).decode()

    @classmethod
    def load(cls, text: str) -> "Cells":
        """What `dump` has written."""
        return cls(array("Q", zlib.decompress(base64.b85decode(text))))


@lru_cache(maxsize=1 << 16)
def cell_of(salt: str, scope: str, bucket: str) -> int:
    """The cell of the numbers of a scope and quarter of an hour. With another salt they share it with others."""
    return _hash(salt, scope, bucket) % CELLS


def weight_of(scope: str, bucket: str, name: str) -> int:
    """The weight of a number."""
    return _hash(scope, bucket, name)


def _hash(*parts: str) -> int:
    return int.from_bytes(blake2b("\n".join(parts).encode(), digest_size=8).digest(), "big")
