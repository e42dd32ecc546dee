"""What happened to a lead, and what is to come: everything in its partition, in one order.

One query reads it all, and one batch read the conversions, which live elsewhere and outlive the lead.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from retention.attempts.model import ContactAttempt, DirectContact
from retention.campaigns.model import CampaignContact, CampaignLead
from retention.conversions.model import Conversion, ConversionOfLead
from retention.core import Core
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.fields import Channel, Instant, parse_instant
from retention.jsontext import format_instant
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.replies.model import Reply
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page

#: enrollment, execution, assignment, contact (of a campaign), attempt, direct (a contact by hand), conversion: the
#: thing itself, at its time. decision: about an execution or a contact, before its end. change: of an enrollment.
#: report: of a provider. reply: what the lead wrote. stop, unstop: of all contact with the lead.
EntryType = Literal[
    "assignment",
    "contact",
    "enrollment",
    "execution",
    "attempt",
    "conversion",
    "direct",
    "decision",
    "change",
    "report",
    "reply",
    "stop",
    "unstop",
]

#: What providers report later, as it stands in the result of what was sent: instants.
REPORTED: Final = (
    "deliveredAt",
    "undeliveredAt",
    "openedAt",
    "machineOpenedAt",
    "clickedAt",
    "machineClickedAt",
    "repliedAt",
    "answeredAt",
    "unansweredAt",
    "endedAt",
    "complainedAt",
)


class TimelineEntry(Entity):
    """One thing in the life of a lead. What does not apply to its type is null."""

    at: Instant = Field(description="When it happened, or is to happen")
    type: EntryType = Field(
        description="What it is: the thing itself at its time (contact: by a campaign; direct: by hand); a decision "
        "about an execution or a contact; a change of an enrollment; a report of a provider; a reply of the lead; a "
        "stop or unstop of all contact"
    )
    id: str = Field(description="Its id among its kind; of the lead for stop and unstop")
    status: str = Field(description="Where it stands; of a report, what it tells; of a reply, what it was taken for")
    reason: str | None = Field(default=None, description="Why: a reason code (docs/explain.md); of a stop, its reason")
    detail: dict[str, Any] | None = Field(
        default=None, description="What a decision went by; of a reply, its text; of a stop, what brought it"
    )
    channel: Channel | None = Field(default=None, description="The channel, where it has one")
    campaign_id: str | None = Field(default=None, description="The campaign, where it has one")
    sequence_id: str | None = Field(default=None, description="The sequence, where it has one")
    step_id: str | None = Field(default=None, description="The step that was executed")
    script_id: str | None = Field(default=None, description="The script that was used")
    contact_attempt_id: str | None = Field(default=None, description="The contact that was made, or that brought it")


def timeline(core: Core, lead_id: str, *, limit: int, position: str | None) -> Page[TimelineEntry]:
    """A page of a lead's timeline, the latest (which may be still to come) first.

    Raises:
        NotFoundError: there is no such lead.
    """
    # Transcripts of calls are long, and stand behind all else.
    rows = list(core.store.query(lead_key(lead_id).pk, below=keys.prefix("Transcript")))
    leads = listing.from_rows(Lead, rows)
    if not leads or leads[0].deleting:
        raise NotFoundError(f"There is no lead {lead_id}.")
    return listing.whole(
        list(_entries(core, rows)),
        limit=limit,
        position=position,
        order=lambda entry: listing.place(entry.at, entry.type, entry.id, entry.status, entry.reason or ""),
        keep=lambda _: True,
    )


def assignments(core: Core, lead_id: str, *, limit: int, position: str | None) -> Page[CampaignLead]:
    """The assignments of a lead to campaigns, newest first."""
    starts_with = keys.prefix("CampaignLead")
    found = core.store.query_entities(CampaignLead, lead_key(lead_id).pk, starts_with=starts_with)
    return listing.whole(
        list(found),
        limit=limit,
        position=position,
        order=lambda assignment: listing.place(assignment.assigned_at, assignment.id),
        keep=lambda _: True,
    )


def _entries(core: Core, rows: Sequence[dict[str, Any]]) -> Iterator[TimelineEntry]:
    enrolled: dict[str, datetime] = {}
    assigned: dict[str, datetime] = {}
    for enrollment in _alive(listing.from_rows(SequenceEnrollment, rows)):
        enrolled[enrollment.id] = enrollment.enrolled_at
        yield _entry("enrollment", enrollment, enrollment.enrolled_at)
        yield from _changes(enrollment)
    for execution in listing.from_rows(SequenceStepExecution, rows):
        # One without an enrollment is going away.
        if execution.enrollment_id in enrolled:
            yield from _obligation("execution", execution, enrolled[execution.enrollment_id])
    for assignment in _alive(listing.from_rows(CampaignLead, rows)):
        assigned[assignment.campaign_id] = assignment.assigned_at
        yield _entry("assignment", assignment, assignment.assigned_at)
    for contact in listing.from_rows(CampaignContact, rows):
        yield from _obligation("contact", contact, assigned.get(contact.campaign_id))
    attempts = _alive(listing.from_rows(ContactAttempt, rows))
    begun = {attempt.id: attempt.started_at for attempt in attempts}
    for attempt in attempts:
        yield _entry("attempt", attempt, attempt.started_at)
    for direct in listing.from_rows(DirectContact, rows):
        yield from _obligation("direct", direct, begun.get(direct.id))
    for reply in listing.from_rows(Reply, rows):
        said = {"text": reply.text, **({"media": reply.media} if reply.media else {})}
        yield _entry("reply", reply, reply.received_at, status=reply.meaning, detail=said)
    for item in listing.from_rows(Contact, rows):
        yield from _stops(item)
    pointers = listing.from_rows(ConversionOfLead, rows)
    wanted = [(Conversion, key("Conversion", id=pointer.conversion_id)) for pointer in pointers]
    for conversion in core.store.find_many(wanted):
        if conversion is not None:
            yield _entry("conversion", conversion, conversion.created_at)


def _obligation(kind: EntryType, work: Obligation, otherwise: datetime | None) -> Iterator[TimelineEntry]:
    """Something that is owed: itself with the decision that ended it, the decisions before, and what was reported.

    Args:
        otherwise: its time, where it has none of its own: since when it waits.
    """
    history = work.history or []
    ended = None if work.executed_at is None else format_instant(work.executed_at)
    last = next((entry for entry in reversed(history) if entry["at"] == ended), None)
    at = work.executed_at or work.scheduled_at or work.held_since or otherwise
    if at is not None:
        yield _entry(kind, work, at, **({} if last is None else _decided(last)))
    for entry in history:
        if entry is not last:
            yield _entry("decision", work, datetime.fromisoformat(entry["at"]), **_decided(entry))
    for name in REPORTED:
        with suppress(PydanticCustomError):
            told = _entry("report", work, parse_instant(work.result.get(name)))
            yield told.model_copy(update={"status": name.removesuffix("At")})


def _changes(enrollment: SequenceEnrollment) -> Iterator[TimelineEntry]:
    """What people and rules did to an enrollment, and its end."""
    history = enrollment.history or []
    for entry in history:
        yield _entry("change", enrollment, datetime.fromisoformat(entry["at"]), **_decided(entry))
    ended = enrollment.completed_at
    if ended is not None and format_instant(ended) not in [entry["at"] for entry in history]:
        reason = Reason.NO_STEP_LEFT if enrollment.status == "COMPLETED" else None
        yield _entry("change", enrollment, ended, reason=reason)


def _stops(contact: Contact) -> Iterator[TimelineEntry]:
    """Whether the lead is to be left alone, and when contact was allowed again last."""
    if contact.stopped_at is not None:
        yield TimelineEntry(
            at=contact.stopped_at,
            type="stop",
            id=contact.lead_id,
            status="STOPPED",
            reason=contact.stop_reason,
            detail=None if contact.stop_source is None else {"source": contact.stop_source},
        )
    if contact.resumed_at is not None:
        because = {"because": contact.resumed_because}
        yield TimelineEntry(at=contact.resumed_at, type="unstop", id=contact.lead_id, status="ALLOWED", detail=because)


def _decided(entry: dict[str, Any]) -> dict[str, Any]:
    """The reason of a decision, and what it went by."""
    detail = {name: value for name, value in entry.items() if name not in ("at", "code")}
    return {"reason": entry["code"], "detail": detail or None}


def _alive(entities: Sequence[Any]) -> list[Any]:
    return [entity for entity in entities if not entity.deleting]


#: What an entry shows of the thing it stands for, where that has it.
_SUMMARY = ("id", "status", "channel", "campaign_id", "sequence_id", "step_id", "script_id", "contact_attempt_id")


def _entry(kind: EntryType, entity: Entity, at: datetime, **more: Any) -> TimelineEntry:
    known: dict[str, Any] = {name: getattr(entity, name, None) for name in _SUMMARY}
    return TimelineEntry.model_construct(at=at, type=kind, **{**known, **more})
