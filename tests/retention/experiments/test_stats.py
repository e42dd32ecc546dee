"""What the counts of a variant say."""

from decimal import Decimal

import pytest

from retention.experiments.model import VariantStats
from retention.experiments.stats import is_counted, told
from retention.jsontext import dumps, loads


def test_nothing_counted_has_no_rates() -> None:
    stats = told(VariantStats())

    assert (stats.ctr, stats.conversion_rate, stats.roas) == (None, None, None)
    assert is_counted(stats) is False


def test_rates_are_shares_of_the_impressions_to_four_decimals() -> None:
    stats = told(VariantStats(impressions=3, clicks=2, conversions=1))

    assert (stats.ctr, stats.conversion_rate) == (Decimal("0.6667"), Decimal("0.3333"))


def test_a_rate_never_exceeds_one_when_a_report_comes_late() -> None:
    assert told(VariantStats(impressions=1, clicks=2)).ctr == Decimal(1)


def test_figures_come_back_from_the_table_as_they_went_in() -> None:
    stats = told(VariantStats(impressions=150, clicks=35, revenue=Decimal("0.1"), roas=Decimal("3.2000")))

    assert told(loads(dumps(stats))) == stats
    assert told(None) == VariantStats()


@pytest.mark.parametrize(
    "counted", [{"clicks": 1}, {"conversions": 1}, {"impressions": 1}, {"revenue": Decimal("0.01")}]
)
def test_any_count_counts(counted: dict[str, object]) -> None:
    assert is_counted(VariantStats(**counted)) is True  # type: ignore[arg-type]
