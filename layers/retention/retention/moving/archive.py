"""An archive: a whole account in one file that any stack can take back, and any program can read.

A ZIP file. For each kind of record one member `{Kind}.jsonl`, a record a line (moving/records), sorted by where the
record lives; the kinds stand in the order of moving/kinds.CARRIED. Last `manifest.json`:

    {"format": "retention-center-archive", "version": 1, "records": {kind: n}, "sha256": {kind: hex}, ...}

Equal records make equal bytes: no dates, one order, one way to deflate them (of one version of zlib; the digests in the
manifest are of the records, and the same everywhere). Written and read as streams.
"""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from retention import jsontext
from retention.errors import MalformedInputError, RetentionError
from retention.moving.bounded import Bounded
from retention.moving.kinds import CARRIED
from retention.moving.zipping import ZipStream, packed

FORMAT: Final = "retention-center-archive"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ENDING: Final = ".jsonl"
#: Bytes of the longest line: an item of 400 KB, each character of it escaped.
LONGEST_LINE: Final = 4 * 1024 * 1024
#: Bytes of the longest manifest.
LONGEST_MANIFEST: Final = 1024 * 1024
#: A member may be so many times larger than what it takes in the file; records come to a tenth of that.
MOST_INFLATED: Final = 200
#: What a member may inflate to whatever it takes.
ALWAYS_FINE: Final = 1024 * 1024
#: Bytes of records that are deflated at once, at least: a block ends with the record that reaches it.
BLOCK: Final = 4 * 1024 * 1024
#: Bytes that are read at once.
_READ: Final = 64 * 1024
#: What zipfile and zlib make of a file that is damaged: whatever they stumble over first.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class NotAnArchiveError(RetentionError):
    """This is no archive."""

    code = "not_an_archive"


class Told(NamedTuple):
    """What is told of a member: how many records and bytes it has, and what they come to."""

    records: int
    size: int
    crc: int
    sha256: str


class Digest:
    """What is to be told of a member, reckoned block by block."""

    def __init__(self) -> None:
        #: Records so far.
        self.records = 0
        self._size = 0
        self._crc = 0
        self._sha256 = hashlib.sha256()

    def add(self, block: bytes) -> None:
        """Reckon with more records."""
        self.records += block.count(b"\n")
        self._size += len(block)
        self._crc = zlib.crc32(block, self._crc)
        self._sha256.update(block)

    def told(self) -> Told:
        """What is to be told by now."""
        return Told(self.records, self._size, self._crc, self._sha256.hexdigest())


