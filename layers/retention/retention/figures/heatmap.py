"""The heatmap: at which hour of the week, where the lead lives, messages are answered.

Each rate stands beside the number of messages that it is a share of. Messages to a lead whose clock is not certain (a
phone number that may be in several zones) belong to no hour.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field

from retention.contactrules.model import WEEKDAYS, Weekday
from retention.fields import CHANNELS, Channel, Contract
from retention.figures.days import Period
from retention.figures.measures import About, Share, telling_rate
from retention.figures.reading import Numbers

_RATED: Final = ("delivered", "opened", "clicked", "replied", "answered")


class HourRates(Contract):
    """Shares of what was sent in an hour of the week; null where nothing was sent of which it can be said."""

    delivered: Share | None = Field(description="Of text messages and e-mails sent: delivered")
    opened: Share | None = Field(description="Of e-mails sent: opened by a person")
    clicked: Share | None = Field(description="Of text messages and e-mails sent: clicked by a person")
    replied: Share | None = Field(description="Of text messages sent: replied to")
    answered: Share | None = Field(description="Of calls placed: taken by a person")


class HeatmapRow(Contract):
    """One hour of the week."""

    weekday: Weekday = Field(description="The weekday where the lead lives")
    hour: int = Field(ge=0, le=23, description="The hour where the lead lives: 14 is from 14:00 to 15:00")
    sent: int = Field(description="Messages sent in it: what the rates are shares of")
    delivered: int = Field(description="Delivered, of those sent")
    opened: int = Field(description="Opened by a person, of those sent")
    clicked: int = Field(description="Clicked by a person, of those sent")
    replied: int = Field(description="Replied to, of those sent")
    answered: int = Field(description="Calls that a person took, of those placed")
    rates: HourRates = Field(description="Shares of sent")


class HeatmapReport(About):
    """Hours of the week."""

    data: list[HeatmapRow] = Field(description="168 rows: Monday from midnight, then the other days")


def heatmap_report(numbers: Numbers, period: Period, channels: Sequence[Channel] = CHANNELS) -> HeatmapReport:
    """The hours of the week of some channels."""
    rows = [
        _row(numbers, weekday, hour, {f"hour:{at}{hour:02d}:{channel}": channel for channel in channels})
        for at, weekday in enumerate(WEEKDAYS)
        for hour in range(24)
    ]
    return HeatmapReport(**period.shown(), data=rows)


def _row(numbers: Numbers, weekday: Weekday, hour: int, of: Mapping[str, Channel]) -> HeatmapRow:
    told = {what: sum(numbers[f"{prefix}:{what}"] for prefix in of) for what in ("sent", *_RATED)}
    rates = HourRates(**{what: telling_rate(numbers, what, of) for what in _RATED})
    return HeatmapRow(weekday=weekday, hour=hour, **told, rates=rates)
