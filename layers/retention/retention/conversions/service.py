"""What can be done with conversions: record each once, find by whatever names it, move on, remove."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from retention import validation
from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempt_key
from retention.campaigns.model import Campaign
from retention.conversions.identity import derived_id
from retention.conversions.model import (
    Conversion,
    ConversionChange,
    ConversionInput,
    ConversionOfClickId,
    ConversionOfLead,
    ConversionOfSource,
    ConversionOfSubId,
    ConversionStatus,
)
from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.entity import Entity
from retention.errors import AlreadyExistsError, ContentionError, InvalidInputError, NotFoundError
from retention.leads.contact import lead_key, require_lead, touch_contact
from retention.leads.following import following, wake_followers
from retention.leads.model import Lead
from retention.references import Reference, find_all, to_root
from retention.table import keys, listing
from retention.table.keys import Key, key, key_of
from retention.table.listing import Lane, Page
from retention.table.store import raw_key
from retention.table.writes import Create, Put, RefusedError, Remove, Replace, Require, Write

#: The status that makes a customer of a lead.
CONVERTING: ConversionStatus = "customer"


@dataclass(frozen=True)
class ConversionFilter:
    """Which conversions a list shows; None means any."""

    lead_id: str | None = None
    campaign_id: str | None = None
    sub_id: str | None = None
    click_id: str | None = None
    source: str | None = None
    status: ConversionStatus | None = None

    def accepts(self, conversion: Conversion) -> bool:
        """Whether a conversion is among them."""
        return all(value is None or getattr(conversion, name) == value for name, value in vars(self).items())


def conversion_key(conversion_id: str) -> Key:
    """Where a conversion lives."""
    return key("Conversion", id=conversion_id)


def pointers(conversion: Conversion) -> list[Entity]:
    """The items by which a conversion is found: by its lead, sub id, click id and source."""
    common: dict[str, Any] = {"conversion_id": conversion.id, "created_at": conversion.created_at}
    found: list[Entity] = [ConversionOfSource(source=conversion.source, **common)]
    if conversion.lead_id is not None:
        found.append(ConversionOfLead(lead_id=conversion.lead_id, **common))
    if conversion.sub_id is not None:
        found.append(ConversionOfSubId(sub_id=conversion.sub_id, **common))
    if conversion.click_id is not None:
        found.append(ConversionOfClickId(click_id=conversion.click_id, **common))
    return found


class ConversionService:
    """The use cases of conversions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: ConversionInput) -> Conversion:
        """Record a conversion. A customer's lead becomes CONVERTED in the same transaction.

        Raises:
            InvalidInputError: the lead, the campaign or the attempt is not there, or the attempt is another lead's.
            AlreadyExistsError: this one is recorded already.
        """
        core = self._core
        given = self._with_lead_of_attempt(given)
        now = core.now()
        conversion = Conversion.model_construct(
            **vars(given), id=derived_id(given) or core.ids.new(now), created_at=now, revision=core.ids.revision()
        )
        writes: list[Write] = [Create(conversion), *(Put(pointer) for pointer in pointers(conversion))]
        if given.contact_attempt_id is not None:
            writes.append(Require(ContactAttempt, attempt_key(given.contact_attempt_id)))
        for _ in range(REVISE_TRIES):
            others = self._for_lead(conversion)
            try:
                core.idempotency.commit(*writes, *others, outcome=conversion)
            except RefusedError as refusal:
                if refusal.concerns(Conversion):
                    raise AlreadyExistsError(conversion.id, "This conversion is recorded already.") from None
                # Something was deleted or changed since it was read: look again, which also names what is missing.
                self._references(given)
                continue
            wake_followers(core, others)
            return conversion
        raise ContentionError

    def _with_lead_of_attempt(self, given: ConversionInput) -> ConversionInput:
        """The input with the lead that its attempt implies.

        Raises:
            InvalidInputError: a reference leads nowhere, or the attempt is another lead's.
        """
        attempt = self._references(given)
        if attempt is None or attempt.lead_id == given.lead_id:
            return given
        if given.lead_id is not None:
            detail = f"The contact attempt is one with lead {attempt.lead_id}."
            raise InvalidInputError.at("/contactAttemptId", "another_lead", detail)
        return given.model_copy(update={"lead_id": attempt.lead_id})

    def _references(self, given: ConversionInput) -> ContactAttempt | None:
        """Check what the input refers to, and return its attempt."""
        lead = to_root("/leadId", Lead, given.lead_id)
        campaign = to_root("/campaignId", Campaign, given.campaign_id)
        attempt: Reference | None = None
        if (name := given.contact_attempt_id) is not None:
            pointer, what = "/contactAttemptId", "contact attempt"
            try:
                attempt = Reference(pointer, what, name, ContactAttempt, attempt_key(name))
            except NotFoundError as error:
                raise InvalidInputError.at(pointer, "unknown_reference", str(error)) from None
        found: ContactAttempt | None = find_all(self._core.store, lead, campaign, attempt)[2]
        return found

    def _for_lead(self, conversion: Conversion) -> list[Write]:
        """What goes with a new conversion of a lead: a customer's lead is converted, any other must be there."""
        if conversion.lead_id is None:
            return []
        converting = self._converting(conversion.lead_id) if conversion.status == CONVERTING else []
        return converting or [require_lead(conversion.lead_id)]

    def _converting(self, lead_id: str) -> list[Write]:
        """What makes a lead CONVERTED, so that every send under way notices, and has what is planned ended.

        Nothing for a lead that is gone.
        """
        lead = self._core.store.find(Lead, lead_key(lead_id))
        if lead is None or lead.deleting:
            return []
        if lead.status == "CONVERTED":
            return [touch_contact(lead_id)]
        converted = Replace(self._core.changed(lead, status="CONVERTED"), seen=lead.revision)
        return [touch_contact(lead_id), converted, Create(following(self._core, lead_id, "CONVERTED"))]

    def get(self, conversion_id: str) -> Conversion:
        """A conversion.

        Raises:
            NotFoundError: none with this id.
        """
        conversion = self._core.store.find(Conversion, conversion_key(conversion_id))
        if conversion is None or conversion.deleting:
            raise NotFoundError(f"There is no conversion {conversion_id}.")
        return conversion

    def page(self, wanted: ConversionFilter, *, limit: int, position: str | None) -> Page[Conversion]:
        """Conversions, newest first. The filter that names the fewest leads the search, the others sift."""
        among, locate = _anchor(wanted)
        return listing.page(
            self._core.store,
            Conversion,
            among,
            limit=limit,
            position=position,
            keep=wanted.accepts,
            locate=locate,
        )

    def update(self, conversion_id: str, patch: Any, *, if_match: str | None) -> Conversion:
        """Apply a JSON merge patch to the status. Becoming a customer converts the lead in the same transaction.

        Raises:
            InvalidInputError, NotFoundError, StaleError
        """
        validation.refuse_fixed(Conversion, ConversionChange, patch)

        def change(conversion: Conversion) -> tuple[Conversion, list[Write]]:
            after = self._core.changed(conversion, **vars(validation.patched(ConversionChange, conversion, patch)))
            converts = after.status == CONVERTING and conversion.status != CONVERTING
            return after, self._converting(after.lead_id) if converts and after.lead_id is not None else []

        for _ in range(REVISE_TRIES):
            try:
                return self._core.revise(lambda: self.get(conversion_id), change, if_match=if_match)
            except RefusedError:
                continue  # The lead was changed or deleted since it was read.
        raise ContentionError

    def delete(self, conversion_id: str, *, if_match: str | None) -> Deleted:
        """Remove a conversion and what points to it. Its lead stays what it is.

        Raises:
            NotFoundError, StaleError
        """
        gone = Deleted(None)

        def others(conversion: Conversion) -> list[Write]:
            return [Remove(type(pointer), key_of(pointer)) for pointer in pointers(conversion)]

        self._core.discard(lambda: self.get(conversion_id), others, if_match=if_match, outcome=gone)
        return gone


def _anchor(wanted: ConversionFilter) -> tuple[list[Lane], Callable[[dict[str, Any]], Key | None]]:
    """Where to look for the conversions that a filter wants, and how to get from a row there to the item."""
    by_pointer: list[tuple[str, str, str | None]] = [
        ("ConversionOfSubId", "sub_id", wanted.sub_id),
        ("ConversionOfClickId", "click_id", wanted.click_id),
        ("ConversionOfLead", "lead_id", wanted.lead_id),
    ]
    if wanted.campaign_id is None:
        by_pointer.append(("ConversionOfSource", "source", wanted.source))
    for kind, name, value in by_pointer:
        if value is not None:
            places = keys.partitions(kind, **{name: value})
            return [Lane(pk, keys.prefix(kind, **{name: value})) for pk in places], _pointed_at
    if wanted.campaign_id is not None:
        return listing.lanes("Conversion", "owner", {"campaign_id": wanted.campaign_id}), raw_key
    return listing.lanes("Conversion", "listing", {}), raw_key


def _pointed_at(row: dict[str, Any]) -> Key:
    return conversion_key(row["conversionId"]["S"])