def blocks_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Records in the blocks in which they are deflated. Where they are cut depends on nothing but the records."""
    block = bytearray()
    for line in lines:
        block += line
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


class ArchiveWriter:
    """Writes an archive, kind by kind, to anything that takes bytes."""

    def __init__(self, out: BinaryIO) -> None:
        self._zip = ZipStream(out)
        self._kinds = list(CARRIED)
        self._records: dict[str, int] = {}
        self._sha256: dict[str, str] = {}

    def add(self, kind: str, lines: Iterable[bytes]) -> int:
        """Write all records of a kind: lines with their ends, in the order of their keys. How many there were.

        Raises:
            ValueError: the kind is not carried, or should have come before the last one.
        """
        digest = Digest()
        for block in blocks_of(lines):
            if not digest.records:
                self.begin(kind)
            digest.add(block)
            self.block(packed(block))
        if digest.records:
            self.end(kind, digest.told())
        return digest.records

    def begin(self, kind: str) -> None:
        """Begin a kind whose records are deflated already. A kind without records is not begun.

        Raises:
            ValueError: the kind is not carried, or should have come before the last one.
        """
        self._kinds = self._kinds[self._kinds.index(kind) + 1 :]
        self._zip.begin(kind + ENDING)

    def block(self, deflated: bytes) -> None:
        """Write the next block of the kind (`blocks_of`), as `packed` has made it."""
        self._zip.data(deflated)

    def end(self, kind: str, told: Told) -> None:
        """End the kind."""
        self._zip.end(told.crc, told.size)
        self._records[kind], self._sha256[kind] = told.records, told.sha256

    def close(self, **about: Any) -> None:
        """Write the manifest, with what else is to be said in it."""
        said = {**about, "format": FORMAT, "version": VERSION, "records": self._records, "sha256": self._sha256}
        manifest = jsontext.canonical(said) + b"\n"
        self._zip.begin(MANIFEST)
        self._zip.data(packed(manifest))
        self._zip.end(zlib.crc32(manifest), len(manifest))
        self._zip.close()


class ArchiveReader:
    """Reads an archive from a file that can be read from any place.

    Opening it looks at the list of members and at the manifest only. Whether a member is what the manifest says is
    known when it has been read to its end: so whoever takes records in reads all members once before (`check`).

    Raises:
        NotAnArchiveError: it is none, or none that can be read here; the sentence says what is wrong.
    """

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        head = file.read(4)
        if not head:
            raise NotAnArchiveError("The file is empty.")
        if head != b"PK\x03\x04":
            raise NotAnArchiveError("This is no ZIP file. An archive is the ZIP file that an export has made.")
        try:
            self._zip = zipfile.ZipFile(Bounded(file))
        except _DAMAGE as error:
            raise NotAnArchiveError(
                "The ZIP file is damaged, or its end is missing: it has no list of members."
            ) from error
        self._members = self._checked_members()
        #: What the archive says about itself.
        self.manifest: dict[str, Any] = self._read_manifest()
        told = self.manifest["records"]
        #: Its kinds and how many records of each, in the order in which they are taken in.
        self.kinds: list[tuple[str, int]] = [(kind, told[kind]) for kind in CARRIED if kind in told]

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        known = {MANIFEST, *(kind + ENDING for kind in CARRIED)}
        for member in self._zip.infolist():
            name = member.filename
            if name in members:
                raise NotAnArchiveError(f"The ZIP file has two members {name[:100]!r}.")
            if member.flag_bits & 0x1:
                raise NotAnArchiveError("The ZIP file is encrypted.")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotAnArchiveError(f"The member {name[:100]!r} is compressed in a way that is not read here.")
            if member.file_size > MOST_INFLATED * member.compress_size + ALWAYS_FINE:
                raise NotAnArchiveError(f"The member {name[:100]!r} would become far larger than any archive makes it.")
            members[name] = member
        if MANIFEST not in members:
            raise NotAnArchiveError(f"The ZIP file has no {MANIFEST}: no export has made it.")
        # A newer version may have kinds of its own: that is what its manifest says first.
        self._unknown = sorted(members.keys() - known)
        return members

    def _read_manifest(self) -> dict[str, Any]:
        member = self._members[MANIFEST]
        if member.file_size > LONGEST_MANIFEST:
            raise NotAnArchiveError(f"{MANIFEST} is too large.")
        try:
            manifest = jsontext.loads_strict(b"".join(self._blocks(member)))
        except MalformedInputError as error:
            raise NotAnArchiveError(f"{MANIFEST} cannot be read: {error}") from None
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise NotAnArchiveError(f"{MANIFEST} does not say that this is an archive of an account.")
        version = manifest.get("version")
        if version != VERSION:
            raise NotAnArchiveError(f"The archive is of version {version}; version {VERSION} is read here.")
        if self._unknown:
            raise NotAnArchiveError(f"The ZIP file has a member that no archive has: {self._unknown[0][:100]!r}.")
        records, digests = manifest.get("records"), manifest.get("sha256")
        if not (isinstance(records, dict) and isinstance(digests, dict)):
            raise NotAnArchiveError(f"{MANIFEST} does not say what is in the archive.")
        held = {name.removesuffix(ENDING) for name in self._members if name != MANIFEST}
        for kind in held ^ records.keys():
            raise NotAnArchiveError(f"{MANIFEST} and the members do not agree on {kind[:100]}.")
        if any(type(count) is not int or count < 1 for count in records.values()) or digests.keys() != held:
            raise NotAnArchiveError(f"{MANIFEST} does not say what is in the archive.")
        return manifest

    def lines(self, kind: str, skip: int = 0) -> Iterator[bytes]:
        """The records of a kind, each a line with its end, from the one after the first `skip` on.

        Raises:
            NotAnArchiveError: while it is read: the member is damaged, or is not what the manifest says.
        """
        member = self._members.get(kind + ENDING)
        if member is None:
            return
        digest, count, rest = hashlib.sha256(), 0, b""
        for block in self._blocks(member):
            digest.update(block)
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise NotAnArchiveError(f"A record of {kind} is longer than any record can be.")
            for line in whole:
                count += 1
                if count > skip:
                    yield line + b"\n"
        if rest or count != self.manifest["records"][kind] or digest.hexdigest() != self.manifest["sha256"][kind]:
            raise NotAnArchiveError(f"The archive is damaged: {member.filename} is not what {MANIFEST} says.")

    def check(self, kind: str) -> None:
        """Read a member to its end, so that it is known to be whole.

        Raises:
            NotAnArchiveError: it is not.
        """
        for _ in self.lines(kind):
            pass

    def _blocks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(member) as stream:
                while block := stream.read(_READ):
                    yield block
        except _DAMAGE as error:
            raise NotAnArchiveError(f"The archive is damaged: {member.filename} cannot be read.") from error
