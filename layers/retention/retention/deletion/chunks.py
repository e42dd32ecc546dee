"""The pieces of work of a delete: find children, remove them or detach them. Each may be done twice without harm."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from retention.core import Core
from retention.entity import Entity
from retention.stats.contributing import COUNTED
from retention.stats.counting import counts_of
from retention.table import keys
from retention.table.items import from_raw
from retention.table.keys import Key
from retention.table.scanning import scan_page
from retention.table.store import raw_key
from retention.table.writes import RefusedError, Replace, gone

E = TypeVar("E", bound=Entity)
T = TypeVar("T")

#: Children that are handled between two looks at the clock: ten BatchWriteItem requests.
CHUNK: Final = 250
#: Writes of one transaction that removes items which count for figures: a transaction may hold a hundred.
TOGETHER: Final = 60


def in_chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Group what an iterator gives."""
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def owned(core: Core, kind: str, **owner: Any) -> Iterator[Key]:
    """The keys of the items of a kind that an owner has, from the owner index."""
    starts_with = keys.index_prefix(kind, "owner")
    for pk in keys.index_partitions(kind, "owner", **owner):
        for raw in core.store.query(pk, index="owner", starts_with=starts_with):
            yield raw_key(raw)


def remove(core: Core, doomed: Sequence[Key]) -> int:
    """Remove items."""
    core.store.remove_unconditionally(doomed)
    return len(doomed)


def counted_in(rows: Sequence[Mapping[str, Any]]) -> list[Entity]:
    """Those of some raw items that count for figures."""
    kinds = {kind.__name__: kind for kind in COUNTED}
    return [from_raw(kinds[row["kind"]["S"]], row) for row in rows if row["kind"]["S"] in kinds]


def uncounted_in(rows: Sequence[Mapping[str, Any]]) -> list[Key]:
    """The keys of the others."""
    kinds = {kind.__name__ for kind in COUNTED}
    return [raw_key(row) for row in rows if row["kind"]["S"] not in kinds]


def remove_counted(core: Core, doomed: Sequence[Entity]) -> int:
    """Remove items that count for figures, with what they count for. One that is changed meanwhile is read again."""

    def strike(together: Sequence[Entity]) -> list[Entity]:
        try:
            core.store.write(*map(gone, together))
        except RefusedError:
            now = core.store.find_many([(type(one), keys.key_of(one)) for one in together])
            return [one for one in now if one is not None]
        return []

    chunks = list(_together(doomed))
    while chunks:
        left = [again for left in core.store.parallel(strike, chunks) for again in left]
        chunks = [[one] for one in left]
    return len(doomed)


def _together(doomed: Sequence[Entity]) -> Iterator[list[Entity]]:
    """Group items so that those of a group, with the figures that they change, go in one transaction."""
    group: list[Entity] = []
    room = TOGETHER
    for one in doomed:
        writes = 1 + len(counts_of([gone(one)]))
        if group and writes > room:
            yield group
            group, room = [], TOGETHER
        group.append(one)
        room -= writes
    if group:
        yield group


def detach(core: Core, entity: type[E], found: Sequence[Key], holds: Callable[[E], bool], **cleared: Any) -> int:
    """Clear a reference on the items that still hold it; an item that is changed meanwhile is read again."""
    todo = list(found)
    count = 0
    while todo:
        rows = core.store.find_many([(entity, one) for one in todo])
        holding = [row for row in rows if row is not None and holds(row)]

        def clear(row: E) -> Key | None:
            try:
                core.store.write(Replace(core.changed(row, **cleared), before=row))
            except RefusedError:
                return keys.key_of(row)
            return None

        todo = [again for again in core.store.parallel(clear, holding) if again is not None]
        count += len(holding) - len(todo)
    return count


def scan(core: Core, entity: type[E], start: Any) -> Iterator[tuple[list[E], Any]]:
    """All items of a kind in the whole table, page by page, with the place where the next page begins."""
    while True:
        raw, start = scan_page(core.store, start, [entity.__name__])
        yield [from_raw(entity, row) for row in raw], start
        if start is None:
            return
