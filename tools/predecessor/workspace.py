"""Records on their way into the archive, on disk and in the order of their keys."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from retention import jsontext
from retention.entity import Entity
from retention.errors import InvalidInputError
from retention.moving.carrying import carried, uncarried
from retention.moving.kinds import CARRIED, ENTITIES
from retention.moving.records import line_of
from retention.table import keys

#: Bytes that a partition key and a sort key may have. Source: DynamoDB Developer Guide, Constraints.
_KEY_BYTES: Final = (2048, 1024)


class TakenError(Exception):
    """There is such an item already."""


class Workspace:
    """Lines by where their items live. A file of its own, removed at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        #: For what mappers have to remember of every lead, which is too much for memory (people).
        self.aside = self._connection
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(
            "CREATE TABLE line (kind TEXT, pk TEXT, sk TEXT, line BLOB, PRIMARY KEY (kind, pk, sk)) WITHOUT ROWID"
        )
        self._connection.execute("BEGIN")

    def add(self, entity: Entity) -> None:
        """Take an item in.

        Raises:
            InvalidInputError: an import would refuse it.
            TakenError: another one lives there.
        """
        line = line_of(carried(entity))
        if type(entity) in ENTITIES:
            # What goes with a row is made of what was checked with it.
            uncarried(type(entity), jsontext.loads_strict(line))
        where = keys.key_of(entity)
        if any(len(part.encode()) > most for part, most in zip(where, _KEY_BYTES, strict=True)):
            raise InvalidInputError.at("", "too_long", "What names it is too long for a key.")
        try:
            self._connection.execute(
                "INSERT INTO line VALUES (?, ?, ?, ?)", (type(entity).__name__, where.pk, where.sk, line)
            )
        except sqlite3.IntegrityError:
            raise TakenError from None

    def counts(self) -> dict[str, int]:
        """How many records of each kind there are, in the order of an archive."""
        found = dict(self._connection.execute("SELECT kind, count(*) FROM line GROUP BY kind").fetchall())
        return {kind: found[kind] for kind in CARRIED if kind in found}

    def lines(self, kind: str) -> Iterator[bytes]:
        """The records of a kind, in the order of their keys."""
        for (line,) in self._connection.execute("SELECT line FROM line WHERE kind = ? ORDER BY pk, sk", (kind,)):
            yield line

    def close(self) -> None:
        """Remove the file."""
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
