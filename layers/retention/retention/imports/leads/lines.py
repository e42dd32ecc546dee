"""The lines of a file of unknown encoding, from any byte on, in flat memory."""

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

#: Longest line that is looked at, in bytes; what is longer is passed over and named.
MAX_LINE: Final = 64 * 1024
#: Bytes that are read at once.
BLOCK: Final = 256 * 1024
#: What bytes that are no UTF-8 are taken for: what most spreadsheets write that do not write UTF-8.
FALLBACK: Final = "cp1252"


class Line(NamedTuple):
    """A line without its end; a carriage return before it stays."""

    text: str
    #: Bytes from the beginning of the file to the beginning of the next line.
    end: int
    #: It was longer than is looked at, and is left out.
    too_long: bool = False
    #: It was no UTF-8, and was taken for Windows-1252.
    guessed: bool = False


class LineReader:
    """Reads lines.

    Args:
        encoding: utf-8, or utf-16-le, or utf-16-be.
        newline: what ends a line: a line feed, or a carriage return where there is no line feed.
    """

    def __init__(self, file: BinaryIO, encoding: str, newline: str = "\n") -> None:
        self._file = file
        self._encoding = encoding
        self._mark = newline.encode(encoding)

    def lines(self, start: int) -> Iterator[Line]:
        """The lines from a byte on, at which one begins."""
        self._file.seek(start)
        # `begin` is where the line begins within the buffer, `base` where the buffer begins within the file.
        buffer, begin, base, skipping = b"", 0, start, False
        while True:
            found = self._find(buffer, begin)
            if found >= 0:
                content, begin = buffer[begin:found], found + len(self._mark)
                yield self._line(content, base + begin, skipping)
                skipping = False
                continue
            if len(buffer) - begin > MAX_LINE:
                # Keeps what may be the first half of a mark.
                skipping, begin = True, len(buffer) - len(buffer) % len(self._mark)
            block = self._file.read(BLOCK)
            if not block:
                if begin < len(buffer) or skipping:
                    yield self._line(buffer[begin:], base + len(buffer), skipping)
                return
            buffer, base, begin = buffer[begin:] + block, base + begin, 0

    def _find(self, buffer: bytes, begin: int) -> int:
        """Where the next mark is; in UTF-16 one that is not made of the halves of two characters."""
        found = buffer.find(self._mark, begin)
        while found >= 0 and (found - begin) % len(self._mark):
            found = buffer.find(self._mark, found + 1)
        return found

    def _line(self, content: bytes, end: int, skipping: bool) -> Line:
        if skipping or len(content) > MAX_LINE:
            return Line("", end, too_long=True)
        try:
            return Line(content.decode(self._encoding), end)
        except UnicodeDecodeError:
            fallback = FALLBACK if self._encoding == "utf-8" else self._encoding
            return Line(content.decode(fallback, "replace"), end, guessed=True)
