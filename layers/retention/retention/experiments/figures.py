"""What was counted for the variants of tests, read from their tallies."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from retention.core import Core
from retention.experiments.model import ABTest
from retention.experiments.variants import Variant
from retention.stats.contributing import UNIT, test_scope
from retention.table import keys
from retention.table.gathering import MAX_PARTITIONS, items_in

#: The two variants, in the order in which they are shown.
VARIANTS: Final[tuple[Variant, Variant]] = ("A", "B")


class Figures(NamedTuple):
    """What one variant has come to. Money in the account's currency."""

    #: Leads that were sent something.
    recipients: int = 0
    #: Sends that were accepted.
    impressions: int = 0
    #: Leads that clicked, and leads that converted.
    clicks: int = 0
    conversions: int = 0
    revenue: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    @property
    def roas(self) -> Decimal | None:
        """Revenue by cost, to four decimals; None without cost."""
        return (self.revenue / self.cost).quantize(Decimal("0.0001"), ROUND_HALF_UP) if self.cost > 0 else None


class Compared(NamedTuple):
    """The figures of both variants."""

    a: Figures
    b: Figures


def compared(core: Core, tests: Sequence[ABTest]) -> list[Compared]:
    """The figures of tests, as they are at this moment: one request for six tests."""
    totals = [_summed(rows) for rows in tallies_of(core, [test.id for test in tests])]
    return [Compared(*(_figures(total, variant) for variant in VARIANTS)) for total in totals]


def tallies_of(core: Core, test_ids: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The raw tallies of each of some tests; none for one that has not counted anything yet."""
    shares = [keys.partitions("Tally", scope=test_scope(one)) for one in test_ids]
    places = [pk for pks in shares for pk in pks]
    groups = [places[at : at + MAX_PARTITIONS] for at in range(0, len(places), MAX_PARTITIONS)]
    found: dict[str, list[dict[str, Any]]] = {}
    for part in core.store.parallel(lambda group: items_in(core.store, group), groups):
        found.update(part)
    return [[row for pk in pks for row in found[pk]] for pks in shares]


def _summed(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in rows:
        for name, value in row.items():
            if "N" in value and name[:2] in ("A:", "B:"):
                total[name] += int(value["N"])
    return total


def _figures(total: Mapping[str, int], variant: Variant) -> Figures:
    def number(name: str) -> int:
        return total.get(f"{variant}:{name}", 0)

    return Figures(
        number("recipients"),
        number("impressions"),
        number("clicks"),
        number("conversions"),
        Decimal(number("revenue")) / UNIT,
        Decimal(number("cost")) / UNIT,
    )
