"""Figures of campaigns: side by side, and of one of them by channel and script."""

from collections.abc import Mapping

from pydantic import Field

from retention.budgets.standing import BudgetStanding
from retention.campaigns.model import Campaign, CampaignStatus
from retention.fields import Contract
from retention.figures.days import Period
from retention.figures.measures import (
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
from retention.figures.overview import ConversionFigures, conversions
from retention.figures.owned import ScriptFigures, script_figures
from retention.figures.reading import Numbers

_STATUSES = {"pending": "PENDING", "in_progress": "IN_PROGRESS", "completed": "COMPLETED", "failed": "FAILED"}


class AssignmentFigures(Contract):
    """Leads assigned in the period, by how far the campaign is with them now."""

    assigned: int = Field(description="All that were assigned")
    pending: int = Field(description="Not contacted yet")
    in_progress: int = Field(description="Contacted, and more is to come")
    completed: int = Field(description="Contacted, and nothing is left to do")
    failed: int = Field(description="Could not be contacted")
    completion_rate: Share | None = Field(description="completed / assigned; null when none was assigned")


class CampaignRow(Contract):
    """One campaign: what it sent in the period, and what has come of it."""

    campaign_id: str = Field(description="The campaign")
    name: str = Field(description="Its name")
    status: CampaignStatus = Field(description="Whether it runs")
    assignments: AssignmentFigures = Field(description="Leads assigned in the period")
    messages: Messages = Field(description="What was sent in the period, and what has come of it by now")


class CampaignStats(About):
    """Figures of one campaign."""

    campaign_id: str = Field(description="The campaign")
    assignments: AssignmentFigures = Field(description="Leads assigned in the period")
    messages: Messages = Field(description="What was sent in the period, over all channels")
    channels: ByChannel = Field(description="The same, channel by channel")
    scripts: list[ScriptFigures] = Field(description="The same by script, the one most sent first")
    conversions: ConversionFigures = Field(description="Conversions recorded in the period")
    revenue: Amount = Field(description="What the paid ones are worth")
    cost: Amount = Field(description="What sending cost")
    conversion_rate: Share | None = Field(description="Conversions that messages brought / messages sent, 1 at most")
    roas: Amount | None = Field(description="revenue / cost; null without a cost")
    budget: BudgetStanding | None = Field(default=None, description="Its budget, as it stands now; null without one")


def campaign_row(campaign: Campaign, numbers: Numbers) -> CampaignRow:
    """One campaign among others."""
    return CampaignRow(
        campaign_id=campaign.id,
        name=campaign.name,
        status=campaign.status,
        assignments=_assignments(numbers),
        messages=all_channels(numbers),
    )


def campaign_stats(campaign_id: str, numbers: Numbers, names: Mapping[str, str], period: Period) -> CampaignStats:
    """Figures of one campaign.

    Args:
        names: of scripts, by id.
    """
    sent = all_channels(numbers)
    revenue = money(numbers, "revenue")
    return CampaignStats(
        **period.shown(),
        campaign_id=campaign_id,
        assignments=_assignments(numbers),
        messages=sent,
        channels=by_channel(numbers),
        scripts=script_figures(numbers, names),
        conversions=conversions(numbers),
        revenue=revenue,
        cost=sent.cost,
        conversion_rate=sent.rates.converted,
        roas=quotient(revenue, sent.cost),
    )


def _assignments(numbers: Numbers) -> AssignmentFigures:
    told = {name: numbers[f"leads:{status}"] for name, status in _STATUSES.items()}
    return AssignmentFigures(
        assigned=numbers["leads"], **told, completion_rate=rate(told["completed"], numbers["leads"])
    )
