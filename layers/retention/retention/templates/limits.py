"""How much a template may do, and the words for one that wants more.

The library's own limits are switched on (`dialect`), but alone they do not hold: they count loops by nesting only, do
not look at what a filter makes, and build a range before they measure it. So work is counted as well: parts of the
template that are carried out in loops, and characters that filters handle.
"""

from collections.abc import Sized
from typing import Any, Final

#: Characters of one expression, and of one run of white space in it. The library's patterns look at such runs again
#: and again.
MAX_EXPRESSION: Final = 1_000
MAX_SPACE: Final = 100
#: Blocks within blocks.
MAX_NESTING: Final = 20
#: Bytes of text that a template may make. A template has at most 262,144 itself.
MAX_OUTPUT: Final = 1_000_000
#: Bytes that its own variables may hold.
MAX_VARIABLES: Final = 65_536
#: Turns of a loop.
MAX_TURNS: Final = 1_000
#: Units of work: about a microsecond or two each.
MAX_WORK: Final = 50_000
#: Characters of a text, and items of a list, that a filter takes or gives; bits of a number.
MAX_TEXT: Final = 32_768
MAX_ITEMS: Final = 1_000
MAX_BITS: Final = 128
#: Characters that a filter handles in one unit of work.
PACE: Final = 100


class TooMuchError(Exception):
    """A template does more than it may. Says what, in words."""


class Meter:
    """Counts what one rendering does."""

    def __init__(self) -> None:
        self._done = 0

    def charge(self, work: int) -> None:
        """Count some work.

        Raises:
            TooMuchError: that was too much.
        """
        self._done += work
        if self._done > MAX_WORK:
            raise TooMuchError("it does more work than a template may: loops are too long, or their insides too large")


def size_of(value: Any) -> int:
    """How large a value of a filter is, in characters or items.

    Raises:
        TooMuchError: larger than filters handle.
    """
    if isinstance(value, str):
        return _bounded(len(value), MAX_TEXT, "a text of more than {} characters")
    if isinstance(value, int):
        return _bounded(value.bit_length(), MAX_BITS, "a number of more than {} bits")
    return _bounded(len(value), MAX_ITEMS, "a list of more than {} items") if isinstance(value, Sized) else 1


def _bounded(size: int, most: int, what: str) -> int:
    if size > most:
        raise TooMuchError(f"it handles {what.format(f'{most:,}')}")
    return size
