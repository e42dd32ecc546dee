"""Assigning leads to campaigns: each lead once to each campaign, whoever asks how often at once.

While the campaign is active the first contacts are planned in the very transaction that assigns the lead.
"""

from collections.abc import Sequence
from typing import NamedTuple

from retention import ids
from retention.bulk import RowResult, for_each_lead, refused
from retention.campaigns.model import AssignmentStatus, Campaign, CampaignContact, CampaignLead, FormerAssignment
from retention.campaigns.progress import begun
from retention.campaigns.service import CampaignService
from retention.core import Core
from retention.engine.hints import hint
from retention.errors import AlreadyExistsError, ConflictError, ContentionError, InvalidInputError, NotFoundError
from retention.leads.contact import require_lead
from retention.leads.model import Contact
from retention.sequences.arrivals import announce, news_of
from retention.sequences.model import Arrival
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, Put, RefusedError, Write


class Added(NamedTuple):
    """A new assignment with what goes with it: first contacts, while its campaign is active, and news of it."""

    assignment: CampaignLead
    contacts: list[CampaignContact]
    #: It is news for the sequences that name the campaign.
    news: Arrival

    @property
    def writes(self) -> list[Write]:
        """All of it, in one transaction."""
        lead = require_lead(self.assignment.lead_id)
        return [Create(self.assignment), lead, Put(self.news), *map(Create, self.contacts)]


def added(core: Core, campaign: Campaign, lead_id: str, base: int) -> Added:
    """A new assignment.

    Args:
        base: the highest number that contacts of an earlier assignment had.
    """
    assignment = CampaignLead(
        id=ids.join(lead_id, campaign.id),
        campaign_id=campaign.id,
        lead_id=lead_id,
        assigned_at=core.now(),
        base=base,
        revision=core.ids.revision(),
    )
    news = news_of(core, lead_id, campaign.id)
    if campaign.status != "ACTIVE":
        return Added(assignment, [], news)
    return Added(*begun(core, campaign, assignment), news)


class AssignmentService:
    """The use cases of assignments."""

    def __init__(self, core: Core, campaigns: CampaignService) -> None:
        self._core = core
        self._campaigns = campaigns

    def create(self, campaign_id: str, lead_id: str) -> CampaignLead:
        """Assign a lead.

        Raises:
            NotFoundError: there is no such campaign.
            ConflictError: it is completed.
            InvalidInputError: there is no such lead.
            AlreadyExistsError: the lead is assigned already.
        """
        campaign = self._open(campaign_id)
        made = self._add(campaign, lead_id, self._former(campaign_id, [lead_id]).get(lead_id, 0), alone=True)
        self._tell([made])
        return made.assignment

    def create_many(self, campaign_id: str, lead_ids: Sequence[str]) -> list[RowResult]:
        """Assign many leads, one result each, in order. One that cannot be assigned harms no other.

        Raises:
            NotFoundError: there is no such campaign.
            ConflictError: it is completed.
        """
        campaign = self._open(campaign_id)
        former = self._former(campaign_id, list(dict.fromkeys(lead_ids)))
        added: list[Added] = []

        def one(lead_id: str) -> RowResult:
            try:
                made = self._add(campaign, lead_id, former.get(lead_id, 0), alone=False)
            except AlreadyExistsError as error:
                return RowResult("existing", error.existing_id)
            except (InvalidInputError, ContentionError) as error:
                return refused(error)
            added.append(made)
            return RowResult("created", made.assignment.id)

        results = for_each_lead(lead_ids, lambda different: self._core.store.parallel(one, different))
        self._tell(added)
        return results

    def _open(self, campaign_id: str) -> Campaign:
        """A campaign that contacts its leads, or will."""
        campaign = self._campaigns.get(campaign_id)
        if campaign.status == "COMPLETED":
            raise ConflictError("This campaign is completed: it contacts nobody any more.")
        return campaign

    def _former(self, campaign_id: str, lead_ids: Sequence[str]) -> dict[str, int]:
        """The highest numbers that contacts of leads had which were assigned to the campaign before."""
        found: list[FormerAssignment | None] = self._core.store.find_many(
            [(FormerAssignment, key("FormerAssignment", lead_id=one, campaign_id=campaign_id)) for one in lead_ids]
        )
        return {one.lead_id: one.last for one in found if one is not None}

    def _add(self, campaign: Campaign, lead_id: str, base: int, *, alone: bool) -> Added:
        """Write an assignment."""
        core, made = self._core, added(self._core, campaign, lead_id, base)
        try:
            core.idempotency.commit(*made.writes, outcome=made.assignment if alone else None)
        except RefusedError as refusal:
            if refusal.concerns(Contact):
                detail = f"There is no lead {lead_id}."
                raise InvalidInputError.at("/leadId", "unknown_reference", detail) from None
            detail = "The lead is assigned to this campaign already."
            raise AlreadyExistsError(made.assignment.id, detail) from None
        return made

    def _tell(self, added: Sequence[Added]) -> None:
        """Have what is new looked at, and what is due sent; without it, both are found within a minute or two."""
        hint(self._core, [contact for one in added for contact in one.contacts])
        announce(self._core, [one.news for one in added])

    def get(self, campaign_id: str, lead_id: str) -> CampaignLead:
        """The assignment of a lead to a campaign.

        Raises:
            NotFoundError: the lead is not assigned to it, or there is no such campaign.
        """
        self._campaigns.get(campaign_id)
        return self._find(campaign_id, lead_id)

    def _find(self, campaign_id: str, lead_id: str) -> CampaignLead:
        where = key("CampaignLead", lead_id=lead_id, campaign_id=campaign_id)
        assignment = self._core.store.find(CampaignLead, where)
        if assignment is None or assignment.deleting:
            raise NotFoundError(f"The lead {lead_id} is not assigned to the campaign {campaign_id}.")
        return assignment

    def page(
        self, campaign_id: str, status: AssignmentStatus | None, *, limit: int, position: str | None
    ) -> Page[CampaignLead]:
        """The assignments of a campaign, newest first, only those with a status where one is given.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self._campaigns.get(campaign_id)
        return listing.page(
            self._core.store,
            CampaignLead,
            listing.lanes("CampaignLead", "owner", {"campaign_id": campaign_id}),
            limit=limit,
            position=position,
            keep=lambda assignment: status is None or assignment.status == status,
        )
