"""The funnel: of the leads that came in a period, how many have come how far by now. Leads only, each once a stage.

Whoever has come to a stage has been through those before it. A lead that was given up came; how far it had come by
then is not kept, so it stands in no later stage.
"""

from typing import Final, Literal

from pydantic import Field

from retention.fields import Contract
from retention.figures.days import Period
from retention.figures.measures import About, Share, rate
from retention.figures.overview import OF_LEADS
from retention.figures.reading import Numbers

#: The names that the report is made of.
NAMES: Final = OF_LEADS
Stage = Literal["came", "contacted", "engaged", "converted"]
#: The statuses of the leads that have come to a stage, or further.
_THERE: Final[dict[Stage, tuple[str, ...]]] = {
    "contacted": ("CONTACTED", "IN_PROGRESS", "CONVERTED"),
    "engaged": ("IN_PROGRESS", "CONVERTED"),
    "converted": ("CONVERTED",),
}


class FunnelRow(Contract):
    """One stage."""

    stage: Stage = Field(
        description="came: all. contacted: something was sent. engaged: replied, clicked, or took a call. "
        "converted: became a customer"
    )
    leads: int = Field(description="Leads that have come to it")
    of_all: Share | None = Field(description="Of all that came; null when none did")
    of_previous: Share | None = Field(description="Of those in the stage before; null when there is none")


class FunnelReport(About):
    """How far the leads that came in the period have come."""

    data: list[FunnelRow] = Field(description="The stages in their order, each a part of the one before")
    lost: int = Field(description="Leads of the first stage that were given up")


def funnel_report(numbers: Numbers, period: Period) -> FunnelReport:
    """The funnel of a period."""
    came = before = numbers["leads"]
    rows = [FunnelRow(stage="came", leads=came, of_all=rate(came, came), of_previous=None)]
    for stage, statuses in _THERE.items():
        leads = sum(numbers[f"leads:{status}"] for status in statuses)
        rows.append(FunnelRow(stage=stage, leads=leads, of_all=rate(leads, came), of_previous=rate(leads, before)))
        before = leads
    return FunnelReport(**period.shown(), data=rows, lost=numbers["leads:LOST"])
