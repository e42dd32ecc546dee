"""What happened to a lead, and what is to come: everything in its partition, in one order.

One query reads it all, and one batch read the conversions, which live elsewhere and outlive the lead.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from retention.attempts.model import ContactAttempt
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion, ConversionOfLead
from retention.core import Core
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.fields import Channel, Instant
from retention.leads.contact import lead_key
from retention.leads.model import Lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page

EntryType = Literal["assignment", "enrollment", "execution", "attempt", "conversion"]


class TimelineEntry(Entity):
    """One thing in the life of a lead. What does not apply to its type is null."""

    at: Instant = Field(description="When it happened, or is to happen")
    type: EntryType = Field(description="What it is")
    id: str = Field(description="Its id among its kind")
    status: str = Field(description="Where it stands")
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
    rows = list(core.store.query(lead_key(lead_id).pk))
    leads = listing.from_rows(Lead, rows)
    if not leads or leads[0].deleting:
        raise NotFoundError(f"There is no lead {lead_id}.")
    return listing.whole(
        list(_entries(core, rows)),
        limit=limit,
        position=position,
        order=lambda entry: listing.place(entry.at, entry.type, entry.id),
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
    for enrollment in _alive(listing.from_rows(SequenceEnrollment, rows)):
        enrolled[enrollment.id] = enrollment.enrolled_at
        yield _entry("enrollment", enrollment, enrollment.enrolled_at)
    for execution in listing.from_rows(SequenceStepExecution, rows):
        # One without a time of its own waits since the lead was enrolled; one without an enrollment is going away.
        if execution.enrollment_id in enrolled:
            at = execution.executed_at or execution.scheduled_at or enrolled[execution.enrollment_id]
            yield _entry("execution", execution, at)
    for assignment in _alive(listing.from_rows(CampaignLead, rows)):
        yield _entry("assignment", assignment, assignment.assigned_at)
    for attempt in _alive(listing.from_rows(ContactAttempt, rows)):
        yield _entry("attempt", attempt, attempt.started_at)
    pointers = listing.from_rows(ConversionOfLead, rows)
    wanted = [(Conversion, key("Conversion", id=pointer.conversion_id)) for pointer in pointers]
    for conversion in core.store.find_many(wanted):
        if conversion is not None:
            yield _entry("conversion", conversion, conversion.created_at)


def _alive(entities: Sequence[Any]) -> list[Any]:
    return [entity for entity in entities if not entity.deleting]


#: What an entry shows of the thing it stands for, where that has it.
_SUMMARY = ("id", "status", "channel", "campaign_id", "sequence_id", "step_id", "script_id", "contact_attempt_id")


def _entry(kind: EntryType, entity: Entity, at: datetime) -> TimelineEntry:
    known: dict[str, Any] = {name: getattr(entity, name, None) for name in _SUMMARY}
    return TimelineEntry.model_construct(at=at, type=kind, **known)
