"""Does a file of a bucket name the person? Read as a stream, whatever its size; a ZIP member by member."""

import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, Final, NamedTuple

from retention.core import Core
from retention.erasure.traces import Traces
from retention.moving.storage import Transfers

#: Bytes that are looked at together, and how many of those before they are looked at with: what names somebody may
#: stand across two blocks.
BLOCK: Final = 1024 * 1024
OVERLAP: Final = 512


def buckets(core: Core) -> dict[str, Transfers]:
    """The buckets of the stack that people's data passes through, by what they are called in results."""
    named = {"inbox": core.settings.inbox_bucket, "transfer": core.settings.transfer_bucket}
    return {name: Transfers(core, bucket) for name, bucket in named.items() if bucket}


class Place(NamedTuple):
    """How far the files have been read: all up to one, and so many blocks of another."""

    after: str = ""
    within: str = ""
    blocks: int = 0


class Seen(NamedTuple):
    """A file, or a part of one, that was read."""

    #: From where to go on, as JSON.
    place: tuple[Any, ...]
    bucket: str
    key: str
    #: Whether it names the person; None: it has not been read to its end.
    found: bool | None


def read_all(core: Core, traces: Traces, place: Place) -> Iterator[Seen]:
    """Read all files in the order of their names, from a place on; tells of each block, and of each file once.

    Raises:
        StorageError
    """
    for bucket, transfers in buckets(core).items():
        for key in transfers.keys(""):
            name = f"{bucket}/{key}"
            if name <= place.after:
                continue
            done = place.blocks if place.within == name else 0
            found = False
            for found in _reading(transfers, key, traces, done):
                if not found:
                    done += 1
                    yield Seen((place.after, name, done), bucket, key, None)
            place = Place(name)
            yield Seen(tuple(place), bucket, key, found)


def _reading(transfers: Transfers, key: str, traces: Traces, skip: int) -> Iterator[bool]:
    """Whether each block names the person, behind so many that are known not to; the first that does is the last."""
    try:
        with transfers.read(key) as file:
            for block in islice(_blocks(file), skip, None):
                found = bool(traces.found_in(block))
                yield found
                if found:
                    return
    except FileNotFoundError:
        return


def _blocks(file: Any) -> Iterator[bytes]:
    if file.peek(4)[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    with archive.open(name) as member:
                        yield from _overlapping(member)
                return
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError):
            file.seek(0)  # It only looks like one: what can be read of it is.
    yield from _overlapping(file)


def _overlapping(file: IO[bytes]) -> Iterator[bytes]:
    before = b""
    while block := file.read(BLOCK):
        yield before + block
        before = block[-OVERLAP:]
