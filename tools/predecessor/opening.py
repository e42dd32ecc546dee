"""Opening the file: read-only, whatever else uses it, with a clear sentence where that cannot be."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from tools.cli.exits import BadInputError

#: How a SQLite database begins. Source: SQLite, Database File Format, section 1.3.
_MAGIC: Final = b"SQLite format 3\x00"
#: Milliseconds until a file that somebody is writing counts as locked.
_PATIENCE: Final = 2_000
_BLOCK: Final = 1024 * 1024
T = TypeVar("T")
#: Rows that are fetched at once.
_ROWS: Final = 1_000


class UnusableFileError(BadInputError):
    """The file cannot be read as the predecessor's database."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, code="unusable_file")


class _NotOpenedError(UnusableFileError):
    """SQLite cannot open what it needs: the file, or the ones that it keeps beside it."""


class Source:
    """The predecessor's database. Nothing in it is changed.

    Raises:
        UnusableFileError: it is none, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _look(path)
        self._connection = _connected(path)
        #: Columns by table, in the order of the file.
        self.tables: dict[str, list[str]] = _reading(path, self._read_tables)

    def _read_tables(self) -> dict[str, list[str]]:
        named = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        ).fetchall()
        return {
            name: [row[1] for row in self._connection.execute(f"PRAGMA table_xinfo({quoted(name)})")]
            for (name,) in named
        }

    def count(self, table: str) -> int:
        """How many rows a table has; 0 where it is missing."""
        if table not in self.tables:
            return 0
        found = _reading(
            self.path, lambda: self._connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        )
        return int(found[0])

    def rows(self, table: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a table in the order in which they lie there, the same each time; none where it is missing.

        Raises:
            UnusableFileError: while it is read: the file is damaged.
        """
        if table not in self.tables:
            return
        wanted = [one for one in (columns or self.tables[table]) if one in self.tables[table]]
        if not wanted:
            return
        named = ", ".join(map(quoted, wanted))
        # A number for each row, so that one without an id can be pointed at.
        cursor = _reading(self.path, lambda: self._connection.execute(f"SELECT {named} FROM {quoted(table)}"))
        while True:
            rows = _reading(self.path, lambda: cursor.fetchmany(_ROWS))
            if not rows:
                return
            for row in rows:
                yield dict(zip(wanted, row, strict=True))

    def fingerprint(self) -> str:
        """SHA-256 of the file and of what is not yet written back to it, in hexadecimal."""
        digest = hashlib.sha256()
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            if path.exists():
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def _look(path: Path) -> None:
    """Refuse what cannot be a database before SQLite is asked, whose words are for programmers."""
    if path.is_dir():
        raise UnusableFileError(f"{path} is a directory.", hint="Name the file itself, such as prisma/dev.db.")
    if not path.exists():
        raise UnusableFileError(f"There is no file {path}.")
    if not path.is_file():
        raise UnusableFileError(f"{path} is no file.")
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be read: {error.strerror}.") from None
    if not head:
        raise UnusableFileError(f"{path} is empty.")
    if head != _MAGIC:
        raise UnusableFileError(
            f"{path} is no SQLite database, or it is encrypted.",
            hint="The predecessor keeps its data in prisma/dev.db, or where DATABASE_URL says.",
        )


def _connected(path: Path) -> sqlite3.Connection:
    try:
        return _opened(path, "ro")
    except _NotOpenedError:
        # A log beside it that cannot be read without writing a file of its own, as in a read-only directory: without
        # the log the database is read as it was last written back. Never where there is something in the log.
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        return _opened(path, "ro&immutable=1")


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=_PATIENCE / 1000, check_same_thread=False
        )
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("PRAGMA query_only = 1")
        # One view of the file for as long as it is open, whatever others write.
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection

    return _reading(path, connect)


def _reading(path: Path, ask: Callable[[], T]) -> T:
    """Ask SQLite, with its errors in words."""
    try:
        return ask()
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise UnusableFileError(
                f"{path} is locked: another program is writing it.",
                hint="Stop the predecessor, or copy the file first.",
            ) from None
        kind = _NotOpenedError if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")) else UnusableFileError
        raise kind(f"{path} cannot be opened: {error}.") from None
    except sqlite3.DatabaseError as error:
        raise UnusableFileError(
            f"{path} is damaged, or encrypted: {error}.", hint="sqlite3 FILE '.recover' may save what is left of it."
        ) from None
