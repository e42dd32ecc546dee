"""Assigning leads to campaigns: each lead once to each campaign, whoever asks how often at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retention import ids
from retention.campaigns.model import AssignmentStatus, CampaignLead
from retention.campaigns.service import CampaignService
from retention.core import Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, FieldError, InvalidInputError, NotFoundError
from retention.leads.contact import require_lead
from retention.leads.model import Contact
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError


@dataclass(frozen=True)
class AssignmentResult:
    """What became of one lead of a bulk request; `id` is the assignment's."""

    lead_id: str
    status: Literal["created", "existing", "rejected"]
    id: str | None = None
    errors: tuple[FieldError, ...] = ()


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
        return self._add(campaign_id, lead_id, pointer="/leadId", alone=True)

    def create_many(self, campaign_id: str, lead_ids: Sequence[str]) -> list[AssignmentResult]:
        """Assign many leads, one result each, in order. One that cannot be assigned harms no other.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self._campaigns.get(campaign_id)
        first: dict[str, int] = {}
        for at, lead_id in enumerate(lead_ids):
            first.setdefault(lead_id, at)

        def one(entry: tuple[str, int]) -> AssignmentResult:
            lead_id, at = entry
            try:
                made = self._add(campaign_id, lead_id, pointer=f"/leadIds/{at}", alone=False)
            except AlreadyExistsError as error:
                return AssignmentResult(lead_id, "existing", error.existing_id)
            except InvalidInputError as error:
                return AssignmentResult(lead_id, "rejected", errors=error.errors)
            except ContentionError as error:
                refused = FieldError(f"/leadIds/{at}", error.code, str(error))
                return AssignmentResult(lead_id, "rejected", errors=(refused,))
            return AssignmentResult(lead_id, "created", made.id)

        done = dict(zip(first, self._core.store.parallel(one, first.items()), strict=True))
        return [
            done[lead_id] if first[lead_id] == at else _repeated(done[lead_id], at)
            for at, lead_id in enumerate(lead_ids)
        ]

    def _add(self, campaign_id: str, lead_id: str, *, pointer: str, alone: bool) -> CampaignLead:
        core = self._core
        assignment = CampaignLead(
            id=ids.join(lead_id, campaign_id),
            campaign_id=campaign_id,
            lead_id=lead_id,
            assigned_at=core.now(),
            revision=core.ids.revision(),
        )
        try:
            core.idempotency.commit(Create(assignment), require_lead(lead_id), outcome=assignment if alone else None)
        except RefusedError as refusal:
            if refusal.concerns(Contact):
                detail = f"There is no lead {lead_id}."
                raise InvalidInputError.at(pointer, "unknown_reference", detail) from None
            raise AlreadyExistsError(assignment.id, "The lead is assigned to this campaign already.") from None
        return assignment

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


def _repeated(first: AssignmentResult, at: int) -> AssignmentResult:
    """The result for a lead that the same request named before."""
    if first.status == "rejected":
        errors = tuple(FieldError(f"/leadIds/{at}", error.code, error.detail) for error in first.errors)
        return AssignmentResult(first.lead_id, "rejected", errors=errors)
    return AssignmentResult(first.lead_id, "existing", first.id)
