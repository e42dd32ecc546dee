"""What goes with a new state of a conversion, in the one transaction that writes it.

pointers        by which it is found, and by which a lead finds it that comes later
the lead        a customer's lead is CONVERTED, every send under way notices, what is planned ends
the contact     must be there
announcements   to the team's own systems
"""

from decimal import Decimal
from typing import Any, Final

from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempt_key
from retention.conversions.identity import Known, Visitor
from retention.conversions.model import (
    Conversion,
    ConversionOfClickId,
    ConversionOfLead,
    ConversionOfSource,
    ConversionOfSubId,
    ConversionStatus,
    UnmatchedConversion,
)
from retention.core import Core
from retention.entity import Entity
from retention.leads.contact import require_lead, touch_contact
from retention.leads.following import following
from retention.leads.model import Lead
from retention.outbound.announcing import EventType, announced
from retention.table.keys import Key, key, key_of
from retention.table.writes import Create, Forbid, Put, Remove, Replace, Require, Write

#: The status that makes a customer of a lead.
CONVERTING: Final[ConversionStatus] = "customer"
#: What the team is told of a conversion as it is shown.
_TOLD: Final = {"status", "source", "lead_id", "campaign_id", "contact_attempt_id", "channel", "sub_id", "click_id"}


def conversion_key(conversion_id: str) -> Key:
    """Where a conversion lives."""
    return key("Conversion", id=conversion_id)


def pointers(conversion: Conversion) -> list[Entity]:
    """The items by which a conversion is found: by its lead, sub id, click id and source, and by who may be its lead.

    A tracker's conversion of nobody known waits under each id that its lead may turn out to have.
    """
    common: dict[str, Any] = {"conversion_id": conversion.id, "created_at": conversion.created_at}
    found: list[Entity] = [ConversionOfSource(source=conversion.source, **common)]
    if conversion.lead_id is not None:
        found.append(ConversionOfLead(lead_id=conversion.lead_id, **common))
    if conversion.sub_id is not None:
        found.append(ConversionOfSubId(sub_id=conversion.sub_id, **common))
    if conversion.click_id is not None:
        found.append(ConversionOfClickId(click_id=conversion.click_id, **common))
    if conversion.lead_id is None and conversion.word is not None:
        found += [UnmatchedConversion(external_id=name, **common) for name in names_of(conversion)]
    return found


def names_of(conversion: Conversion) -> list[str]:
    """The ids by which a conversion's lead may be known elsewhere, the most telling first."""
    given = (conversion.external_id, conversion.sub_id, conversion.click_id)
    return list(dict.fromkeys(name for name in given if name is not None))


def alone(visitor: Visitor, known: Known, conversion: Conversion, before: Conversion | None) -> list[Write]:
    """The part of a transaction that gives a conversion its transaction id while no other gets the same.

    A visitor's conversions have different places, so the key alone does not see to that: a rebill and its rejection at
    the same moment would be two. Nothing where the transaction id is not new.
    """
    name = conversion.transaction
    if name is None or (before is not None and before.transaction == name):
        return []
    others = zip(visitor.places(name), known, strict=True)
    return [
        Forbid(Conversion, conversion_key(place))
        if found is None
        else Require(Conversion, conversion_key(place), equal={"revision": found.revision})
        for place, found in others
        if place != conversion.id
    ]


def is_paid(conversion: Conversion) -> bool:
    """Whether it is worth money."""
    return conversion.status == CONVERTING


class Recorder:
    """Makes the transactions that write conversions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def writes(self, after: Conversion, before: Conversion | None, lead: Lead | None) -> list[Write]:
        """The whole transaction of a new state, the conversion itself first.

        Args:
            before: the state that was read; None: it is new.
            lead: the conversion's lead; None where there is none, or nothing that concerns it changes.
        """
        conversion = Create(after) if before is None else Replace(after, before=before)
        return [conversion, *self.besides(after, before, lead)]

    def besides(self, after: Conversion, before: Conversion | None, lead: Lead | None) -> list[Write]:
        """As `writes`, without the conversion itself."""
        what: EventType = "conversion.recorded" if before is None else "conversion.changed"
        return [
            *_moved_pointers(after, before),
            *self._lead_writes(after, before, lead),
            *_contact_writes(after, before),
            *announced(self._core, what, f"{after.id}.{after.revision}", _data(after, before)),
        ]

    def removal(self, conversion: Conversion) -> list[Write]:
        """What goes with the end of a conversion: its pointers.

        The team hears of one that is rejected: trackers know no other end.
        """
        gone = conversion.model_copy(update={"status": "churn", "revenue": Decimal(0)})
        told = _data(gone, conversion)
        return [
            *[Remove(type(pointer), key_of(pointer)) for pointer in pointers(conversion)],
            *announced(self._core, "conversion.changed", f"{conversion.id}.{conversion.revision}.gone", told),
        ]

    def _lead_writes(self, after: Conversion, before: Conversion | None, lead: Lead | None) -> list[Write]:
        """A customer's lead is converted; that of any other must be there when it gets one."""
        if lead is None:
            return []
        is_new = before is None or before.lead_id is None
        if is_paid(after) and (is_new or before is None or not is_paid(before)):
            return self._converting(lead)
        return [require_lead(lead.id)] if is_new else []

    def _converting(self, lead: Lead) -> list[Write]:
        if lead.status == "CONVERTED":
            return [touch_contact(lead.id)]
        converted = Replace(self._core.changed(lead, status="CONVERTED"), before=lead)
        return [touch_contact(lead.id), converted, Create(following(self._core, lead.id, "CONVERTED"))]


def _moved_pointers(after: Conversion, before: Conversion | None) -> list[Write]:
    wanted = {key_of(pointer): pointer for pointer in pointers(after)}
    there = {} if before is None else {key_of(pointer): pointer for pointer in pointers(before)}
    return [
        *(Put(pointer) for place, pointer in wanted.items() if place not in there),
        *(Remove(type(pointer), place) for place, pointer in there.items() if place not in wanted),
    ]


def _contact_writes(after: Conversion, before: Conversion | None) -> list[Write]:
    """The contact that brought it must be there when it is named."""
    name = after.contact_attempt_id
    if name is None or (before is not None and before.contact_attempt_id == name):
        return []
    return [Require(ContactAttempt, attempt_key(name))]


def _data(conversion: Conversion, before: Conversion | None) -> dict[str, Any]:
    """What the team is told of a conversion (outbound/contents)."""
    return {
        "conversionId": conversion.id,
        **conversion.model_dump(by_alias=True, include=_TOLD),
        "originalStatus": (conversion.postback_data or {}).get("status", conversion.word),
        "previousStatus": None if before is None else before.status,
        "revenue": conversion.revenue,
        "currency": conversion.currency,
        "tid": None if conversion.scrubbed else conversion.transaction,
        "externalId": conversion.external_id,
    }
