"""Which id each row has here. Old ids stay wherever an id does not say where its item lives; else pointers lead on."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from retention.entity import Entity
from retention.moving.former import FormerId
from retention.table.keys import fingerprint
from tools.predecessor.row import RefusedRowError, Row

#: An id that can stay as it is. Source: retention/fields, RootId.
_FITS: Final = re.compile(r"[A-Za-z0-9_\-]{1,64}")
#: Characters of an id of the file that can be pointed from: it becomes part of a key.
_LONGEST: Final = 500


def root(table: str, former: str) -> str:
    """The id that a row has here when it stands alone: its own, or one made of it where that has odd characters."""
    return former if _FITS.fullmatch(former) else f"im{fingerprint(table, former)}"


class Identities:
    """Ids of this system by those of the file, for every row that is kept."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = defaultdict(dict)
        #: The other way round, for tables in which rows were in each other's way.
        self._former: dict[str, dict[str, str]] = {}

    def claim(self, row: Row) -> str:
        """The id of a row that is about to be kept.

        Raises:
            RefusedRowError: it has none, or another row has the same.
        """
        if not row.id:
            raise RefusedRowError("no_id", "It has no id.")
        if len(row.id) > _LONGEST:
            raise RefusedRowError("id_too_long", f"Its id has more than {_LONGEST} characters.")
        if row.id in self._known[row.table]:
            raise RefusedRowError("duplicate_id", "An earlier row has the same id.")
        return root(row.table, row.id)

    def keep(self, row: Row, now: str) -> Iterator[Entity]:
        """Remember which id a row has, with the pointer that leads there from the old one, where it is another."""
        self._known[row.table][row.id] = now
        if row.table in self._former:
            self._former[row.table][now] = row.id
        if now != row.id:
            yield FormerId(former=row.id, of=row.table, now=now)

    def of(self, table: str, former: str | None) -> str | None:
        """The id here of a row of the file; None where it was not kept, or is not there."""
        return None if former is None else self._known[table].get(former)

    def former(self, table: str, now: str) -> str:
        """The id in the file of a row that is kept."""
        if table not in self._former:
            self._former[table] = {here: former for former, here in self._known[table].items()}
        return self._former[table].get(now, now)

    def parent(self, row: Row, column: str, table: str) -> str:
        """The row without which this one goes: deleting that one would have deleted this one, too.

        Raises:
            RefusedRowError: it is not there.
        """
        former = row.reference(column)
        found = self.of(table, former)
        if found is None:
            raise RefusedRowError(f"orphan_{column}", f"Its {column} names no {table} that is kept.", former or "")
        return found

    def optional(self, row: Row, column: str, table: str) -> str | None:
        """The row that this one names; None where it names none that is kept."""
        former = row.reference(column)
        found = self.of(table, former)
        if former is not None and found is None:
            row.keep(column, "orphan", f"It names no {table} that is kept.")
        return found
