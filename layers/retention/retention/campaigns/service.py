"""What can be done with campaigns: set them up, change, find, and see what belongs to them."""

from dataclasses import dataclass
from typing import Any

from retention import validation
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign, CampaignCreate, CampaignInput, CampaignStatus
from retention.campaigns.watching import watch_job
from retention.conversions.model import Conversion
from retention.core import Core
from retention.errors import InvalidInputError, NotFoundError
from retention.fields import kept
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import Create, Write


@dataclass(frozen=True)
class CampaignFilter:
    """Which campaigns a list shows; None means any."""

    status: CampaignStatus | None = None

    def accepts(self, campaign: Campaign) -> bool:
        """Whether a campaign is among them."""
        return self.status is None or campaign.status == self.status


class CampaignService:
    """The use cases of campaigns."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: CampaignCreate) -> Campaign:
        """Set up a campaign.

        Raises:
            InvalidInputError: it would end before it starts.
        """
        _check_dates(given)
        core, now = self._core, self._core.now()
        campaign = Campaign.model_construct(
            **{**vars(given), "settings": kept(given.settings)},
            id=core.ids.new(now),
            created_at=now,
            updated_at=now,
            revision=core.ids.revision(),
            paused_at=now if given.status == "PAUSED" else None,
            started_at=now if given.status in ("ACTIVE", "PAUSED") else None,
        )
        watch: list[Write] = []
        if given.status == "ACTIVE":
            job = watch_job(core, campaign.id)
            campaign, watch = campaign.model_copy(update={"watch": job.id}), [Create(job)]
        core.idempotency.commit(Create(campaign), *watch, outcome=campaign)
        return campaign

    def get(self, campaign_id: str) -> Campaign:
        """A campaign.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        campaign = self._core.store.find(Campaign, key("Campaign", id=campaign_id))
        if campaign is None or campaign.deleting:
            raise NotFoundError(f"There is no campaign {campaign_id}.")
        return campaign

    def page(self, wanted: CampaignFilter, *, limit: int, position: str | None) -> Page[Campaign]:
        """Campaigns, newest first."""
        return listing.whole(
            list(self._core.store.query_entities(Campaign, keys.partitions("Campaign")[0])),
            limit=limit,
            position=position,
            order=lambda campaign: listing.place(campaign.created_at, campaign.id),
            keep=wanted.accepts,
        )

    def update(self, campaign_id: str, patch: Any, *, if_match: str | None) -> Campaign:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
        """
        validation.refuse_server_owned(Campaign, patch)
        if isinstance(patch, dict) and "status" in patch:
            raise InvalidInputError.at(
                "/status", "use_a_verb", "The status changes by POST to start, pause, resume or complete."
            )

        def change(campaign: Campaign) -> tuple[Campaign, list[Write]]:
            given = validation.patched(CampaignInput, campaign, patch)
            _check_dates(given)
            return self._core.changed(campaign, **{**vars(given), "settings": kept(given.settings)}), []

        return self._core.revise(lambda: self.get(campaign_id), change, if_match=if_match)

    # --- what belongs to a campaign ----------------------------------------------------------------------------

    def attempts(self, campaign_id: str, *, limit: int, position: str | None) -> Page[ContactAttempt]:
        """The contact attempts of a campaign, newest first.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self.get(campaign_id)
        return listing.page(
            self._core.store,
            ContactAttempt,
            listing.lanes("ContactAttempt", "owner", {"campaign_id": campaign_id}),
            limit=limit,
            position=position,
            keep=lambda attempt: attempt.campaign_id == campaign_id,
        )

    def conversions(self, campaign_id: str, *, limit: int, position: str | None) -> Page[Conversion]:
        """The conversions of a campaign, newest first.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self.get(campaign_id)
        return listing.page(
            self._core.store,
            Conversion,
            listing.lanes("Conversion", "owner", {"campaign_id": campaign_id}),
            limit=limit,
            position=position,
            keep=lambda conversion: conversion.campaign_id == campaign_id,
        )


def _check_dates(given: CampaignInput) -> None:
    if given.start_date is not None and given.end_date is not None and given.end_date < given.start_date:
        raise InvalidInputError.at("/endDate", "ends_before_start", "A campaign cannot end before it starts.")
