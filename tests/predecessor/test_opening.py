"""A file that cannot be read gets a clear sentence, and is never changed."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from tests.predecessor.files import database, first_release, sound
from tools.cli.exits import BAD_INPUT
from tools.predecessor.opening import Source, UnusableFileError
from tools.predecessor.shape import shape_of


def refusal(path: Path) -> str:
    with pytest.raises(UnusableFileError) as caught:
        shape_of(Source(path))
    assert caught.value.status == BAD_INPUT
    return str(caught.value)


def test_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "dev.db"
    assert "no file" in refusal(path)
    assert "directory" in refusal(tmp_path)
    path.write_bytes(b"")
    assert "empty" in refusal(path)
    path.write_text("id,name\n1,Ada\n")
    assert "no SQLite database" in refusal(path)
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    assert "damaged" in refusal(path)


def test_a_damaged_page_is_no_traceback(tmp_path: Path) -> None:
    path = database(tmp_path / "dev.db", {"Lead": [{"id": f"l{n}"} for n in range(500)]})
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)

    def read() -> None:
        list(Source(path).rows("Lead"))

    with pytest.raises(UnusableFileError, match="damaged"):
        read()


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE songs (title TEXT)")
    assert "songs" in refusal(path)


def test_a_file_that_is_being_written(tmp_path: Path) -> None:
    path = sound(tmp_path / "dev.db")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    assert "locked" in refusal(path)
    writer.close()


def test_rows_that_are_still_in_the_log_are_read(tmp_path: Path) -> None:
    path = sound(tmp_path / "dev.db")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO Lead (id, firstName, lastName) VALUES ('l3', 'In', 'Log')")
    source = Source(path)
    before = source.fingerprint()
    assert source.count("Lead") == 3
    writer.execute("INSERT INTO Lead (id, firstName, lastName) VALUES ('l4', 'Too', 'Late')")
    assert source.count("Lead") == 3
    assert Source(path).fingerprint() != before
    writer.close()


def test_both_shapes_and_later_ones(tmp_path: Path) -> None:
    assert "first release" in shape_of(Source(first_release(tmp_path / "a.db"))).name
    path = sound(tmp_path / "b.db")
    source = Source(path)
    assert shape_of(source).name == "the full schema (13 tables)"
    source.close()
    with sqlite3.connect(path) as file:
        file.executescript(
            'ALTER TABLE Lead ADD COLUMN "odd ""name" TEXT; CREATE TABLE Note (id TEXT); INSERT INTO Note VALUES (1);'
            "DROP TABLE ABTest; CREATE TABLE _prisma_migrations (id TEXT);"
        )
    shape = shape_of(Source(path))
    assert shape.extra_tables == {"Note": 1}
    assert shape.extra_columns == {"Lead": ('odd "name',)}
    assert shape.missing_tables == ("ABTest",)


def test_the_file_is_left_as_it_was(tmp_path: Path) -> None:
    path = sound(tmp_path / "dev.db")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    source = Source(path)
    list(source.rows("Lead"))
    source.close()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert list(tmp_path.iterdir()) == [path]
