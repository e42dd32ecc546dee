"""What can be done with conversions: record each once, find by whatever names it, move on, remove."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from retention import validation
from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempt_key
from retention.campaigns.model import Campaign
from retention.conversions.attribution import told_by
from retention.conversions.identity import Known, Visitor, new_id, recorded, transaction_in, visitor_of
from retention.conversions.model import Conversion, ConversionChange, ConversionInput, ConversionStatus
from retention.conversions.recording import Recorder, alone, conversion_key, is_paid
from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.errors import AlreadyExistsError, ContentionError, InvalidInputError, NotFoundError
from retention.leads.contact import lead_key
from retention.leads.following import wake_followers
from retention.leads.model import Lead
from retention.outbound.announcing import wake_deliveries
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.references import Reference, find_all, to_root
from retention.table import keys, listing
from retention.table.keys import Key
from retention.table.listing import Lane, Page
from retention.table.store import raw_key
from retention.table.writes import RefusedError, Write


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


class _Found(NamedTuple):
    """An input with what it refers to."""

    given: ConversionInput
    lead: Lead | None
    attempt: ContactAttempt | None


class _Visited(NamedTuple):
    """A visitor with what is recorded of it."""

    visitor: Visitor
    known: Known


class ConversionService:
    """The use cases of conversions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._recorder = Recorder(core)

    def create(self, given: ConversionInput) -> Conversion:
        """Record a conversion. A customer's lead becomes CONVERTED in the same transaction.

        Raises:
            InvalidInputError: the lead, the campaign or the attempt is not there, or the attempt is another lead's.
            AlreadyExistsError: this one is recorded already.
        """
        core = self._core
        for _ in range(REVISE_TRIES):
            # Each time anew, which also names what is missing by now.
            found = self._references(given)
            known = self._known(found.given)
            conversion = self._new(known, found)
            writes = self._recorder.writes(conversion, None, found.lead)
            if known is not None:
                writes += alone(known.visitor, known.known, conversion, None)
            try:
                core.idempotency.commit(*writes, outcome=conversion)
            except RefusedError:
                continue
            wake_followers(core, writes)
            wake_deliveries(core, writes)
            return conversion
        raise ContentionError

    def _known(self, given: ConversionInput) -> _Visited | None:
        """What is recorded of the visitor of a conversion; None where nothing names one.

        Raises:
            AlreadyExistsError: this one is recorded already.
        """
        core, visitor = self._core, visitor_of(given.source, given.sub_id, given.click_id)
        if visitor is None:
            return None
        transaction, endpoints = transaction_in(given.postback_data), endpoints_wanted(core)
        places = [(Conversion, conversion_key(one)) for one in visitor.places(transaction)]
        first, first_rebill, further, *registry = core.store.find_many([*places, *endpoints])
        remember_endpoints(core, registry)
        known = Known(first, first_rebill, further if transaction else None)
        there = recorded(known, transaction)
        if there is not None:
            raise AlreadyExistsError(there.id, "This conversion is recorded already.")
        return _Visited(visitor, known)

    def _new(self, visited: _Visited | None, found: _Found) -> Conversion:
        """The conversion that an input makes."""
        given = found.given
        core, now = self._core, self._core.now()
        transaction = transaction_in(given.postback_data)
        channel = given.channel if found.attempt is None else given.channel or found.attempt.channel
        return Conversion.model_construct(
            **{**vars(given), **told_by(found.attempt), "channel": channel},
            id=core.ids.new(now) if visited is None else new_id(*visited, transaction),
            created_at=now,
            transaction=transaction,
            revision=core.ids.revision(),
        )

    def _references(self, given: ConversionInput) -> _Found:
        """Check what the input refers to. An attempt implies its lead.

        Raises:
            InvalidInputError: a reference leads nowhere, or the attempt is another lead's.
        """
        lead = to_root("/leadId", Lead, given.lead_id)
        campaign = to_root("/campaignId", Campaign, given.campaign_id)
        named: Reference | None = None
        if (name := given.contact_attempt_id) is not None:
            pointer, what = "/contactAttemptId", "contact attempt"
            try:
                named = Reference(pointer, what, name, ContactAttempt, attempt_key(name))
            except NotFoundError as error:
                raise InvalidInputError.at(pointer, "unknown_reference", str(error)) from None
        found, _, attempt = find_all(self._core.store, lead, campaign, named)
        if attempt is None or attempt.lead_id == given.lead_id:
            return _Found(given, found, attempt)
        if given.lead_id is not None:
            detail = f"The contact attempt is one with lead {attempt.lead_id}."
            raise InvalidInputError.at("/contactAttemptId", "another_lead", detail)
        implied = self._core.store.find(Lead, lead_key(attempt.lead_id))
        if implied is None or implied.deleting:
            detail = f"There is no contact attempt {given.contact_attempt_id}."
            raise InvalidInputError.at("/contactAttemptId", "unknown_reference", detail)
        return _Found(given.model_copy(update={"lead_id": implied.id}), implied, attempt)

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

        written: list[Write] = []

        def change(conversion: Conversion) -> tuple[Conversion, list[Write]]:
            given = validation.patched(ConversionChange, conversion, patch)
            if given.status == conversion.status:
                return conversion, []
            after = self._core.changed(conversion, **vars(given))
            written[:] = self._recorder.besides(after, conversion, self._lead_converted_by(after))
            return after, written

        for _ in range(REVISE_TRIES):
            try:
                after = self._core.revise(lambda: self.get(conversion_id), change, if_match=if_match)
            except RefusedError:
                continue  # The lead was changed or deleted since it was read.
            wake_followers(self._core, written)
            wake_deliveries(self._core, written)
            return after
        raise ContentionError

    def _lead_converted_by(self, after: Conversion) -> Lead | None:
        """The lead of a conversion that is paid now; nothing for one that is gone."""
        if not is_paid(after) or after.lead_id is None:
            return None
        lead = self._core.store.find(Lead, lead_key(after.lead_id))
        return None if lead is None or lead.deleting else lead

    def delete(self, conversion_id: str, *, if_match: str | None) -> Deleted:
        """Remove a conversion and what points to it, and take back what it counted for. Its lead stays what it is.

        Raises:
            NotFoundError, StaleError
        """
        gone = Deleted(None)
        written: list[Write] = []

        def others(conversion: Conversion) -> list[Write]:
            written[:] = self._recorder.removal(conversion)
            return written

        self._core.discard(lambda: self.get(conversion_id), others, if_match=if_match, outcome=gone)
        wake_deliveries(self._core, written)
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
