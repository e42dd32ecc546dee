"""What can be done with leads: take them in once per person, change, find, stop, let go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic_core import PydanticCustomError

from retention import validation
from retention.core import Core
from retention.errors import (
    AlreadyExistsError,
    ConflictError,
    ContentionError,
    FieldError,
    InvalidInputError,
    NotFoundError,
)
from retention.jsontext import format_instant
from retention.leads import addresses
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
from retention.suppressions.model import Suppression
from retention.suppressions.service import suppression_id
from retention.table import listing
from retention.table.keys import Key, key
from retention.table.listing import Page, Span
from retention.table.writes import Change, Create, Put, RefusedError, Remove, Require, Write

#: How often a lead is looked for again when its address changed hands between reading and writing.
CLAIM_TRIES: Final = 5


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


@dataclass(frozen=True)
class TakenIn:
    """A lead as it was taken in, or found to be known already."""

    lead: LeadView
    deduplicated: bool


@dataclass(frozen=True)
class RowResult:
    """What became of one row of a bulk request."""

    status: Literal["created", "existing", "rejected"]
    id: str | None = None
    errors: tuple[FieldError, ...] = ()


def _contact_key(lead_id: str) -> Key:
    return key("Contact", lead_id=lead_id)


def lead_key(lead_id: str) -> Key:
    """Where a lead lives."""
    return key("Lead", id=lead_id)


def require_lead(lead_id: str) -> Require:
    """The part of a transaction that refuses children for a lead that is gone or going: exact, on its contact item."""
    return Require(Contact, _contact_key(lead_id), equal={"erased": False})


def touch_contact(lead_id: str) -> Change:
    """The part of a transaction that raises the version of a lead's right to be contacted; a lead must be there.

    Source: the send protocol: whatever changes an execution or an enrollment must be seen by a gate under way.
    """
    return Change(Contact, _contact_key(lead_id), add={"version": 1}, equal={"erased": False})


class LeadService:
    """The use cases of leads."""

    def __init__(self, core: Core) -> None:
        self._core = core

    # --- taking in ---------------------------------------------------------------------------------------------

    def create(self, given: LeadInput) -> TakenIn:
        """Take in a lead; a person already known by e-mail, else by phone, is returned as is.

        Raises:
            InvalidInputError: the phone number cannot be dialled.
        """
        given = self._tidy(given)
        for _ in range(CLAIM_TRIES):
            known = self._owner_of(given)
            if known is not None:
                view = self._find_view(known)
                if view is not None:
                    return TakenIn(view, deduplicated=True)
                continue
            created = self._add(given)
            if created is not None:
                return TakenIn(created, deduplicated=False)
        raise ContentionError

    def create_many(self, rows: Sequence[Any]) -> list[RowResult]:
        """Take in many leads, each as `create` does; one result a row, in order. A bad row harms no other."""
        results: dict[int, RowResult] = {}
        todo: dict[int, LeadInput] = {}
        for number, row in enumerate(rows):
            try:
                validation.refuse_server_owned(Lead, row)
                todo[number] = self._tidy(validation.parse(LeadInput, row))
            except InvalidInputError as error:
                results[number] = RowResult("rejected", errors=error.errors)
        while todo:
            wave = self._without_shared_addresses(todo)
            results.update(self._create_wave(wave))
            todo = {number: given for number, given in todo.items() if number not in wave}
        return [results[number] for number in range(len(rows))]

    @staticmethod
    def _without_shared_addresses(todo: dict[int, LeadInput]) -> dict[int, LeadInput]:
        """The rows that share no address with an earlier row of these: they can be written side by side."""
        taken: set[tuple[str, str]] = set()
        wave: dict[int, LeadInput] = {}
        for number, given in todo.items():
            mine = {("email", addresses.email_identity(given.email))} if given.email else set()
            mine |= {("phone", given.phone)} if given.phone else set()
            if not mine & taken:
                wave[number] = given
            taken |= mine
        return wave

    def _create_wave(self, wave: dict[int, LeadInput]) -> dict[int, RowResult]:
        owners = self._owners_of(list(wave.values()))

        def one(entry: tuple[int, LeadInput, str | None]) -> tuple[int, RowResult]:
            number, given, owner = entry
            if owner is not None:
                return number, RowResult("existing", owner)
            created = self._add(given, alone=False)
            if created is not None:
                return number, RowResult("created", created.id)
            try:
                taken = self.create(given)
            except ContentionError as error:
                return number, RowResult("rejected", errors=(FieldError("", error.code, str(error)),))
            return number, RowResult("existing" if taken.deduplicated else "created", taken.lead.id)

        entries = [(number, given, owner) for (number, given), owner in zip(wave.items(), owners, strict=True)]
        return dict(self._core.store.parallel(one, entries))

    def _tidy(self, given: LeadInput) -> LeadInput:
        if given.phone is None:
            return given
        try:
            phone = addresses.tidy_phone(given.phone, self._core.settings.default_phone_region)
        except PydanticCustomError as error:
            raise InvalidInputError.at("/phone", error.type, error.message()) from None
        return given.model_copy(update={"phone": phone})

    def _owner_of(self, given: LeadInput) -> str | None:
        return self._owners_of([given])[0]

    def _owners_of(self, rows: Sequence[LeadInput]) -> list[str | None]:
        """The lead that owns a row's e-mail address, else its phone number, for each row."""
        wanted: list[tuple[type[EmailClaim | PhoneClaim], Key]] = []
        for row in rows:
            if row.email:
                wanted.append((EmailClaim, _email_claim_key(row.email)))
            if row.phone:
                wanted.append((PhoneClaim, key("PhoneClaim", address=row.phone)))
        found = iter(self._core.store.find_many(wanted))
        owners: list[str | None] = []
        for row in rows:
            claims = [next(found) for address in (row.email, row.phone) if address]
            owners.append(next((claim.lead_id for claim in claims if claim is not None), None))
        return owners

    def _add(self, given: LeadInput, *, alone: bool = True) -> LeadView | None:
        """Write a new lead with its claims; None when somebody else has one of its addresses by now."""
        core, now = self._core, self._core.now()
        lead = Lead.model_construct(
            **vars(given), id=core.ids.new(now), created_at=now, updated_at=now, revision=core.ids.revision()
        )
        contact = Contact(lead_id=lead.id, revision=core.ids.revision())
        writes: list[Write] = [Create(lead), Create(contact), *self._claims(lead, None)]
        if lead.external_id is not None:
            writes.append(Put(ExternalReference(external_id=lead.external_id, lead_id=lead.id)))
        view = _view(lead, contact)
        try:
            core.idempotency.commit(*writes, outcome=TakenIn(view, deduplicated=False) if alone else None)
        except RefusedError as refusal:
            if refusal.concerns(EmailClaim) or refusal.concerns(PhoneClaim):
                return None
            raise
        return view

    def _claims(self, after: Lead, before: Lead | None) -> list[Write]:
        """The writes that move a lead's claims from its addresses before to those after."""
        writes: list[Write] = []
        old_email = addresses.email_identity(before.email) if before and before.email else None
        new_email = addresses.email_identity(after.email) if after.email else None
        old_phone = before.phone if before else None
        revision = self._core.ids.revision
        if old_email != new_email:
            if old_email:
                writes.append(Remove(EmailClaim, key("EmailClaim", address=old_email), equal={"lead_id": after.id}))
            if new_email:
                writes.append(Create(EmailClaim(address=new_email, lead_id=after.id, revision=revision())))
        if old_phone != after.phone:
            if old_phone:
                writes.append(Remove(PhoneClaim, key("PhoneClaim", address=old_phone), equal={"lead_id": after.id}))
            if after.phone:
                writes.append(Create(PhoneClaim(address=after.phone, lead_id=after.id, revision=revision())))
        return writes

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, lead_id: str) -> LeadView:
        """A lead.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        view = self._find_view(lead_id)
        if view is None:
            raise NotFoundError(f"There is no lead {lead_id}.")
        return view

    def _find_view(self, lead_id: str) -> LeadView | None:
        found = self._core.store.find_many([(Lead, lead_key(lead_id)), (Contact, _contact_key(lead_id))])
        lead, contact = found
        if lead is None or lead.deleting or contact is None:
            return None
        return _view(lead, contact)

    def page(self, wanted: LeadFilter, *, limit: int, position: str | None) -> Page[LeadView]:
        """Leads, newest first."""
        if wanted.email is not None or wanted.phone is not None:
            return self._by_address(wanted, position)
        facets = [{"status": status} for status in ([wanted.status] if wanted.status else LEAD_STATUSES)]
        found = listing.page(
            self._core.store,
            Lead,
            listing.lanes("Lead", "listing", *facets),
            limit=limit,
            position=position,
            keep=wanted.accepts,
            span=Span(
                after=format_instant(wanted.created_from) if wanted.created_from else None,
                before=format_instant(wanted.created_to) if wanted.created_to else None,
            ),
        )
        contacts = self._core.store.find_many([(Contact, _contact_key(lead.id)) for lead in found.data])
        pairs = zip(found.data, contacts, strict=True)
        return Page([_view(lead, contact) for lead, contact in pairs if contact is not None], found.position)

    def _by_address(self, wanted: LeadFilter, position: str | None) -> Page[LeadView]:
        asked: list[tuple[type[Any], Key]] = []
        if wanted.email is not None:
            asked.append((EmailClaim, _email_claim_key(wanted.email)))
        if wanted.phone is not None:
            asked.append((PhoneClaim, key("PhoneClaim", address=self._dialable(wanted.phone))))
        claims = self._core.store.find_many(asked)
        owners = {claim.lead_id if claim else None for claim in claims}
        if position is not None or len(owners) != 1 or None in owners:
            return Page([], None)
        view = self._find_view(claims[0].lead_id)
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
        contact: Contact

        def find() -> Lead:
            nonlocal contact
            found = self._core.store.find_many([(Lead, lead_key(lead_id)), (Contact, _contact_key(lead_id))])
            if found[0] is None or found[0].deleting or found[1] is None:
                raise NotFoundError(f"There is no lead {lead_id}.")
            contact = found[1]
            lead: Lead = found[0]
            return lead

        def change(lead: Lead) -> tuple[Lead, list[Write]]:
            given = self._tidy(validation.patched(LeadInput, lead, patch))
            after = self._core.changed(lead, **vars(given))
            writes = self._claims(after, lead)
            if after.external_id != lead.external_id:
                if lead.external_id is not None:
                    gone = key("ExternalReference", external_id=lead.external_id, lead_id=lead.id)
                    writes.append(Remove(ExternalReference, gone))
                if after.external_id is not None:
                    writes.append(Put(ExternalReference(external_id=after.external_id, lead_id=lead.id)))
            return after, writes

        try:
            lead = self._core.revise(find, change, if_match=if_match, show=lambda after: _view(after, contact))
        except RefusedError as refusal:
            raise self._taken(refusal) from None
        return _view(lead, contact)

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
        now = self._core.now()
        change = Change(
            Contact,
            _contact_key(lead_id),
            set={"stop_reason": reason, "stopped_at": now},
            add={"version": 1},
            equal={"erased": False},
        )
        return self._set_contact(view, change, Contact(lead_id=lead_id, stop_reason=reason, stopped_at=now))

    def unstop(self, lead_id: str, because: str) -> LeadView:
        """Allow contact again.

        Raises:
            ConflictError: an address of the lead is suppressed; that must be lifted first, with a reason of its own.
        """
        view = self.get(lead_id)
        core = self._core
        ids = [suppression_id(core.keyring, address) for address in (view.email, view.phone) if address]
        if any(core.store.find_many([(Suppression, key("Suppression", id=one)) for one in ids])):
            raise ConflictError("An address of this lead is suppressed: remove the suppression first.")
        change = Change(
            Contact,
            _contact_key(lead_id),
            set={"resumed_because": because, "resumed_at": core.now()},
            drop=("stop_reason", "stopped_at"),
            add={"version": 1},
            equal={"erased": False},
        )
        return self._set_contact(view, change, Contact(lead_id=lead_id))

    def _set_contact(self, view: LeadView, change: Change, after: Contact) -> LeadView:
        shown = view.model_copy(update={"contact": after.state()})
        try:
            self._core.idempotency.commit(change, outcome=shown)
        except RefusedError:
            raise NotFoundError(f"There is no lead {view.id}.") from None
        return shown


def _email_claim_key(address: str) -> Key:
    return key("EmailClaim", address=addresses.email_identity(address))


def _view(lead: Lead, contact: Contact) -> LeadView:
    return LeadView.model_construct(**vars(lead), contact=contact.state())
