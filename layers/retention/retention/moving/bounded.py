"""A file as zipfile is to see it: never read in one piece, whatever a list of members claims."""

import io
from typing import BinaryIO, Final

#: Bytes that are read at once at most. A list of members that is longer belongs to no archive.
MOST: Final = 1024 * 1024


class Bounded(io.RawIOBase):
    """A file that refuses to be read in one piece, so that no claim in it decides how much memory goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it is read next."""
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read on.

        Raises:
            ValueError: more is asked for at once than a part of an archive has.
        """
        if size > MOST:
            raise ValueError("more is asked for at once than an archive has")
        return self._file.read(MOST if size < 0 else size)
