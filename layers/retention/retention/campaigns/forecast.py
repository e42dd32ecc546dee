"""What would starting or resuming a campaign do? Counted on its leads, by what the verb would write."""

from dataclasses import dataclass
from typing import Final

from pydantic import Field

from retention.campaigns.cases import Case, assignments_in, needs_beginning
from retention.campaigns.lifecycle import CampaignLifecycle, applies
from retention.campaigns.model import Campaign
from retention.campaigns.progress import LEFT, begun
from retention.campaigns.service import CampaignService
from retention.core import Core
from retention.fields import CHANNELS, Channel, Contract, Count

#: Leads that are looked at for one answer: a few dozen requests, a second.
MOST: Final = 1000


class CampaignForecast(Contract):
    """What starting or resuming would do. Nothing was changed."""

    leads: Count = Field(description="Leads that the campaign is not done with")
    first_contacts: dict[Channel, Count] = Field(description="First contacts that would be planned, by channel")
    held: Count = Field(description="Contacts that would be given a due time again")
    at_least: bool = Field(description="True: there are more leads than were looked at, and all counts are higher")


@dataclass(frozen=True)
class CampaignForecaster:
    """Says what a verb would do."""

    core: Core
    campaigns: CampaignService
    lifecycle: CampaignLifecycle

    def starting(self, campaign_id: str) -> CampaignForecast:
        """What starting a campaign would do now, on up to a thousand of its leads.

        Raises:
            NotFoundError: there is no such campaign.
            ConflictError: it could not be started.
        """
        campaign = self.campaigns.get(campaign_id)
        if applies("start", campaign):
            self.lifecycle.require_sendable(campaign)
        return self._forecast(campaign)

    def resuming(self, campaign_id: str) -> CampaignForecast:
        """What resuming a campaign would do now, on up to a thousand of its leads.

        Raises:
            NotFoundError: there is no such campaign.
            ConflictError: it could not be resumed.
        """
        campaign = self.campaigns.get(campaign_id)
        applies("resume", campaign)
        return self._forecast(campaign)

    def _forecast(self, campaign: Campaign) -> CampaignForecast:
        found: list[Case] = []
        for cases, _ in assignments_in(self.core, campaign.id):
            found += [one for one in cases if one.contact is not None and one.assignment.status in LEFT]
            if len(found) > MOST:
                break
        looked_at = found[:MOST]
        new = [one for case in looked_at if needs_beginning(case) for one in self._first(campaign, case)]
        return CampaignForecast(
            leads=len(looked_at),
            first_contacts={channel: new.count(channel) for channel in CHANNELS if channel in new},
            held=sum(one.status == "PENDING" for case in looked_at for one in case.movable),
            at_least=len(found) > MOST,
        )

    def _first(self, campaign: Campaign, case: Case) -> list[Channel]:
        return [one.channel for one in begun(self.core, campaign, case.assignment).contacts]
