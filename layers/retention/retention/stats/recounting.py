"""The recount: adds up everything that counts, anew, and compares it with the figures that are kept.

    before   how often each tally has been added to
    items    what every item in the table counts for
    after    the tallies: how often now, and what they say
    closer   the same three for those that do not come out even, number by number; then they are put right

It runs beside everybody else. A tally that was added to between the two looks proves nothing this time; of one that was
not, the items cannot have changed either, for whoever changes one adds to the other in the same transaction. What is
wrong twice alike, while nothing moved, is put right by adding the difference (repairing).

What it takes: two looks at all tallies and one at the table, read consistently; twice that when something is wrong.
What it needs of memory does not grow (cells, NUMBERS). The place and the sums are kept every few seconds: a recount
that is killed goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from retention.core import Core
from retention.deletion.chunks import counted_in, in_chunks
from retention.jobs.runner import Chunk, Plan
from retention.stats.cells import CELLS, cell_of, weight_of
from retention.stats.contributing import COUNTED, contribution
from retention.stats.model import CHANGES, Tally
from retention.stats.recount_sheet import Book, Spot, Sums
from retention.stats.repairing import put_right, remove_strays
from retention.stats.scopes import all_scopes, shares_of
from retention.table.scanning import scan_page

#: Numbers of each side that are looked at closely at a time: ten megabytes. What is wrong beyond that comes next time.
NUMBERS: Final = 50_000
#: Scopes of strays that are told.
STRAYS: Final = 1000
#: Items that are read between two saves, about ten seconds of work, and what a request counts for beside them.
EFFORT: Final = 30_000
_OF_SCAN: Final = 400
_OF_QUERY: Final = 20
#: Tallies that are read in one go.
_ROWS: Final = 500
#: The phases in their order. The second three look closely.
_PHASES: Final = ("before", "items", "after", "closer before", "closer items", "closer after", "repair", "done")

Row = Mapping[str, Any]
#: Pages of raw items, each with what it took and the place of the next (None: over).
Pages = Iterator[tuple[Sequence[Row], int, Any]]


class Recount:
    """One recount, from wherever it is."""

    def __init__(self, core: Core, recount: str, effort: int = EFFORT) -> None:
        self._core = core
        self._recount = recount
        self._effort = effort
        self._book = Book(core, recount)

    def work(self, checkpoint: Any) -> Iterator[Chunk]:
        """Go on until it is done, a few seconds at a time; each piece is kept before it is told."""
        if self._book.phase is None:
            self._book.sums.scopes = all_scopes(self._core)
            self._book.save("before", None)
        while self._book.phase != "done":
            yield from self._read(str(self._book.phase)) if self._book.phase != "repair" else self._repair()
        if checkpoint != "done":
            yield Chunk(checkpoint="done", result=self._sums.result)

    @property
    def _sums(self) -> Sums:
        return self._book.sums

    # --- reading -----------------------------------------------------------------------------------------------

    def _read(self, phase: str) -> Iterator[Chunk]:
        pages, take = self._parts()[phase]
        effort = 0
        for rows, cost, place in pages(self._book.place):
            take(rows)
            self._keep_within_bounds()
            effort += len(rows) + cost
            if place is not None and effort >= self._effort:
                self._book.save(phase, place)
                effort = 0
                yield Chunk(checkpoint=phase)
        following = _PHASES[_PHASES.index(phase) + 1]
        if phase == "after" and not self._is_suspicious():
            following = "repair"
        self._book.save(following, None)
        yield Chunk(checkpoint=following)

    def _parts(self) -> Mapping[str, tuple[Callable[[Any], Pages], Callable[[Sequence[Row]], None]]]:
        """What is read in each phase, and what is done with it."""
        return {
            "before": (self._tallies, self._take_before),
            "items": (self._items, self._take_items),
            "after": (self._tallies, self._take_after),
            "closer before": (self._tallies, self._look_before),
            "closer items": (self._items, self._look_at_items),
            "closer after": (self._tallies, self._look_after),
        }

    def _tallies(self, place: Any) -> Pages:
        first, above = place or (0, None)
        partitions = [pk for scope in self._sums.scopes for pk in shares_of(scope)]
        for at in range(first, len(partitions)):
            for rows in in_chunks(self._core.store.query(partitions[at], above=above), _ROWS):
                yield rows, _OF_QUERY, [at, rows[-1]["sk"]["S"]]
            above = None
            yield (), _OF_QUERY, [at + 1, None]

    def _items(self, place: Any) -> Pages:
        kinds = {Tally.__name__, *(kind.__name__ for kind in COUNTED)}
        while True:
            rows, place = scan_page(self._core.store, place, kinds)
            yield rows, _OF_SCAN, place
            if place is None:
                return

    # --- adding up ---------------------------------------------------------------------------------------------

    def _cell(self, spot: Spot) -> int:
        return cell_of(self._recount, *spot)

    def _take_before(self, rows: Sequence[Row]) -> None:
        for row in rows:
            spot = _spot(row)
            self._sums.moved.add(self._cell(spot), weight_of(*spot, CHANGES), _changes(row))

    def _take_items(self, rows: Sequence[Row]) -> None:
        """Add up what the items of a page count for, and note tallies that stand on nothing."""
        for spot, numbers in self._counted(rows).items():
            for name, amount in numbers.items():
                self._sums.off.add(self._cell(spot), weight_of(*spot, name), amount)
        strays = {row["scope"]["S"] for row in rows if row["kind"]["S"] == Tally.__name__}.difference(self._sums.scopes)
        self._sums.strays = sorted(strays.union(self._sums.strays))[:STRAYS]

    def _take_after(self, rows: Sequence[Row]) -> None:
        for row in rows:
            spot = _spot(row)
            cell = self._cell(spot)
            self._sums.moved.add(cell, weight_of(*spot, CHANGES), -_changes(row))
            for name, amount in _numbers(row):
                self._sums.off.add(cell, weight_of(*spot, name), -amount)

    def _look_before(self, rows: Sequence[Row]) -> None:
        for row in filter(self._is_suspect, rows):
            self._sums.before[_spot(row)] += _changes(row)

    def _look_at_items(self, rows: Sequence[Row]) -> None:
        for spot, numbers in self._counted(rows).items():
            if self._is_suspected(spot):
                self._sums.right.setdefault(spot, Counter()).update(numbers)

    def _look_after(self, rows: Sequence[Row]) -> None:
        for row in filter(self._is_suspect, rows):
            self._sums.after[_spot(row)] += _changes(row)
            self._sums.kept.setdefault(_spot(row), Counter()).update(dict(_numbers(row)))

    def _is_suspect(self, row: Row) -> bool:
        return self._is_suspected(_spot(row))

    def _is_suspected(self, spot: Spot) -> bool:
        return self._cell(spot) in self._sums.suspects

    def _counted(self, rows: Sequence[Row]) -> dict[Spot, Counter[str]]:
        """What the items among some rows count for, in the scopes that there were at the beginning."""
        known = set(self._sums.scopes)
        page: dict[Spot, Counter[str]] = {}
        for entity in counted_in(rows):
            for (place, name), amount in contribution(entity).items():
                if place.scope in known:
                    page.setdefault((place.scope, place.bucket), Counter())[name] += amount
        return page

    # --- concluding --------------------------------------------------------------------------------------------

    def _is_suspicious(self) -> bool:
        """Whether something has to be looked at closely: it did not come out even though nothing moved."""
        moving = set(self._sums.moved.uneven())
        self._sums.suspects = {cell: self._sums.off[cell] for cell in self._sums.off.uneven() if cell not in moving}
        self._sums.result = {
            "parts": CELLS,
            "moving": len(moving),
            "right": CELLS - len(moving | set(self._sums.off.uneven())),
            "repairs": 0,
            "repaired": [],
        }
        return bool(self._sums.suspects)

    def _keep_within_bounds(self) -> None:
        """Leave what is too much to look at at a time to the next recount."""
        for numbers in (self._sums.right, self._sums.kept):
            while len(self._sums.suspects) > 1 and sum(map(len, numbers.values())) > NUMBERS:
                looked_at = sorted(self._sums.suspects)[: len(self._sums.suspects) // 2]
                self._sums.suspects = {cell: self._sums.suspects[cell] for cell in looked_at}
                self._sums.right = {spot: one for spot, one in self._sums.right.items() if self._is_suspected(spot)}
                self._sums.kept = {spot: one for spot, one in self._sums.kept.items() if self._is_suspected(spot)}

    def _repair(self) -> Iterator[Chunk]:
        repaired = list(put_right(self._core, self._recount, self._sums, self._cell))
        removed = remove_strays(self._core, self._sums.strays)
        self._book.save("done", None)
        yield Chunk(changed=len(repaired), removed=removed, checkpoint="repaired")


def _spot(row: Row) -> Spot:
    return row["scope"]["S"], row["bucket"]["S"]


def _changes(row: Row) -> int:
    return int(row[CHANGES]["N"]) if CHANGES in row else 0


def _numbers(row: Row) -> Iterator[tuple[str, int]]:
    return ((name, int(value["N"])) for name, value in row.items() if "N" in value and name != CHANGES)


def recount(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    """Recount all figures; `target.id` names the recount."""
    yield from Recount(core, target["id"]).work(checkpoint)


def _finish(core: Core, target: Mapping[str, str]) -> None:
    Book(core, target["id"]).tear_out()


PLAN: Final = Plan((recount,), _finish)
