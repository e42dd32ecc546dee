"""Reads figures. What that costs grows with the quarters of an hour in which something happened, and with nothing else.

A scope's tallies are spread over a few shares, each in the order of time: one query a share, all side by side, summed
as they come. Reads are not consistent: what was written in the last second may be missing, for half the price.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from retention.core import Core
from retention.figures.days import Period
from retention.jsontext import format_instant
from retention.stats.buckets import QUARTER
from retention.stats.model import CHANGES, Tally
from retention.table import keys

#: Numbers by name (stats/contributing).
Numbers = Counter[str]


class _Share(NamedTuple):
    """One share of a scope's tallies."""

    scope: str
    pk: str


class FigureReader:
    """Reads the numbers of scopes."""

    def __init__(self, core: Core) -> None:
        self._store = core.store

    def total(self, scope: str, period: Period, only: Sequence[str] = ()) -> Numbers:
        """The numbers of a scope over all days together.

        Args:
            only: the names that are wanted; all of them, unless given.
        """
        return self.totals([scope], period, only)[0]

    def totals(self, scopes: Sequence[str], period: Period, only: Sequence[str] = ()) -> list[Numbers]:
        """The numbers of several scopes, each over all days together."""
        whole = list(period.beginnings())
        return [sum(days, Numbers()) for days in self._read(scopes, [whole[0], whole[-1]], only)]

    def daily(self, scope: str, period: Period, only: Sequence[str] = ()) -> list[Numbers]:
        """The numbers of a scope on each of the days."""
        return self._read([scope], list(period.beginnings()), only)[0]

    def _read(self, scopes: Sequence[str], bounds: Sequence[str], only: Sequence[str]) -> list[list[Numbers]]:
        """The numbers of each scope in each span between two bounds."""
        shares = [_Share(scope, pk) for scope in scopes for pk in keys.partitions(Tally.__name__, scope=scope)]
        spans: dict[str, list[Numbers]] = {scope: [Numbers() for _ in islice(bounds, 1, None)] for scope in scopes}
        found = self._store.parallel(lambda share: self._read_share(share.pk, bounds, only), shares)
        for share, numbers in zip(shares, found, strict=True):
            for span, gained in numbers.items():
                spans[share.scope][span].update(gained)
        return [spans[scope] for scope in scopes]

    def _read_share(self, pk: str, bounds: Sequence[str], only: Sequence[str]) -> dict[int, Numbers]:
        """The numbers of one share by span, summed while they are read."""
        sums: dict[int, Numbers] = {}
        before = format_instant(datetime.fromisoformat(bounds[0]) - QUARTER)
        brought = ("sk", *only) if only else ()
        for row in self._store.query(pk, above=before, below=bounds[-1], only=brought, consistent=False):
            numbers = sums.setdefault(bisect_right(bounds, row["sk"]["S"]) - 1, Numbers())
            for name, value in row.items():
                if "N" in value and name != CHANGES:
                    numbers[name] += int(value["N"])
        return sums
