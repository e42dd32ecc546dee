"""Valid entities in one line, and a fast way to put many of them into a table."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any, TypeVar, cast

import boto3

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.campaigns.model import Campaign, CampaignLead
from retention.conversions.model import Conversion, ConversionOfLead, ConversionOfSource
from retention.entity import Entity
from retention.experiments.model import ABTest, Exposure
from retention.experiments.variants import Part
from retention.leads.model import Contact, Lead
from retention.scripts.model import Script
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.stats.counting import counts_of
from retention.table.items import raw_of
from retention.table.writes import Create
from tests.start import START

E = TypeVar("E", bound=Entity)
_numbers = count(1)


def _dated(at: datetime = START) -> dict[str, Any]:
    return {"created_at": at, "updated_at": at}


def _id(prefix: str) -> str:
    return f"{prefix}{next(_numbers):08d}"


def _make(entity: type[E], **fields: Any) -> E:
    return cast(E, entity.model_construct(**{"revision": _id("r"), **fields}))


def a_lead(**fields: Any) -> Lead:
    return _make(Lead, **{"id": _id("lead"), "first_name": "Ada", "last_name": "Lovelace", **_dated(), **fields})


def a_contact(lead: Lead, **fields: Any) -> Contact:
    return _make(Contact, lead_id=lead.id, **fields)


def a_campaign(**fields: Any) -> Campaign:
    return _make(Campaign, **{"id": _id("campaign"), "name": "Spring", **_dated(), **fields})


def a_script(**fields: Any) -> Script:
    return _make(Script, **{"id": _id("script"), "name": "Hello", "type": "SMS", "content": "Hi", **_dated(), **fields})


def a_sequence(**fields: Any) -> RetentionSequence:
    return _make(RetentionSequence, **{"id": _id("sequence"), "name": "Win back", **_dated(), **fields})


def a_step(sequence: RetentionSequence, **fields: Any) -> SequenceStep:
    own = {"id": _id("step"), "sequence_id": sequence.id, "step_order": 0, "channel": "SMS"}
    return _make(SequenceStep, **{**own, **_dated(), **fields})


def an_assignment(lead: Lead, campaign: Campaign, **fields: Any) -> CampaignLead:
    own = {"id": ids.join(lead.id, campaign.id), "lead_id": lead.id, "campaign_id": campaign.id}
    return _make(CampaignLead, **{**own, "assigned_at": START, **fields})


def a_test(campaign: Campaign, **fields: Any) -> ABTest:
    local = _id("test")
    own = {"id": ids.join(campaign.id, local), "local_id": local, "campaign_id": campaign.id, "channel": "SMS"}
    return _make(ABTest, **{**own, "variant_a": "a", "variant_b": "b", "started_at": START, **fields})


def an_exposure(attempt: ContactAttempt, **fields: Any) -> Exposure:
    """What a test has had of the lead of an attempt that was sent for it."""
    part = Part.read(attempt.experiment)
    assert part is not None
    own = {"lead_id": attempt.lead_id, "test_id": part.test_id, "variant": part.variant, "since": START}
    return _make(Exposure, **{**own, "impressions": 1, **fields})


def an_enrollment(lead: Lead, sequence: RetentionSequence, **fields: Any) -> SequenceEnrollment:
    own = {"id": ids.join(lead.id, sequence.id), "lead_id": lead.id, "sequence_id": sequence.id}
    return _make(SequenceEnrollment, **{**own, "enrolled_at": START, **fields})


def an_execution(enrollment: SequenceEnrollment, step: SequenceStep, **fields: Any) -> SequenceStepExecution:
    own = {
        "id": ids.join(enrollment.lead_id, enrollment.sequence_id, enrollment.generation, step.id),
        "enrollment_id": enrollment.id,
        "step_id": step.id,
        "lead_id": enrollment.lead_id,
        "sequence_id": enrollment.sequence_id,
        "generation": enrollment.generation,
    }
    return _make(SequenceStepExecution, **{**own, **fields})


def an_attempt(lead: Lead, **fields: Any) -> ContactAttempt:
    own = {"id": ids.join(lead.id, _id("attempt")), "lead_id": lead.id, "channel": "SMS", "started_at": START}
    return _make(ContactAttempt, **{**own, **fields})


def a_conversion(**fields: Any) -> list[Entity]:
    """A conversion with its pointers."""
    made = _make(Conversion, **{"id": _id("conversion"), "created_at": START, "source": "direct", **fields})
    pointers: list[Entity] = [ConversionOfSource(source=made.source, conversion_id=made.id, created_at=made.created_at)]
    if made.lead_id:
        pointers.append(ConversionOfLead(lead_id=made.lead_id, conversion_id=made.id, created_at=made.created_at))
    return [made, *pointers]


def load(app: Application, entities: Iterable[Entity]) -> None:
    """Put entities into the table as they are, 25 a request, with the figures that they count for."""
    entities = list(entities)
    client = boto3.client("dynamodb")
    table = app.core.settings.table_name
    requests = [{"PutRequest": {"Item": raw_of(entity)}} for entity in entities]
    chunks = [requests[at : at + 25] for at in range(0, len(requests), 25)]

    def send(chunk: list[Any]) -> None:
        client.batch_write_item(RequestItems={table: chunk})

    app.core.store.parallel(send, chunks)
    app.core.store.parallel(app.core.store.write, counts_of([Create(entity) for entity in entities]))
