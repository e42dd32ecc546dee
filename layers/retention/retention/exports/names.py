"""Which items there are, by eight bytes each: millions of them, in the memory of a function.

An item that is there is always found. One that is not is taken for another with a chance of one in 2**64 for each item.
"""

import sys
from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import Final

from retention.table.keys import Key

_BUCKETS: Final = 1024
_SHIFT: Final = 64 - 10
_BYTES: Final = 8


def name_of(key: Key) -> int:
    """The name of an item: a hash of its key."""
    return int.from_bytes(blake2b(f"{key.pk}\0{key.sk}".encode(), digest_size=_BYTES).digest())


class Names:
    """A set of names. Those that are added are found when they have been settled."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._added = array("Q")

    def add(self, name: int) -> None:
        """Add a name."""
        self._added.append(name)

    def settle(self) -> None:
        """Have what was added found from now on."""
        touched = set()
        for name in self._added:
            self._buckets[name >> _SHIFT].append(name)
            touched.add(name >> _SHIFT)
        for at in touched:
            self._buckets[at] = array("Q", sorted(self._buckets[at]))
        self._added = array("Q")

    def __contains__(self, name: int) -> bool:
        bucket = self._buckets[name >> _SHIFT]
        at = bisect_left(bucket, name)
        return at < len(bucket) and bucket[at] == name

    def load(self, content: bytes) -> None:
        """Add names that were kept as bytes."""
        self._added.extend(_from_bytes(content))


def to_bytes(names: "array[int]") -> bytes:
    """Names as they are kept: eight bytes each, the highest last."""
    return _in_order(names).tobytes()


def _from_bytes(content: bytes) -> "array[int]":
    names = array("Q")
    names.frombytes(content)
    return _in_order(names)


def _in_order(names: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        names = names[:]
        names.byteswap()
    return names
