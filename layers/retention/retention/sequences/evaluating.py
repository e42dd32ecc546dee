"""Finding the leads that wait for long enough: the trigger no_conversion.

One job for each active sequence with this trigger goes over all leads every few hours, a piece at a time, with its
place kept, so that it reaches every one of them however many there are and wherever it is killed. What makes a lead
wait is time, so nothing tells of it: it has to be looked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from retention.core import Core
from retention.errors import ConflictError, NotFoundError
from retention.jobs.runner import Chunk, Plan
from retention.leads.contact import contact_key
from retention.leads.model import LEAD_STATUSES, Contact, Lead, LeadStatus
from retention.sequences.enrolling import EnrollingService
from retention.sequences.model import Generation, RetentionSequence, SequenceEnrollment
from retention.sequences.reentry import refusal
from retention.sequences.service import SequenceService
from retention.table import listing
from retention.table.keys import key
from retention.table.listing import Page

#: How often all leads are looked at. Waiting is counted in days, so a quarter of one is soon enough; a hundred thousand
#: leads cost about 200,000 read units a time.
EVERY: Final = timedelta(hours=6)
#: Leads that are read and enrolled between two looks at the clock.
CHUNK: Final = 250
#: The place of a round that has seen every lead: to begin again there finds nothing to do.
_END: Final = "end"


def _all_leads(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    """Enroll the leads that wait, oldest first, until there are none left or the sequence takes none any more.

    The lanes of all statuses are read side by side from one place on, and a lead has the same place in each: one whose
    status changes meanwhile is not passed over. Only in the very moment of its change might the index show it in no
    lane; it would have to change in that moment each time to be missed for long. Those who come meanwhile come last.
    """
    enrolling = EnrollingService(core, SequenceService(core))
    position: str | None = checkpoint
    while position != _END:
        sequence = _still_evaluated(core, target)
        statuses = [] if sequence is None else _statuses(sequence)
        if sequence is None or not statuses:
            return
        page = _leads(core, statuses, position)
        waiting = _waiting(core, sequence, page.data)
        try:
            results = enrolling.enroll_many(sequence.id, waiting, by_trigger=True) if waiting else []
        except (NotFoundError, ConflictError):
            return  # Deleted or archived since.
        position = page.position or _END
        yield Chunk(changed=sum(result.status == "created" for result in results), checkpoint=position)


def _still_evaluated(core: Core, target: Mapping[str, str]) -> RetentionSequence | None:
    """The sequence, if it still has its leads found by this very job."""
    sequence = core.store.find(RetentionSequence, key("RetentionSequence", id=target["id"]))
    if sequence is None or sequence.deleting or sequence.status != "ACTIVE":
        return None
    same = sequence.trigger_type == "no_conversion" and sequence.evaluation == target["evaluation"]
    return sequence if same else None


def _statuses(sequence: RetentionSequence) -> list[LeadStatus]:
    """The statuses whose leads may be taken: never those who have converted, or are lost."""
    left_out = {"CONVERTED", "LOST", *(sequence.trigger_config.get("excludeStatus") or ())}
    return [status for status in LEAD_STATUSES if status not in left_out]


def _leads(core: Core, statuses: Sequence[LeadStatus], position: str | None) -> Page[Lead]:
    """Some leads with these statuses, and the place of the next.

    Neither here nor below is it read consistently, at half the price: whoever is enrolled is read again, and whoever
    is not is looked at again next time.
    """
    return listing.page(
        core.store,
        Lead,
        listing.lanes("Lead", "listing", *({"status": status} for status in statuses)),
        limit=CHUNK,
        position=position,
        keep=lambda lead: lead.status in statuses,
        newest_first=False,
        load=lambda wanted: core.store.find_many([(Lead, one) for one in wanted], consistent=False),
    )


def _waiting(core: Core, sequence: RetentionSequence, leads: Sequence[Lead]) -> list[str]:
    """The leads that may be contacted, were not for as long as the trigger says, and may come into the sequence."""
    found: list[Any] = core.store.find_many(
        [
            wanted
            for lead in leads
            for wanted in (
                (Contact, contact_key(lead.id)),
                (SequenceEnrollment, key("SequenceEnrollment", lead_id=lead.id, sequence_id=sequence.id)),
                (Generation, key("Generation", lead_id=lead.id, sequence_id=sequence.id)),
            )
        ],
        consistent=False,
    )
    now = core.now()
    latest = now - timedelta(days=sequence.trigger_config.get("minDaysSinceLastContact") or 0)
    rows = zip(leads, found[::3], found[1::3], found[2::3], strict=True)
    return [
        lead.id
        for lead, contact, enrollment, generation in rows
        if _has_waited(lead, contact, latest)
        and (generation is None if enrollment is None else refusal(sequence, enrollment, now) is None)
    ]


def _has_waited(lead: Lead, contact: Contact | None, latest: datetime) -> bool:
    """Whether a lead may be contacted and was not since; one that never was has waited since it was created."""
    if contact is None or contact.erased or contact.stop_reason is not None:
        return False
    return (contact.last_contacted_at or lead.created_at) <= latest


def _next_time(core: Core, target: Mapping[str, str]) -> datetime | None:
    """When to begin anew; None when the sequence has its leads found by another job, or by none."""
    return None if _still_evaluated(core, target) is None else core.now() + EVERY


PLAN: Final = Plan((_all_leads,), _next_time)
