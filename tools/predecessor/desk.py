"""What the mappers of all tables work with: the file, the ids, the records so far, and what was found."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from retention.entity import Entity
from retention.errors import InvalidInputError
from tools.predecessor.findings import Findings
from tools.predecessor.identities import Identities
from tools.predecessor.opening import Source
from tools.predecessor.row import RefusedRowError, Row
from tools.predecessor.shape import Shape
from tools.predecessor.workspace import TakenError, Workspace

#: Rows between two words about how far it is.
_STRIDE: Final = 500

#: A row becomes items, the row's own entity first.
Mapper = Callable[[Row], Iterator[Entity]]


@dataclass
class Tally:
    """What became of the rows of a table."""

    read: int = 0
    imported: int = 0
    refused: int = 0


@dataclass
class Desk:
    """One conversion under way."""

    source: Source
    shape: Shape
    work: Workspace
    findings: Findings
    #: Told of every so many rows: the table, and rows of all tables so far.
    tell: Callable[[str, int], None]
    #: Where phone numbers without a country code are from.
    region: str
    identities: Identities = field(default_factory=Identities)
    tallies: dict[str, Tally] = field(default_factory=dict)
    #: How much of what is taken in could come to be sent, by what it is (converting.Owed).
    owed: Counter[str] = field(default_factory=lambda: Counter(steps=0, campaigns=0, searching=0))
    _done: int = 0

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table."""
        for number, held in enumerate(self.source.rows(table), 1):
            self._done += 1
            if self._done % _STRIDE == 0:
                self.tell(table, self._done)
            yield Row(table, number, held, self.findings)

    def each(self, table: str, mapper: Mapper) -> None:
        """Take every row of a table in, or note why not."""
        tally = self.tallies.setdefault(table, Tally())
        for row in self.rows(table):
            tally.read += 1
            try:
                self._take_in(row, mapper)
                tally.imported += 1
                self._note_extras(row)
            except RefusedRowError as error:
                row.refuse(error)
                tally.refused += 1

    def _take_in(self, row: Row, mapper: Mapper) -> None:
        """Write the items of a row. The first decides whether the row is kept."""
        items = mapper(row)
        entity = next(items)
        try:
            self.work.add(entity)
        except InvalidInputError as error:
            first = error.errors[0]
            raise RefusedRowError("not_accepted", f"{first.pointer or 'It'}: {first.detail}") from None
        except TakenError:
            kept = self.identities.former(row.table, name_of(entity))
            raise RefusedRowError("duplicate", "An earlier row is about the same, and is kept.", kept) from None
        for pointer in self.identities.keep(row, name_of(entity)):
            self.work.add(pointer)
        # What follows the first item is done only now that the row is kept.
        for item in items:
            self.work.add(item)

    def _note_extras(self, row: Row) -> None:
        """List what columns hold that are not the predecessor's own."""
        for column in self.shape.extra_columns.get(row.table, ()):
            if row[column] is not None and column not in row.kept:
                row.left_out(column, "extra_column", "The column is not the predecessor's own.", row[column])

    def keep_extras(self, row: Row) -> None:
        """Put what columns of its own hold into the free data of a row that has some."""
        for column in self.shape.extra_columns.get(row.table, ()):
            if row[column] is not None:
                row.keep(column, "extra_column", "The column is not the predecessor's own; kept in free data.")


def name_of(entity: Entity) -> str:
    """The id of an entity."""
    return str(getattr(entity, "id"))  # noqa: B009 - each of the thirteen has one, Entity has not


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two instants, of which either may be absent."""
    return max((at for at in (one, other) if at is not None), default=None)
