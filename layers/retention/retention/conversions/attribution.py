"""Who a conversion belongs to, and which contact brought it. In this order:

1. a sub id that is a token of ours: the tracked link of a message took the visitor to the tracker
2. an earlier conversion of the same visitor, or of the same click, that has a lead
3. a lead whose external id is one of the postback's ids, the external id first
4. any other conversion with the same sub id or click id that has a lead
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempt_key
from retention.conversions.identity import Visitor
from retention.conversions.model import Conversion, ConversionOfClickId, ConversionOfSubId
from retention.conversions.postback import Postback
from retention.conversions.recording import conversion_key
from retention.core import Core
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.leads.contact import lead_key
from retention.leads.model import Lead
from retention.table import keys
from retention.table.gathering import items_in
from retention.table.keys import Key
from retention.templates.links import Visit, verify

#: Conversions of one visitor that are looked at.
MOST: Final = 100

#: What a conversion keeps of the contact that brought it.
_TOLD: Final = ("script_id", "sent_at", "local_hour", "experiment")


class Origin(NamedTuple):
    """Where a conversion comes from."""

    lead: Lead | None = None
    #: The contact that brought it, read with the lead; None where that is not known, or is told by `earlier`.
    attempt: ContactAttempt | None = None
    #: A conversion of the same visitor that says the same of both.
    earlier: Conversion | None = None


def visit_of(core: Core, postback: Postback) -> Visit | None:
    """The visit that a postback names: the first of its ids that we signed. One from a preview counts for nothing."""
    found = (verify(core.keyring, value, Visit) for value in postback.tokens)
    return next((visit for visit in found if visit is not None and not visit.preview), None)


def places_of(visit: Visit) -> list[tuple[type[Entity], Key]]:
    """Where the lead and the contact of a visit are. A contact has the id of its obligation, which begins with the
    lead's."""
    try:
        return [(Lead, lead_key(visit.work.partition(".")[0])), (ContactAttempt, attempt_key(visit.work))]
    except NotFoundError:
        return []


def alive(lead: Lead | None) -> Lead | None:
    """A lead that is there, and not going."""
    return None if lead is None or lead.deleting else lead


def brought(conversion: Conversion, by: ContactAttempt | Conversion | None) -> Conversion:
    """A conversion with the contact that brought it, its campaign and its channel; one that has a contact keeps it.

    Args:
        by: the contact, or a conversion that it brought, too.
    """
    if by is None or conversion.contact_attempt_id is not None:
        return conversion
    attempt_id = by.id if isinstance(by, ContactAttempt) else by.contact_attempt_id
    return conversion.model_copy(
        update={
            "contact_attempt_id": attempt_id,
            "campaign_id": conversion.campaign_id or by.campaign_id,
            "channel": conversion.channel or by.channel,
            **told_by(by),
        }
    )


def told_by(contact: ContactAttempt | Conversion | None) -> dict[str, Any]:
    """What a conversion keeps of the contact that brought it, besides its id: ours alone, for the figures."""
    return {} if contact is None else {name: getattr(contact, name) for name in _TOLD}


class Attribution:
    """Finds out where conversions come from."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def origin(self, postback: Postback, visitor: Visitor, earlier: Iterable[Conversion | None]) -> Origin:
        """Where a conversion comes from that no visit tells of.

        Args:
            earlier: conversions of its visitor, as they were read.
        """
        known = [one for one in earlier if one is not None]
        for conversion in known:
            if (found := self._lead_of(conversion)) is not None:
                return Origin(found, earlier=conversion)
        if (lead := self.lead_known_as(postback.names)) is not None:
            return Origin(lead)
        for conversion in self.of_visitor(postback, but=[one.id for one in known]):
            if (found := self._lead_of(conversion)) is not None:
                return Origin(found, earlier=conversion)
        return Origin()

    def _lead_of(self, conversion: Conversion) -> Lead | None:
        return None if conversion.lead_id is None else self.lead(conversion.lead_id)

    def lead(self, lead_id: str) -> Lead | None:
        """A lead that is there, and not going."""
        return alive(self._core.store.find(Lead, lead_key(lead_id)))

    def lead_known_as(self, names: Sequence[str]) -> Lead | None:
        """The lead whose external id is the first of some ids that is one; of several leads the one that came first."""
        places = [keys.partitions("ExternalReference", external_id=name)[0] for name in names]
        found = items_in(self._core.store, places)
        rows = (row for place in places for row in found[place])
        leads = (self.lead(row["leadId"]["S"]) for row in rows)
        return next((lead for lead in leads if lead is not None), None)

    def of_visitor(self, named: Postback | Conversion, *, but: Iterable[str] = ()) -> Iterator[Conversion]:
        """The latest conversions with the sub id of a postback or a conversion, then those with its click id.

        Args:
            but: ids of conversions that are known already.
        """
        store, seen = self._core.store, set(but)
        if named.sub_id is not None:
            (pk,) = keys.partitions("ConversionOfSubId", sub_id=named.sub_id)
            yield from self._read(store.query_entities(ConversionOfSubId, pk, descending=True, limit=MOST), seen)
        if named.click_id is not None:
            (pk,) = keys.partitions("ConversionOfClickId", click_id=named.click_id)
            yield from self._read(store.query_entities(ConversionOfClickId, pk, descending=True, limit=MOST), seen)

    def _read(
        self, pointers: Iterable[ConversionOfSubId | ConversionOfClickId], seen: set[str]
    ) -> Iterator[Conversion]:
        wanted = [pointer.conversion_id for pointer in pointers if pointer.conversion_id not in seen]
        seen |= set(wanted)
        if wanted:
            found = self._core.store.find_many([(Conversion, conversion_key(one)) for one in wanted])
            yield from (conversion for conversion in found if conversion is not None)
