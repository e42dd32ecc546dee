"""The overview: leads, messages, conversions and money at a glance."""

from typing import Final, get_args

from pydantic import Field

from retention.fields import Contract
from retention.figures.days import Period
from retention.figures.measures import (
    OF_CHANNELS,
    About,
    Amount,
    ByChannel,
    Messages,
    Share,
    all_channels,
    by_channel,
    money,
    quotient,
    rate,
)
from retention.figures.reading import Numbers
from retention.leads.model import LEAD_STATUSES, LeadSource

_SOURCES: Final[tuple[LeadSource, ...]] = get_args(LeadSource)
_CONVERSIONS: Final = ("lead", "qualified", "customer", "churn")
#: The names of the leads' numbers.
OF_LEADS: Final = ("leads", *(f"leads:{status}" for status in LEAD_STATUSES))
#: The names that an overview is made of.
NAMES: Final = (
    *OF_LEADS,
    *(f"leads:from:{source}" for source in _SOURCES),
    *OF_CHANNELS,
    *(f"conversions:{status}" for status in _CONVERSIONS),
    "revenue",
)


class LeadSources(Contract):
    """Where leads came from."""

    manual: int = Field(alias="MANUAL", description="Entered by hand")
    meta: int = Field(alias="META", description="From Meta")
    api: int = Field(alias="API", description="Through the API")


class LeadFigures(Contract):
    """Leads that came in the period, by where they stand now."""

    came: int = Field(description="All that came")
    new: int = Field(description="Not contacted yet")
    contacted: int = Field(description="Contacted, and silent so far")
    in_progress: int = Field(description="Replied, clicked, or took a call")
    converted: int = Field(description="Became customers")
    lost: int = Field(description="Given up")
    conversion_rate: Share | None = Field(description="converted / came; null when none came")
    sources: LeadSources = Field(description="Where they came from")


class ConversionFigures(Contract):
    """Conversions recorded in the period, by what they are now."""

    lead: int = Field(description="Reported as leads")
    qualified: int = Field(description="Qualified")
    customer: int = Field(description="Paid")
    churn: int = Field(description="Taken back")


class Overview(About):
    """Everything at a glance."""

    leads: LeadFigures = Field(description="Leads that came in the period")
    messages: Messages = Field(description="What was sent in the period, over all channels")
    channels: ByChannel = Field(description="The same, channel by channel")
    conversions: ConversionFigures = Field(description="Conversions recorded in the period")
    revenue: Amount = Field(description="What the paid ones are worth")
    cost: Amount = Field(description="What sending cost")
    roi: Amount | None = Field(description="(revenue - cost) / cost; null without a cost")


def overview(numbers: Numbers, period: Period) -> Overview:
    """The overview of a period."""
    sent = all_channels(numbers)
    revenue = money(numbers, "revenue")
    return Overview(
        **period.shown(),
        leads=_leads(numbers),
        messages=sent,
        channels=by_channel(numbers),
        conversions=conversions(numbers),
        revenue=revenue,
        cost=sent.cost,
        roi=quotient(revenue - sent.cost, sent.cost),
    )


def conversions(numbers: Numbers) -> ConversionFigures:
    """The conversions of an account or a campaign."""
    return ConversionFigures(**{status: numbers[f"conversions:{status}"] for status in _CONVERSIONS})


def _leads(numbers: Numbers) -> LeadFigures:
    stages = {status.lower(): numbers[f"leads:{status}"] for status in LEAD_STATUSES}
    return LeadFigures(
        came=numbers["leads"],
        **stages,
        conversion_rate=rate(stages["converted"], numbers["leads"]),
        sources=LeadSources(**{source: numbers[f"leads:from:{source}"] for source in _SOURCES}),
    )
