"""The first half of an export: the whole table is read once, and what is wanted of it is kept in sorted runs.

The table gives items in no order that could be used, and a million of them do not fit into memory. Each run is a chunk
of the job: its name is kept with the place where the next one begins, so that a run whose maker was killed is nobody's.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from retention.core import Core
from retention.entity import Entity
from retention.exports.files import piece_key
from retention.exports.names import name_of, to_bytes
from retention.exports.runs import Row, Run
from retention.leads.model import Contact, Lead
from retention.moving.storage import Transfers
from retention.table.items import from_raw
from retention.table.keys import key
from retention.table.scanning import scan_page

#: Bytes of rows in a run, about: what is sorted in memory at once.
RUN: Final = 8 * 1024 * 1024
#: Pages of the table that make a run, at most: most of the table may be what is not wanted.
PAGES: Final = 64

#: Turns items of one kind into rows; what is not to be exported is left out.
Rows = Callable[[Sequence[Entity]], Iterator[Row]]


def collect(
    core: Core, export_id: str, kinds: Mapping[str, type[Entity]], rows_of: Rows, place: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """Collect items of some kinds into runs, from a place on; gives the place behind each run.

    A place is {"start": where the table is read on, None: over, "runs": [names], "rows": so many}.
    """
    start: Any = place["start"] if place else None
    runs: list[str] = list(place["runs"]) if place else []
    rows: int = place["rows"] if place else 0
    if place and start is None:
        return
    transfers = Transfers(core)
    while True:
        run, contacts = Run(), array("Q")
        for _ in range(PAGES):
            items, start = scan_page(core.store, start, kinds)
            rows += _take(items, kinds, rows_of, run, contacts)
            del items  # Before the next page is read: a page of a megabyte takes fifteen here.
            if start is None or run.size >= RUN:
                break
        if run.rows:
            name = core.ids.revision()
            run.write(transfers, piece_key(export_id, name), to_bytes(contacts))
            runs.append(name)
        yield {"start": start, "runs": list(runs), "rows": rows}
        if start is None:
            return


def _take(
    items: Collection[Mapping[str, Any]],
    kinds: Mapping[str, type[Entity]],
    rows_of: Rows,
    run: Run,
    contacts: "array[int]",
) -> int:
    """Add items to a run, and tell how many rows they made."""
    found: dict[str, list[Entity]] = {}
    for raw in items:
        kind = raw["kind"]["S"]
        entity = from_raw(kinds[kind], raw)
        if is_there(entity):
            found.setdefault(kind, []).append(entity)
            if isinstance(entity, Contact):
                contacts.append(name_of(key(Lead.__name__, id=entity.lead_id)))
    count = 0
    for kind, entities in found.items():
        for row in rows_of(entities):
            run.add(kind, row)
            count += 1
    return count


def is_there(entity: Entity) -> bool:
    """Whether an item is there for readers, and not going away."""
    return not entity.deleting and not (isinstance(entity, Contact) and entity.erased)
