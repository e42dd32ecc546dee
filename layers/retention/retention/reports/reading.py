"""All that a report bears on, read in one request."""

from dataclasses import dataclass
from typing import Any, Final

from retention.attempts.model import ContactAttempt, DirectContact
from retention.campaigns.model import CampaignContact
from retention.core import Core
from retention.engine.kinds.contact import contact_place
from retention.engine.loading import lead_of
from retention.engine.obligation import Obligation
from retention.engine.queue import Work
from retention.engine.slots import ProviderSlots
from retention.entity import Entity
from retention.fields import Channel
from retention.ids import split
from retention.inbound.claim import ReceivedEvent, claim_key
from retention.integrations.providers import provider_of
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, EmailClaim, Lead, PhoneClaim
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.receiving.event import Event
from retention.reports.evidence import Report
from retention.sequences.model import SequenceStepExecution
from retention.suppressions import suppressing
from retention.suppressions.model import Suppression
from retention.suppressions.suppressing import Address
from retention.table.keys import Key, key

Wanted = tuple[type[Entity], Key]


@dataclass(frozen=True)
class Case:
    """What a report is about, as it was read."""

    asked: Work
    channel: Channel
    #: Whether the event had its effect already.
    is_copy: bool
    contact: Contact | None
    lead: Lead | None
    work: Obligation | None
    attempt: ContactAttempt | None
    #: The places of the provider, where a call holds one.
    slots: ProviderSlots | None


@dataclass(frozen=True)
class Doomed:
    """An address that is to be suppressed, as it was read."""

    address: Address
    #: Whether it is suppressed already.
    is_suppressed: bool
    claim: EmailClaim | PhoneClaim | None


_SLOTS: Final = ProviderSlots.__name__


def work_of(work: Work) -> Wanted | None:
    """Where an obligation lives; None for one that there cannot be."""
    if work.kind == SequenceStepExecution.__name__ and (parts := split(work.id, 4)) is not None:
        lead_id, sequence_id, generation, step_id = parts
        names = {"lead_id": lead_id, "sequence_id": sequence_id, "generation": generation, "step_id": step_id}
        return SequenceStepExecution, key(SequenceStepExecution.__name__, **names)
    if work.kind == DirectContact.__name__ and (parts := split(work.id, 2)) is not None:
        return DirectContact, key(DirectContact.__name__, lead_id=parts[0], id=work.id)
    if work.kind == CampaignContact.__name__ and (place := contact_place(work.id)) is not None:
        return CampaignContact, place
    return None


def read(core: Core, event: Event, report: Report, address: Address | None) -> tuple[Case, Doomed | None] | None:
    """Everything that a report bears on; None where it names no obligation that there can be.

    Args:
        address: the address that it suppresses.
    """
    work = work_of(report.work)
    if work is None:
        return None
    lead_id = lead_of(report.work)
    # Text messages and e-mails hold no place; and nothing is told of a call before it has ended.
    is_ended = report.channel == "CALL" and bool(report.evidence)
    wanted: list[Wanted] = [
        (ReceivedEvent, claim_key(event)),
        (Contact, contact_key(lead_id)),
        (Lead, lead_key(lead_id)),
        work,
        (ContactAttempt, key("ContactAttempt", lead_id=lead_id, id=report.work.id)),
        *([(ProviderSlots, key(_SLOTS, provider=provider_of("CALL")))] if is_ended else []),
        *([] if address is None else suppressing.wanted(core, address)),
    ]
    # Who is told of it is read along, where that is not known.
    told = endpoints_wanted(core)
    found = core.store.find_many([*wanted, *told])
    remember_endpoints(core, found[len(wanted) :])
    case = Case(
        asked=report.work,
        channel=report.channel,
        is_copy=found[0] is not None,
        contact=found[1],
        lead=found[2],
        work=found[3],
        attempt=found[4],
        slots=found[5] if is_ended else None,
    )
    return case, None if address is None else _doomed(address, found[len(wanted) - 2 :])


def read_address(core: Core, event: Event, address: Address) -> tuple[bool, Doomed]:
    """Whether an event had its effect already, and how the address stands that it suppresses."""
    wanted: list[Wanted] = [(ReceivedEvent, claim_key(event)), *suppressing.wanted(core, address)]
    found = core.store.find_many(wanted)
    return found[0] is not None, _doomed(address, found[1:])


def _doomed(address: Address, found: list[Any]) -> Doomed:
    suppression: Suppression | None = found[0]
    return Doomed(address, suppression is not None, found[1])
