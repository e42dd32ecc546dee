"""The timeline: a row for every day of a period, today included."""

from collections.abc import Sequence
from typing import Final

from pydantic import Field

from retention.fields import Contract
from retention.figures.days import Day, Period
from retention.figures.measures import OF_CHANNELS, About, Amount, all_channels, money
from retention.figures.reading import Numbers

#: The names that the report is made of.
NAMES: Final = ("leads", *OF_CHANNELS, "converted", "revenue")
#: What the timeline tells of a day's messages.
_OF_MESSAGES: Final = ("sent", "rejected", "delivered", "opened", "clicked", "replied", "answered", "cost")


class TimelineRow(Contract):
    """One day."""

    day: Day = Field(description="The day")
    leads: int = Field(description="Leads that came")
    sent: int = Field(description="Messages sent, calls placed")
    calls: int = Field(description="Calls among them")
    texts: int = Field(description="Text messages among them")
    emails: int = Field(description="E-mails among them")
    rejected: int = Field(description="Refused, so never sent")
    delivered: int = Field(description="Of that day's messages: delivered by now")
    opened: int = Field(description="Of that day's messages: opened by now")
    clicked: int = Field(description="Of that day's messages: clicked by now")
    replied: int = Field(description="Of that day's messages: replied to by now")
    answered: int = Field(description="Of that day's calls: taken by a person")
    cost: Amount = Field(description="What that day's messages cost")
    converted: int = Field(description="Paid conversions recorded that day")
    revenue: Amount = Field(description="What they are worth")


class TimelineReport(About):
    """Day by day."""

    data: list[TimelineRow] = Field(description="A row for every day, in order; zeros where nothing happened")


def timeline_report(days: Sequence[Numbers], period: Period) -> TimelineReport:
    """The days of a period."""
    rows = [_row(day.isoformat(), numbers) for day, numbers in zip(period.days, days, strict=True)]
    return TimelineReport(**period.shown(), data=rows)


def _row(day: str, numbers: Numbers) -> TimelineRow:
    told = all_channels(numbers)
    return TimelineRow(
        day=day,
        leads=numbers["leads"],
        calls=numbers["CALL:sent"],
        texts=numbers["SMS:sent"],
        emails=numbers["EMAIL:sent"],
        **{what: getattr(told, what) for what in _OF_MESSAGES},
        converted=numbers["converted"],
        revenue=money(numbers, "revenue"),
    )
