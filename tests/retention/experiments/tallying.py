"""Figures of a test as if thousands of leads had been sent something."""

from retention.bootstrap import Application
from retention.experiments.model import ABTest
from retention.stats.buckets import day_of
from retention.stats.contributing import test_scope as scope_of
from retention.stats.model import Tally
from retention.table.writes import Count
from tests.start import START


def tally(app: Application, test: ABTest, a: tuple[int, int], b: tuple[int, int]) -> None:
    """Add recipients and conversions to both variants, spread over the shares of the tallies."""
    for share in range(8):
        numbers = {}
        for variant, (recipients, conversions) in (("A", a), ("B", b)):
            for what, amount in (("recipients", recipients), ("impressions", recipients), ("conversions", conversions)):
                numbers[f"{variant}:{what}"] = amount // 8 + (share < amount % 8)
        where = Tally(scope=scope_of(test.id), bucket=day_of(START), spread_by=f"lead {share}")
        app.core.store.write(Count(where, numbers))
