"""What an archive holds of kinds that others are children of, in a few bytes for each: a dry run asks."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from retention.table.keys import Key


class Held:
    """The keys of items that an archive holds, as numbers of 64 bits: 8 MB for a million."""

    def __init__(self) -> None:
        self._sorted: list[array[int]] = []
        self._adding: array[int] = array("Q")

    def add(self, places: Sequence[Key]) -> bytes:
        """Note that the archive has items at some keys; what was noted, to be kept."""
        numbers = array("Q", (_number(place) for place in places))
        self._adding.extend(numbers)
        return numbers.tobytes()

    def load(self, kept: Iterable[bytes]) -> None:
        """Note again what was kept."""
        for numbers in kept:
            self._adding.frombytes(numbers)
        self.close()

    def close(self) -> None:
        """Nothing more of this kind comes: what was added can be asked for."""
        if self._adding:
            self._sorted.append(array("Q", sorted(self._adding)))
            self._adding = array("Q")

    def __call__(self, place: Key) -> bool:
        """Whether the archive has an item at a key."""
        number = _number(place)
        for numbers in self._sorted:
            at = bisect_left(numbers, number)
            if at < len(numbers) and numbers[at] == number:
                return True
        return False


def _number(place: Key) -> int:
    return int.from_bytes(blake2b(f"{place.pk}\n{place.sk}".encode(), digest_size=8).digest())
