"""What can be done with leads that are there: find them, change them, stop contact, allow it again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from pydantic_core import PydanticCustomError

from retention import validation
from retention.config import Settings
from retention.core import Core
from retention.entity import Entity
from retention.errors import (
    AlreadyExistsError,
    ConflictError,
    ContentionError,
    InvalidInputError,
    NotFoundError,
)
from retention.jsontext import format_instant
from retention.leads import addresses
from retention.leads.claims import Claims, email_claim_key
from retention.leads.contact import change_contact, contact_key, lead_key, view_of
from retention.leads.following import following, wake_followers
from retention.leads.model import (
    LEAD_STATUSES,
    Contact,
    EmailClaim,
    ExternalReference,
    Lead,
    LeadInput,
    LeadStatus,
    LeadView,
    PhoneClaim,
    StopReason,
)
from retention.outbound.announcing import lead_stopped, wake_deliveries
from retention.sequences.arrivals import announce, news_of
from retention.sequences.model import THE_EXTERNAL_ID, Arrival
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import STOP_REASONS, Suppression
from retention.table import listing
from retention.table.keys import Key, beside, key
from retention.table.listing import Page, Span
from retention.table.writes import Change, Create, Forbid, Put, RefusedError, Remove, Require, Write

#: What a send goes by: a gate under way must see a change of it.
WATCHED: Final = ("phone", "email", "time_zone", "status")


@dataclass(frozen=True)
class LeadFilter:
    """Which leads a list shows; None means any."""

    status: LeadStatus | None = None
    source: str | None = None
    email: str | None = None
    phone: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None

    def accepts(self, lead: Lead) -> bool:
        """Whether a lead is among them."""
        return (
            (self.status is None or lead.status == self.status)
            and (self.source is None or lead.source == self.source)
            and (self.created_from is None or lead.created_at >= self.created_from)
            and (self.created_to is None or lead.created_at < self.created_to)
        )


def tidied(given: LeadInput, settings: Settings) -> LeadInput:
    """What a client gave, with its phone number in E.164 form.

    Raises:
        InvalidInputError: the phone number cannot be dialled.
    """
    if given.phone is None:
        return given
    try:
        phone = addresses.tidy_phone(given.phone, settings.default_phone_region)
    except PydanticCustomError as error:
        raise InvalidInputError.at("/phone", error.type, error.message()) from None
    return given.model_copy(update={"phone": phone})


class LeadService:
    """The use cases of leads."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._claims = Claims(core)

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, lead_id: str) -> LeadView:
        """A lead.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        view = self.find(lead_id)
        if view is None:
            raise NotFoundError(f"There is no lead {lead_id}.")
        return view

    def find(self, lead_id: str) -> LeadView | None:
        """A lead, or None when there is none with this id, or it was deleted."""
        lead, contact = self._core.store.find_many([(Lead, lead_key(lead_id)), (Contact, contact_key(lead_id))])
        if lead is None or lead.deleting or contact is None:
            return None
        return view_of(lead, contact)

    def page(self, wanted: LeadFilter, *, limit: int, position: str | None) -> Page[LeadView]:
        """Leads, newest first."""
        if wanted.email is not None or wanted.phone is not None:
            return self._by_address(wanted, position)
        facets = [{"status": status} for status in ([wanted.status] if wanted.status else LEAD_STATUSES)]
        return listing.page(
            self._core.store,
            LeadView,
            listing.lanes("Lead", "listing", *facets),
            limit=limit,
            position=position,
            keep=wanted.accepts,
            span=Span(
                after=format_instant(wanted.created_from) if wanted.created_from else None,
                before=format_instant(wanted.created_to) if wanted.created_to else None,
            ),
            load=self._load_views,
        )

    def _load_views(self, leads: Sequence[Key]) -> list[LeadView | None]:
        """Leads with their contact items, in one request for up to 50 of them."""
        pairs = [((Lead, one), (Contact, beside(one, "Contact"))) for one in leads]
        found = self._core.store.find_many([half for pair in pairs for half in pair])
        return [
            None if lead is None or contact is None else view_of(lead, contact)
            for lead, contact in zip(found[::2], found[1::2], strict=True)
        ]

    def _by_address(self, wanted: LeadFilter, position: str | None) -> Page[LeadView]:
        asked: list[tuple[type[Any], Key]] = []
        if wanted.email is not None:
            asked.append((EmailClaim, email_claim_key(wanted.email)))
        if wanted.phone is not None:
            asked.append((PhoneClaim, key("PhoneClaim", address=self._dialable(wanted.phone))))
        claims = self._core.store.find_many(asked)
        owners = {claim.lead_id if claim else None for claim in claims}
        if position is not None or len(owners) != 1 or None in owners:
            return Page([], None)
        view = self.find(claims[0].lead_id)
        return Page([view] if view is not None and wanted.accepts(view) else [], None)

    def _dialable(self, phone: str) -> str:
        try:
            return addresses.tidy_phone(phone, self._core.settings.default_phone_region)
        except PydanticCustomError:
            return phone  # No lead has such a number: the list is empty.

    # --- changing ----------------------------------------------------------------------------------------------

    def update(self, lead_id: str, patch: Any, *, if_match: str | None) -> LeadView:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            AlreadyExistsError: another lead has that address.
        """
        validation.refuse_server_owned(Lead, patch)
        suppressions = [(Suppression, place) for place in self._suppressions_in(patch)]
        contact: Contact
        stop: StopReason | None
        written: list[Write] = []
        news: list[Arrival] = []

        def find() -> Lead:
            nonlocal contact, stop
            wanted: list[tuple[type[Entity], Key]] = [
                (Lead, lead_key(lead_id)),
                (Contact, contact_key(lead_id)),
                *suppressions,
            ]
            lead, state, *found = self._core.store.find_many(wanted)
            if lead is None or lead.deleting or state is None:
                raise NotFoundError(f"There is no lead {lead_id}.")
            stop = next((STOP_REASONS[one.reason] for one in found if one is not None), None)
            contact = state
            return cast(Lead, lead)

        def change(lead: Lead) -> tuple[Lead, list[Write]]:
            nonlocal contact, written, news
            given = tidied(validation.patched(LeadInput, lead, patch), self._core.settings)
            after = self._core.changed(lead, **vars(given))
            writes = self._claims.moved(after, lead)
            if after.external_id != lead.external_id:
                if lead.external_id is not None:
                    gone = key("ExternalReference", external_id=lead.external_id, lead_id=lead.id)
                    writes.append(Remove(ExternalReference, gone))
                if after.external_id is not None:
                    writes.append(Put(ExternalReference(external_id=after.external_id, lead_id=lead.id)))
                    news = [news_of(self._core, lead.id, THE_EXTERNAL_ID)]
                    writes += [Put(one) for one in news]
            fields = self._claims.names_moved(after, lead, contact)
            if stop is not None:
                # Also when the lead is stopped already: somebody may be allowing contact again at this moment.
                if contact.stop_reason is None:
                    now = self._core.now()
                    contact = contact.model_copy(update={"stop_reason": stop, "stopped_at": now})
                    writes += lead_stopped(self._core, lead.id, stop, now)
                fields |= {"stop_reason": contact.stop_reason, "stopped_at": contact.stopped_at}
            if fields or any(getattr(after, name) != getattr(lead, name) for name in WATCHED):
                writes.append(change_contact(lead.id, **fields))
            ended: StopReason | None = "CONVERTED" if after.status == "CONVERTED" != lead.status else None
            if (reason := stop or ended) is not None:
                writes.append(Create(following(self._core, lead.id, reason)))
            written = writes
            return after, writes

        try:
            lead = self._core.revise(find, change, if_match=if_match, show=lambda after: view_of(after, contact))
        except RefusedError as refusal:
            raise self._taken(refusal) from None
        wake_followers(self._core, written)
        wake_deliveries(self._core, written)
        announce(self._core, news)
        return view_of(lead, contact)

    def _suppressions_in(self, patch: Any) -> list[Key]:
        """Where the addresses of a patch would be suppressed; what is no address is refused later, with its pointer."""
        given = patch if isinstance(patch, dict) else {}
        found: list[str] = []
        with suppress(PydanticCustomError):
            found += [addresses.tidy_email(given["email"])] if isinstance(given.get("email"), str) else []
        with suppress(PydanticCustomError):
            region = self._core.settings.default_phone_region
            found += [addresses.tidy_phone(given["phone"], region)] if isinstance(given.get("phone"), str) else []
        return [key("Suppression", id=suppression_id(self._core.keyring, address)) for address in found]

    @staticmethod
    def _taken(refusal: RefusedError) -> Exception:
        for at in sorted(refusal.failed):
            write = refusal.writes[at]
            if isinstance(write, Create) and isinstance(write.entity, EmailClaim | PhoneClaim):
                owner = refusal.found.get(at, {}).get("leadId", {}).get("S", "")
                what = "e-mail address" if isinstance(write.entity, EmailClaim) else "phone number"
                return AlreadyExistsError(owner, f"Another lead has this {what}.")
        return ContentionError()

    def stop(self, lead_id: str, reason: StopReason) -> LeadView:
        """Contact this lead no more. Closes every sequence and campaign in one write; a repeat changes nothing."""
        view = self.get(lead_id)
        if view.contact.stopped:
            return view
        after = Contact(lead_id=lead_id, stop_reason=reason, stopped_at=self._core.now())
        shown = view.model_copy(update={"contact": after.state()})
        stop = change_contact(lead_id, stop_reason=after.stop_reason, stopped_at=after.stopped_at)
        stop = replace(stop, equal={**stop.equal, "stop_reason": None})
        writes: list[Write] = [stop, Create(following(self._core, lead_id, reason))]
        writes += lead_stopped(self._core, lead_id, reason, self._core.now())
        try:
            self._core.idempotency.commit(*writes, outcome=shown)
        except RefusedError:
            return self.stop(lead_id, reason)  # Somebody has stopped it since, which counts; or it is gone.
        wake_followers(self._core, writes)
        wake_deliveries(self._core, writes)
        return shown

    def unstop(self, lead_id: str, because: str) -> LeadView:
        """Allow contact again. A suppression that comes at the same moment wins.

        Raises:
            ConflictError: an address of the lead is suppressed; that must be lifted first, with a reason of its own.
            ContentionError: the lead was changed at the same moment.
        """
        view = self.get(lead_id)
        core = self._core
        ids = [suppression_id(core.keyring, address) for address in (view.email, view.phone) if address]
        change = Change(
            Contact,
            contact_key(lead_id),
            set={"resumed_because": because, "resumed_at": core.now()},
            drop=("stop_reason", "stopped_at", "stop_source"),
            add={"version": 1},
            equal={"erased": False},
        )
        # The addresses that were looked at must still be the lead's.
        same_lead = Require(Lead, lead_key(lead_id), equal={"revision": view.revision})
        shown = view.model_copy(update={"contact": Contact(lead_id=lead_id).state()})
        try:
            unsuppressed = [Forbid(Suppression, key("Suppression", id=one)) for one in ids]
            core.idempotency.commit(change, same_lead, *unsuppressed, outcome=shown)
        except RefusedError as refusal:
            if refusal.concerns(Suppression):
                raise ConflictError("An address of this lead is suppressed: remove the suppression first.") from None
            self.get(lead_id)
            raise ContentionError from None
        return shown
