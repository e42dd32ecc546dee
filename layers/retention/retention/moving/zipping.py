"""Writes a ZIP file as a stream, from data that is deflated already: so that it can be made in pieces, at any time.

Every member is written alike, whatever its size: with 64-bit sizes, behind its data, no date, for its owner to read.
Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16, 4.4 and 4.5.3; RFC 1951 (deflate).
"""

import struct
import zlib
from typing import BinaryIO, Final, NamedTuple

#: Version 4.5 of the format, for 64-bit sizes; made on Unix, where members have modes.
_NEEDED: Final = 45
_MADE_BY: Final = 3 << 8 | _NEEDED
_MODE: Final = 0o100600 << 16
#: Sizes follow the data (bit 3); names are UTF-8 (bit 11).
_FLAGS: Final = 1 << 3 | 1 << 11
_DEFLATED: Final = 8
#: 1 January 1980, midnight: the first instant that the format knows.
_TIME, _DATE = 0, 1 << 5 | 1
#: "See the 64-bit field."
_ELSEWHERE: Final = 0xFFFFFFFF
_ZIP64: Final = 1
#: Ends a deflate stream that was flushed: one last block, with nothing in it.
_LAST_BLOCK: Final = b"\x03\x00"
_LEVEL: Final = 6


def packed(block: bytes) -> bytes:
    """A block, deflated so that it stands by itself: such blocks, one behind the other, are one stream."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)


def unpacked(deflated: bytes) -> bytes:
    """A block as it was before it was deflated."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated)


class _Member(NamedTuple):
    """A member that has been written."""

    name: bytes
    crc: int
    size: int
    packed: int
    offset: int


class ZipStream:
    """A ZIP file under way. Members are written one after the other: begin, data, end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._members: list[_Member] = []
        self._open: tuple[bytes, int, int] = b"", 0, 0

    def begin(self, name: str) -> None:
        """Begin a member."""
        raw, offset = name.encode(), self._at
        extra = struct.pack("<HHQQ", _ZIP64, 16, 0, 0)
        fields = (_NEEDED, _FLAGS, _DEFLATED, _TIME, _DATE, 0, _ELSEWHERE, _ELSEWHERE, len(raw), len(extra))
        self._write(struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + raw + extra)
        self._open = raw, offset, self._at

    def data(self, deflated: bytes) -> None:
        """Add deflated blocks to the member."""
        self._write(deflated)

    def end(self, crc: int, size: int) -> None:
        """End the member: the CRC-32 and the number of the bytes that were deflated."""
        self._write(_LAST_BLOCK)
        name, offset, start = self._open
        member = _Member(name, crc, size, self._at - start, offset)
        self._write(struct.pack("<4sLQQ", b"PK\x07\x08", crc, member.packed, size))
        self._members.append(member)

    def close(self) -> None:
        """Write the list of members, which ends the file."""
        start = self._at
        for member in self._members:
            self._write(_listed(member))
        length, count = self._at - start, len(self._members)
        fields = (44, _MADE_BY, _NEEDED, 0, 0, count, count, length, start)
        end64 = self._at
        self._write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", *fields))
        self._write(struct.pack("<4sLQL", b"PK\x06\x07", 0, end64, 1))
        self._write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, _ELSEWHERE, _ELSEWHERE, 0))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)


def _listed(member: _Member) -> bytes:
    """The entry of a member in the list."""
    extra = struct.pack("<HHQQQ", _ZIP64, 24, member.size, member.packed, member.offset)
    sizes = (member.crc, _ELSEWHERE, _ELSEWHERE, len(member.name), len(extra), 0, 0, 0, _MODE, _ELSEWHERE)
    head = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", _MADE_BY, _NEEDED, _FLAGS, _DEFLATED, _TIME, _DATE, *sizes)
    return head + member.name + extra
