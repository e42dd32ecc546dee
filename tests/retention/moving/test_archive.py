"""An archive gives back what was put into it, the same bytes for the same records, and says what is wrong with it."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from retention.moving.archive import MANIFEST, VERSION, ArchiveReader, ArchiveWriter, NotAnArchiveError

LEADS = [b'{"kind":"Lead","id":"%d"}\n' % n for n in range(50)]
REPLIES = [b'{"kind":"Reply","id":"1"}\n']


def an_archive(**about: object) -> bytes:
    """An archive of some leads and a reply."""
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    assert writer.add("Lead", LEADS) == 50
    assert writer.add("Contact", []) == 0
    assert writer.add("Reply", iter(REPLIES)) == 1
    writer.close(**about)
    return out.getvalue()


def opened(content: bytes) -> ArchiveReader:
    return ArchiveReader(io.BytesIO(content))


def rewritten(change: dict[str, bytes | None], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive made anew by another program, with some members changed, left out or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(an_archive())) as old, zipfile.ZipFile(out, "w", method) as new:
        members = {name: old.read(name) for name in old.namelist()}
        for name, content in {**members, **change}.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def manifest(**change: object) -> bytes:
    """The manifest with some of it changed."""
    return json.dumps({**opened(an_archive()).manifest, **change}).encode()


def test_what_was_put_in_comes_out() -> None:
    archive = opened(an_archive(suppressionKey="ab"))

    assert archive.kinds == [("Lead", 50), ("Reply", 1)]
    assert list(archive.lines("Lead")) == LEADS
    assert list(archive.lines("Lead", skip=48)) == LEADS[48:]
    assert list(archive.lines("Contact")) == []
    assert archive.manifest["suppressionKey"] == "ab"


def test_equal_records_make_equal_bytes_whatever_they_are_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.RawIOBase):
        """Takes bytes, and cannot say where it is."""

        taken = b""

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.taken += data
            return len(data)

    pipe = Pipe()
    writer = ArchiveWriter(pipe)  # type: ignore[arg-type]
    writer.add("Lead", LEADS)
    writer.add("Reply", REPLIES)
    writer.close()

    assert pipe.taken == an_archive() == an_archive()


def test_other_programs_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.moving.archive.BLOCK", 100)
    with zipfile.ZipFile(io.BytesIO(an_archive())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Lead.jsonl", "Reply.jsonl", MANIFEST]
        assert archive.read("Lead.jsonl") == b"".join(LEADS)


def test_what_another_program_has_packed_again_is_read() -> None:
    assert list(opened(rewritten({})).lines("Lead")) == LEADS
    assert list(opened(rewritten({}, zipfile.ZIP_STORED)).lines("Lead")) == LEADS


def test_kinds_come_in_their_order_and_once() -> None:
    writer = ArchiveWriter(io.BytesIO())
    writer.add("Lead", LEADS)
    for kind in ("Lead", "Campaign", "Nonsense"):
        with pytest.raises(ValueError, match="not in list"):
            writer.add(kind, LEADS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"SQLite format 3\0" + b"x" * 100, "no ZIP file"),
        (an_archive()[:300], "its end is missing"),
        (rewritten({MANIFEST: None}), "no manifest.json"),
        (rewritten({MANIFEST: b"{"}), "cannot be read"),
        (rewritten({MANIFEST: b"[]"}), "does not say that this is an archive"),
        (rewritten({MANIFEST: manifest(format="other")}), "does not say that this is an archive"),
        (rewritten({MANIFEST: manifest(version=VERSION + 1), "Later.jsonl": b"{}\n"}), "version 2; version 1 is read"),
        (rewritten({MANIFEST: manifest(records={"Lead": "many", "Reply": 1})}), "does not say what is in"),
        (rewritten({MANIFEST: manifest(sha256={})}), "does not say what is in"),
        (rewritten({"Reply.jsonl": None}), "do not agree on Reply"),
        (rewritten({"evil.sh": b"x"}), "a member that no archive has: 'evil.sh'"),
        (rewritten({"../Lead.jsonl": b"x"}), "a member that no archive has"),
        (rewritten({}, zipfile.ZIP_BZIP2), "compressed in a way"),
        (rewritten({MANIFEST: b" " * 2_000_000}), "far larger"),
        (rewritten({"Reply.jsonl": b"{}\n" * 10_000_000}), "far larger"),
    ],
)
def test_what_is_no_archive_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(NotAnArchiveError, match=says):
        opened(content)


@pytest.mark.parametrize(
    "change",
    [
        {"Lead.jsonl": b"".join(LEADS[:-1])},
        {"Lead.jsonl": b"".join(LEADS)[:-1]},
        {"Lead.jsonl": b"".join(reversed(LEADS))},
        {"Lead.jsonl": b"x" * 5_000_000},
    ],
)
def test_a_member_that_is_not_what_the_manifest_says_is_found_out(change: dict[str, bytes | None]) -> None:
    archive = opened(rewritten(change, zipfile.ZIP_STORED))

    with pytest.raises(NotAnArchiveError):
        archive.check("Lead")
    archive.check("Reply")


def test_a_byte_that_has_changed_is_found_out_wherever_it_is() -> None:
    whole = an_archive()
    for at in range(0, len(whole), 7):
        content = bytearray(whole)
        content[at] ^= 0x10
        try:
            archive = opened(bytes(content))
            lines = [line for kind, _ in archive.kinds for line in archive.lines(kind)]
        except NotAnArchiveError:
            continue
        # Bytes that say nothing of what is in it, such as dates.
        assert lines == [*LEADS, *REPLIES], at


def test_a_list_of_members_that_would_fill_the_memory_is_not_read() -> None:
    content = bytearray(an_archive())
    at = content.rindex(b"PK\x06\x06")
    content[at + 40 : at + 48] = (2**40).to_bytes(8, "little")

    with pytest.raises(NotAnArchiveError):
        opened(bytes(content))


def test_memory_does_not_grow_with_the_records() -> None:
    def lines() -> Iterator[bytes]:
        for n in range(100_000):
            yield b'{"kind":"Lead","id":"%d","notes":"%s"}\n' % (n, b"x" * 200)

    out = io.BytesIO()
    tracemalloc.start()
    try:
        writer = ArchiveWriter(out)
        writer.add("Lead", lines())
        writer.close()
        opened(out.getvalue()).check("Lead")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 25_000_000
