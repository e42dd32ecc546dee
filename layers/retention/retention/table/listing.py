"""Pages of lists: many partitions seen as one list, in one order, from any position.

A position is the part of the sort key that orders a list, such as `{instant}#{id}`. It is the same in every lane, so
lanes merge by it, and an item that moves from one lane to another while somebody pages keeps its place.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, groupby, islice
from typing import Any, Final, Generic, TypeVar

from retention import jsontext
from retention.entity import Entity
from retention.jsontext import format_instant
from retention.table import keys
from retention.table.items import from_raw
from retention.table.keys import Key
from retention.table.layout import INDEXES
from retention.table.store import Store, raw_key

E = TypeVar("E", bound=Entity)
R = TypeVar("R")

#: Candidates that one page may read to find items that pass its filters; the page is short when they do not suffice.
MAX_CANDIDATES: Final = 1000
#: Candidates that a further round reads at least, when the first has not filled the page: one BatchGetItem.
FURTHER: Final = 100


#: Bytes of items after which a page ends early: a Lambda function answers at most 6 MB.
#: Source: AWS Lambda quotas, "Invocation payload, synchronous".
MAX_WEIGHT: Final = 4_000_000


@dataclass(frozen=True)
class Lane:
    """One partition of a list: of an index (keys only), or of the table itself when `index` is None."""

    pk: str
    prefix: str = ""
    index: str | None = None


@dataclass(frozen=True)
class Span:
    """The part of a list between two positions, both exclusive; None means open."""

    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some items of a list, and the position at which the next page begins (None: this was the last)."""

    data: list[R]
    position: str | None


def place(instant: datetime, *rest: str) -> str:
    """The position of something by its instant, then by what else tells it apart; text order is time order."""
    return "#".join((format_instant(instant), *rest))


def lanes(kind: str, index: str, *facets: dict[str, Any]) -> list[Lane]:
    """The lanes of an index list: every shard of every facet."""
    return [
        Lane(pk, keys.index_prefix(kind, index, **facet), index)
        for facet in facets
        for pk in keys.index_partitions(kind, index, **facet)
    ]


def page(
    store: Store,
    entity: type[E],
    among: Sequence[Lane],
    *,
    limit: int,
    position: str | None,
    keep: Callable[[E], bool],
    span: Span = Span(),
    newest_first: bool = True,
    locate: Callable[[dict[str, Any]], Key | None] = raw_key,
    load: Callable[[Sequence[Key]], Sequence[E | None]] | None = None,
) -> Page[E]:
    """Read one page: a round of parallel queries, the best `limit` of them merged, the items in one BatchGetItem.

    Args:
        position: where the page before ended.
        keep: whether an item belongs to the list; asked of the item itself, because an index lags behind.
        locate: the key of the item that a raw row of a lane stands for; None for a row of another kind.
        load: reads the entities at these keys, in their order; needed where one is put together from several items.
    """
    read = load or (lambda wanted: store.find_many([(entity, one) for one in wanted]))
    kept: list[E] = []
    seen, size, weight = 0, limit, 0
    while True:
        candidates, more = _candidates(store, among, size, position, span, newest_first)
        size = max(limit, FURTHER)
        wanted = [(where, locate(raw)) for where, raw in candidates]
        items = iter(read([key for _, key in wanted if key is not None]))
        for where, key in wanted:
            item = None if key is None else next(items)
            position = where
            seen += 1
            if item is not None and not item.deleting and keep(item):
                kept.append(item)
                weight += _weight(item)
                if len(kept) == limit or weight >= MAX_WEIGHT:
                    return Page(kept, position if more or where != candidates[-1][0] else None)
        if not more:
            return Page(kept, None)
        if seen >= MAX_CANDIDATES:
            return Page(kept, position)


def _candidates(
    store: Store, among: Sequence[Lane], limit: int, position: str | None, span: Span, newest_first: bool
) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
    """The next `limit` rows over all lanes in order, and whether there are more behind them."""
    above, below = span.after, span.before
    if position is not None and newest_first:
        below = position
    elif position is not None:
        above = position

    def read(lane: Lane) -> list[tuple[str, dict[str, Any]]]:
        rows = store.query(
            lane.pk,
            index=lane.index,
            starts_with=lane.prefix,
            above=None if above is None else lane.prefix + above,
            below=None if below is None else lane.prefix + below,
            descending=newest_first,
            limit=limit + 1,
        )
        name = "sk" if lane.index is None else INDEXES[lane.index][1]
        return [(row[name]["S"][len(lane.prefix) :], row) for row in rows]

    merged = heapq.merge(*store.parallel(read, among), key=lambda row: row[0], reverse=newest_first)
    # An item that is moving from one lane to another may stand in both for a moment: it is one row.
    single = (next(same) for _, same in groupby(merged, key=lambda row: row[0]))
    rows = list(islice(single, limit + 1))
    return rows[:limit], len(rows) > limit


def whole(
    entities: Sequence[E],
    *,
    limit: int,
    position: str | None,
    order: Callable[[E], str],
    keep: Callable[[E], bool],
    newest_first: bool = True,
) -> Page[E]:
    """A page of a list small enough to be read whole (what a team configures, what one lead has), newest first.

    `order` gives what the list is sorted by, different for each item.
    """
    rows = sorted(
        ((order(item), item) for item in entities if not item.deleting and keep(item)),
        key=lambda row: row[0],
        reverse=newest_first,
    )
    rest = [row for row in rows if position is None or (row[0] < position if newest_first else row[0] > position)]
    weights = accumulate(_weight(item) for _, item in rest[:limit])
    fitting = 1 + sum(weight < MAX_WEIGHT for weight in weights)
    shown = rest[: min(limit, fitting)]
    return Page([item for _, item in shown], shown[-1][0] if len(shown) < len(rest) else None)


def _weight(item: Entity) -> int:
    """About how many bytes an item is in an answer: those of its texts and documents."""
    parts = (value for value in vars(item).values() if isinstance(value, str | dict | list))
    return sum(len(jsontext.dump_bytes(value)) for value in parts)


def from_rows(entity: type[E], rows: Sequence[dict[str, Any]]) -> list[E]:
    """The entities of one type among raw rows."""
    name = entity.__name__
    return [from_raw(entity, row) for row in rows if row["kind"]["S"] == name]
