"""What a text message costs: how many segments it is sent in.

A message of nothing but the characters of GSM 7-bit has 160 of them in one segment, 153 in each of several (a header
joins them). One other character, and all of it is sent as UTF-16: 70 units, or 67. A character of two units, or of two
septets such as the euro sign, is never cut in two.

Source: 3GPP TS 23.038, sections 6.2.1 and 6.2.1.1 (the alphabet and its extension); 3GPP TS 23.040, section 9.2.3.24.1
(concatenation).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

#: The default alphabet, row by row of the table, the escape to the extension left out.
ALPHABET: Final = frozenset(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\r\u00c5\u00e5"
    "\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9"
    " !\"#\u00a4%&'()*+,-./"
    "0123456789:;<=>?"
    "\u00a1ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ\u00c4\u00d6\u00d1\u00dc\u00a7"
    "\u00bfabcdefghijklmno"
    "pqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0"
)
#: Characters of the extension: an escape and one more, two septets.
EXTENSION: Final = frozenset("\f^{}\\[~]|\u20ac")

Encoding = Literal["GSM-7", "UCS-2"]
#: Units of a message in one segment, and of each segment of several.
_ROOM: Final[dict[Encoding, tuple[int, int]]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True)
class Segments:
    """How a text is sent."""

    encoding: Encoding
    #: Septets, or units of UTF-16.
    units: int
    count: int


def segments_of(text: str) -> Segments:
    """How many segments a text is sent in; an empty one in none."""
    encoding: Encoding = "GSM-7" if not foreign_to_gsm(text) else "UCS-2"
    sizes = [_size(character, encoding) for character in text]
    alone, each = _ROOM[encoding]
    units = sum(sizes)
    return Segments(encoding, units, min(units, 1) if units <= alone else _packed(sizes, each))


def foreign_to_gsm(text: str) -> list[str]:
    """The characters that GSM 7-bit does not have, each once, in order: they make a message dear."""
    return list(dict.fromkeys(one for one in text if one not in ALPHABET and one not in EXTENSION))


def _size(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _packed(sizes: Iterable[int], room: int) -> int:
    """Segments that hold characters of these sizes, none of them cut."""
    count, left = 1, room
    for size in sizes:
        if size > left:
            count, left = count + 1, room
        left -= size
    return count
