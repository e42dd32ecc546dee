"""What can be done with contact attempts: record one made by hand, find, move on, annotate."""

from dataclasses import dataclass
from typing import Any

from retention import ids, validation
from retention.attempts.model import FINAL, AttemptChange, AttemptInput, AttemptStatus, ContactAttempt, may_become
from retention.campaigns.model import Campaign
from retention.core import Core
from retention.errors import ConflictError, InvalidInputError, NotFoundError
from retention.fields import CHANNELS, Channel
from retention.leads.contact import require_lead
from retention.leads.model import Contact, Lead
from retention.references import find_all, to_root
from retention.scripts.model import Script
from retention.table import keys, listing
from retention.table.keys import Key, key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Write


@dataclass(frozen=True)
class AttemptFilter:
    """Which attempts a list shows; None means any."""

    lead_id: str | None = None
    campaign_id: str | None = None
    channel: Channel | None = None
    status: AttemptStatus | None = None
    #: Whether they are those of which nobody can say whether they were sent.
    unknown: bool | None = None

    def accepts(self, attempt: ContactAttempt) -> bool:
        """Whether an attempt is among them."""
        return (
            (self.lead_id is None or attempt.lead_id == self.lead_id)
            and (self.campaign_id is None or attempt.campaign_id == self.campaign_id)
            and (self.channel is None or attempt.channel == self.channel)
            and (self.status is None or attempt.status == self.status)
            and (self.unknown is None or (attempt.unknown_since is not None) == self.unknown)
        )


def attempt_key(attempt_id: str) -> Key:
    """Where an attempt lives: its id begins with the id of its lead.

    Raises:
        NotFoundError: no attempt can have such an id.
    """
    lead_id, separator, rest = attempt_id.partition(ids.SEPARATOR)
    if not (lead_id and separator and rest):
        raise NotFoundError(f"There is no contact attempt {attempt_id}.")
    return key("ContactAttempt", lead_id=lead_id, id=attempt_id)


def attempts_of_lead(core: Core, lead_id: str) -> list[ContactAttempt]:
    """All attempts of a lead, in one query of its partition."""
    pk = keys.partitions("ContactAttempt", lead_id=lead_id)[0]
    starts_with = keys.prefix("ContactAttempt", lead_id=lead_id)
    return list(core.store.query_entities(ContactAttempt, pk, starts_with=starts_with))


class AttemptService:
    """The use cases of contact attempts."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: AttemptInput) -> ContactAttempt:
        """Record a contact that was made by hand, or elsewhere.

        Raises:
            InvalidInputError: the lead, the campaign or the script is not there; the script is for another channel; it
                ended before it began.
        """
        core = self._core
        lead = to_root("/leadId", Lead, given.lead_id)
        campaign = to_root("/campaignId", Campaign, given.campaign_id)
        _, _, script = find_all(core.store, lead, campaign, to_root("/scriptId", Script, given.script_id))
        if script is not None and script.type != given.channel:
            detail = f"The script is for {script.type}, the contact was by {given.channel}."
            raise InvalidInputError.at("/scriptId", "wrong_channel", detail)
        now = core.now()
        started_at = given.started_at or now
        completed_at = given.completed_at
        if completed_at is None and given.started_at is None and given.status in FINAL:
            completed_at = now
        if completed_at is not None and completed_at < started_at:
            raise InvalidInputError.at("/completedAt", "before_start", "It cannot end before it began.")
        values = {**vars(given), "started_at": started_at, "completed_at": completed_at}
        attempt = ContactAttempt.model_construct(
            **values, id=ids.join(given.lead_id, core.ids.new(now)), revision=core.ids.revision()
        )
        try:
            core.idempotency.commit(Create(attempt), require_lead(given.lead_id), outcome=attempt)
        except RefusedError as refusal:
            if not refusal.concerns(Contact):
                raise
            # Deleted since it was read.
            raise InvalidInputError.at("/leadId", "unknown_reference", f"There is no lead {given.lead_id}.") from None
        return attempt

    def get(self, attempt_id: str) -> ContactAttempt:
        """An attempt.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        attempt = self._core.store.find(ContactAttempt, attempt_key(attempt_id))
        if attempt is None or attempt.deleting:
            raise NotFoundError(f"There is no contact attempt {attempt_id}.")
        return attempt

    def page(self, wanted: AttemptFilter, *, limit: int, position: str | None) -> Page[ContactAttempt]:
        """Attempts, the one that began last first; those of unknown outcome, the one that was given up last first.

        A lead's are read whole; those of unknown outcome in one query; others by campaign, else by channel.
        """
        if wanted.lead_id is not None:
            return listing.whole(
                attempts_of_lead(self._core, wanted.lead_id),
                limit=limit,
                position=position,
                order=lambda attempt: listing.place(attempt.started_at, attempt.id),
                keep=wanted.accepts,
            )
        if wanted.unknown:
            among = listing.lanes("ContactAttempt", "due", {})
        elif wanted.campaign_id is not None:
            among = listing.lanes("ContactAttempt", "owner", {"campaign_id": wanted.campaign_id})
        else:
            facets = [{"channel": channel} for channel in ([wanted.channel] if wanted.channel else CHANNELS)]
            among = listing.lanes("ContactAttempt", "listing", *facets)
        return listing.page(
            self._core.store, ContactAttempt, among, limit=limit, position=position, keep=wanted.accepts
        )

    def update(self, attempt_id: str, patch: Any, *, if_match: str | None) -> ContactAttempt:
        """Apply a JSON merge patch to status, result and notes. Reaching a final status ends the attempt.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            ConflictError: the status would move backwards, or from one end to another.
        """
        validation.refuse_fixed(ContactAttempt, AttemptChange, patch)

        def change(attempt: ContactAttempt) -> tuple[ContactAttempt, list[Write]]:
            given = validation.patched(AttemptChange, attempt, patch)
            if not may_become(attempt.status, given.status):
                raise ConflictError(f"An attempt that is {attempt.status} cannot become {given.status} any more.")
            completed_at = attempt.completed_at
            if completed_at is None and given.status in FINAL and given.status != attempt.status:
                completed_at = max(self._core.now(), attempt.started_at)
            by_hand = sorted({*(attempt.by_hand or []), *_set_by_hand(attempt, given)}) or None
            return self._core.changed(attempt, **vars(given), completed_at=completed_at, by_hand=by_hand), []

        return self._core.revise(lambda: self.get(attempt_id), change, if_match=if_match)


def _set_by_hand(attempt: ContactAttempt, given: AttemptChange) -> set[str]:
    """What somebody sets and reports leave alone from then on: an end, and what came of it."""
    changed = {name for name in ("status", "result") if getattr(given, name) != getattr(attempt, name)}
    return changed if given.status in FINAL else changed - {"status"}
