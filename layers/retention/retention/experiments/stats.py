"""What the counts of a variant say: rates to four decimals, none without anything to divide by."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from retention.experiments.model import VariantStats

#: Decimals of a rate.
_PLACES: Final = Decimal("0.0001")


def told(stored: VariantStats | dict[str, Any] | None) -> VariantStats:
    """The figures of a variant with the rates that follow from its counts; `roas` stays as it was counted.

    A rate never exceeds 1: a lead that clicks or converts twice counts once, and a send may be reported late.
    """
    stats = stored if isinstance(stored, VariantStats) else VariantStats.model_validate(stored or {}, by_alias=True)
    return stats.model_copy(
        update={
            "ctr": _rate(stats.clicks, stats.impressions),
            "conversion_rate": _rate(stats.conversions, stats.impressions),
        }
    )


def is_counted(stats: VariantStats) -> bool:
    """Whether anything has been counted for a variant."""
    return any((stats.impressions, stats.clicks, stats.conversions, stats.revenue))


def _rate(part: int, whole: int) -> Decimal | None:
    if whole == 0:
        return None
    return min(Decimal(1), (Decimal(part) / whole).quantize(_PLACES, ROUND_HALF_UP))
