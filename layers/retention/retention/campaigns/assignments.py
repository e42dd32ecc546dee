"""Assigning leads to campaigns: each lead once to each campaign, whoever asks how often at once."""

from collections.abc import Sequence

from retention import ids
from retention.bulk import RowResult, for_each_lead, refused
from retention.campaigns.model import AssignmentStatus, CampaignLead
from retention.campaigns.service import CampaignService
from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, InvalidInputError, NotFoundError
from retention.leads.contact import require_lead
from retention.leads.model import Contact
from retention.sequences.arrivals import announce, news_of
from retention.sequences.model import Arrival
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, Put, RefusedError


class AssignmentService:
    """The use cases of assignments."""

    def __init__(self, core: Core, campaigns: CampaignService) -> None:
        self._core = core
        self._campaigns = campaigns

    def create(self, campaign_id: str, lead_id: str) -> CampaignLead:
        """Assign a lead.

        Raises:
            NotFoundError: there is no such campaign.
            InvalidInputError: there is no such lead.
            AlreadyExistsError: the lead is assigned already.
        """
        self._campaigns.get(campaign_id)
        made, news = self._add(campaign_id, lead_id, pointer="/leadId", alone=True)
        announce(self._core, [news])
        return made

    def create_many(self, campaign_id: str, lead_ids: Sequence[str]) -> list[RowResult]:
        """Assign many leads, one result each, in order. One that cannot be assigned harms no other.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self._campaigns.get(campaign_id)
        news: list[Arrival] = []

        def one(lead_id: str) -> RowResult:
            try:
                made, arrival = self._add(campaign_id, lead_id, pointer="/leadId", alone=False)
            except AlreadyExistsError as error:
                return RowResult("existing", error.existing_id)
            except (InvalidInputError, ContentionError) as error:
                return refused(error)
            news.append(arrival)
            return RowResult("created", made.id)

        results = for_each_lead(lead_ids, lambda different: self._core.store.parallel(one, different))
        announce(self._core, news)
        return results

    def _add(self, campaign_id: str, lead_id: str, *, pointer: str, alone: bool) -> tuple[CampaignLead, Arrival]:
        """Write an assignment with its arrival: it is news for the sequences that name the campaign."""
        core = self._core
        assignment = CampaignLead(
            id=ids.join(lead_id, campaign_id),
            campaign_id=campaign_id,
            lead_id=lead_id,
            assigned_at=core.now(),
            revision=core.ids.revision(),
        )
        news = news_of(core, lead_id, campaign_id)
        writes = (Create(assignment), require_lead(lead_id), Put(news))
        try:
            core.idempotency.commit(*writes, outcome=assignment if alone else None)
        except RefusedError as refusal:
            if refusal.concerns(Contact):
                detail = f"There is no lead {lead_id}."
                raise InvalidInputError.at(pointer, "unknown_reference", detail) from None
            raise AlreadyExistsError(assignment.id, "The lead is assigned to this campaign already.") from None
        return assignment, news

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
        if assignment is None:
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

    def delete(self, campaign_id: str, lead_id: str, *, if_match: str | None) -> Deleted:
        """Take a lead out of a campaign; it may be assigned again.

        Raises:
            NotFoundError, StaleError
        """
        self._campaigns.get(campaign_id)
        gone = Deleted(None)
        self._core.discard(lambda: self._find(campaign_id, lead_id), if_match=if_match, outcome=gone)
        return gone
