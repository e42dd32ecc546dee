"""What the figures of a variant say: rates to four decimals, none without anything to divide by."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from retention.experiments.figures import Figures
from retention.experiments.model import VariantStats

#: Decimals of a rate.
_PLACES: Final = Decimal("0.0001")
_NONE: Final = Figures()


def told(stored: VariantStats | dict[str, Any] | None, counted: Figures = _NONE) -> VariantStats:
    """The figures of a variant, with the rates that follow from them.

    A rate never exceeds 1: a lead that clicks or converts twice counts once, and a send may be reported late.

    Args:
        stored: what the test was imported with; what was counted here comes on top. Its `roas` stands until something
            has a cost here.
    """
    stats = stored if isinstance(stored, VariantStats) else VariantStats.model_validate(stored or {}, by_alias=True)
    impressions = stats.impressions + counted.impressions
    clicks, conversions = stats.clicks + counted.clicks, stats.conversions + counted.conversions
    return VariantStats(
        impressions=impressions,
        clicks=clicks,
        conversions=conversions,
        revenue=stats.revenue + counted.revenue,
        ctr=rate(clicks, impressions),
        conversion_rate=rate(conversions, impressions),
        roas=counted.roas if counted.cost else stats.roas,
    )


def is_counted(stats: VariantStats) -> bool:
    """Whether anything has been counted for a variant."""
    return any((stats.impressions, stats.clicks, stats.conversions, stats.revenue))


def rate(part: int, whole: int) -> Decimal | None:
    """A share, at most 1; None of nothing."""
    if whole == 0:
        return None
    return min(Decimal(1), (Decimal(part) / whole).quantize(_PLACES, ROUND_HALF_UP))
