"""The counters of A/B tests, read and taken away."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from retention.core import Core
from retention.experiments.crediting import UNIT
from retention.experiments.model import ABTest, VariantStats
from retention.stats.model import ABTestStats
from retention.table import keys
from retention.table.keys import Key
from retention.table.listing import from_rows
from retention.table.store import raw_key

#: The names of the counters of each variant, by the figure that they make.
_COUNTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "A": {"conversions": "conversions_a", "revenue": "revenue_a"},
    "B": {"conversions": "conversions_b", "revenue": "revenue_b"},
}


def _shares(core: Core, test_id: str) -> list[dict[str, Any]]:
    return list(core.store.query(keys.partitions("ABTestStats", test_id=test_id)[0]))


def places(core: Core, test_id: str) -> list[Key]:
    """Where the counters of a test are; they go with it."""
    return [raw_key(row) for row in _shares(core, test_id)]


def with_counts(core: Core, tests: Sequence[ABTest]) -> list[ABTest]:
    """Tests with what has been counted for them, on top of what they were imported with; a query each."""

    def one(test: ABTest) -> ABTest:
        shares = from_rows(ABTestStats, _shares(core, test.id))
        return test.model_copy(
            update={"stats_a": _sum(test.stats_a, shares, "A"), "stats_b": _sum(test.stats_b, shares, "B")}
        )

    return core.store.parallel(one, tests)


def _sum(stored: Any, shares: Sequence[ABTestStats], variant: str) -> VariantStats:
    stats = stored if isinstance(stored, VariantStats) else VariantStats.model_validate(stored or {}, by_alias=True)
    counted = {
        figure: sum(getattr(share, name) or 0 for share in shares) for figure, name in _COUNTERS[variant].items()
    }
    return stats.model_copy(
        update={
            "conversions": stats.conversions + counted["conversions"],
            "revenue": stats.revenue + Decimal(counted["revenue"]) / UNIT,
        }
    )
