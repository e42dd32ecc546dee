"""Ids in few bytes: links are paid for by the character where they go out in text messages.

An id is its parts, joined by dots. A part that is a ULID (26 characters) takes 17 bytes, any other its length and one.
"""

from collections.abc import Iterable
from typing import Final

from retention.ids import ALPHABET, SEPARATOR

#: Says that a ULID follows, in 16 bytes; any smaller number says how many bytes of text do.
_ULID: Final = 0xFF
_DIGITS: Final = {digit: value for value, digit in enumerate(ALPHABET)}
_LENGTH: Final = 26


def pack(identifiers: Iterable[str]) -> bytes:
    """Ids as bytes.

    Raises:
        ValueError: a part is longer than 254 bytes, or there are more than 255 parts.
    """
    packed = bytearray()
    for identifier in identifiers:
        parts = identifier.split(SEPARATOR)
        packed.append(len(parts))
        for part in parts:
            number = _number(part)
            text = part.encode()
            if number is None and len(text) >= _ULID:
                raise ValueError("a part of an id is too long")
            packed += bytes((len(text),)) + text if number is None else bytes((_ULID,)) + number.to_bytes(16)
    return bytes(packed)


def unpack(packed: bytes, count: int) -> tuple[list[str], bytes]:
    """So many ids, and what follows them.

    Raises:
        ValueError: this is not what `pack` makes.
    """
    reader = _Reader(packed)
    found = [SEPARATOR.join(reader.part() for _ in range(reader.byte())) for _ in range(count)]
    return found, reader.rest()


class _Reader:
    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._packed[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("cut off")
        self._at += count
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def part(self) -> str:
        length = self.byte()
        return _text(int.from_bytes(self.take(16))) if length == _ULID else self.take(length).decode()

    def rest(self) -> bytes:
        return self._packed[self._at :]


def _number(part: str) -> int | None:
    """The number that a ULID is; None for any other text."""
    if len(part) != _LENGTH or not _DIGITS.keys() >= set(part):
        return None
    number = 0
    for digit in part:
        number = number << 5 | _DIGITS[digit]
    return number if number < 1 << 128 else None


def _text(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
