"""Is the whole table sound? Reads every item and every index row, and names whatever does not fit."""

from collections.abc import Iterator
from typing import Any

import boto3

from retention.access.model import ApiKey, BootstrapRetirement
from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.budgets.model import Charge, Spending
from retention.campaigns.model import AutoAssigned, Campaign, CampaignContact, CampaignLead, FormerAssignment
from retention.conversions.model import (
    Conversion,
    ConversionOfClickId,
    ConversionOfLead,
    ConversionOfSource,
    ConversionOfSubId,
    ConversionRule,
    ConversionRuleClaim,
    UnmatchedConversion,
)
from retention.engine.slots import ProviderSlots
from retention.entity import Entity
from retention.experiments.model import ABTest, Exposure, RunningABTest
from retention.exports.model import Export
from retention.holding.model import SendingHold
from retention.idempotency import IdempotencyRecord
from retention.imports.model import Import
from retention.inbound.claim import ReceivedEvent
from retention.intake.model import InboundWebhook, InboundWebhookSlug, IntakeActivity
from retention.intake.resting import ProviderRest
from retention.integrations.model import IntegrationConfig
from retention.jobs.model import Job
from retention.leads import addresses
from retention.leads.model import Contact, EmailClaim, ExternalReference, Lead, PhoneClaim
from retention.moving.former import FormerId, FormerIdOfLead
from retention.outbound.endpoint import EndpointHealth, WebhookEndpoint
from retention.outbound.model import Delivery, EndpointRegistry
from retention.replies.model import Reply
from retention.reports.transcripts import Transcript
from retention.scripts.model import Script, ScriptBody
from retention.sequences.model import (
    Arrival,
    Generation,
    RetentionSequence,
    SequenceEnrollment,
    SequenceStep,
    SequenceStepExecution,
)
from retention.stats.model import FigureRepair, RecountPiece, RecountSheet, Tally
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.table import keys
from retention.table.items import from_raw
from retention.table.keys import Key
from retention.table.layout import INDEXES
from tests.figures import untrue

_KINDS: dict[str, type[Entity]] = {
    kind.__name__: kind
    for kind in (
        Lead, Contact, EmailClaim, PhoneClaim, ExternalReference, CampaignLead, CampaignContact,
        FormerAssignment, AutoAssigned, SequenceEnrollment,
        SequenceStepExecution, Generation, Arrival, ContactAttempt, Conversion, ConversionOfLead, ConversionOfSubId,
        Exposure, ConversionOfClickId, ConversionOfSource, UnmatchedConversion, Campaign, ABTest, RunningABTest,
        RetentionSequence, SequenceStep, Script, ScriptBody, IntegrationConfig, LiftedSuppression, DirectContact,
        ConversionRule, ConversionRuleClaim, WebhookEndpoint, Delivery, Suppression, Job, IdempotencyRecord, Transcript,
        Reply, InboundWebhook, InboundWebhookSlug, IntakeActivity, Charge, FormerId, FormerIdOfLead, Import, Export,
        SendingHold, ApiKey, BootstrapRetirement, EndpointRegistry, EndpointHealth, ReceivedEvent, ProviderRest,
        ProviderSlots, Spending, FigureRepair, RecountSheet, RecountPiece, Tally,
    )
}  # fmt: skip

#: The seventeen references of the data model, and our own: entity, field, parent.
_REFERENCES: list[tuple[type[Entity], str, type[Entity]]] = [
    (Contact, "lead_id", Lead),
    (EmailClaim, "lead_id", Lead),
    (PhoneClaim, "lead_id", Lead),
    (ExternalReference, "lead_id", Lead),
    (ConversionOfLead, "lead_id", Lead),
    (ConversionOfLead, "conversion_id", Conversion),
    (ConversionOfSubId, "conversion_id", Conversion),
    (ConversionOfClickId, "conversion_id", Conversion),
    (ConversionOfSource, "conversion_id", Conversion),
    (UnmatchedConversion, "conversion_id", Conversion),
    (Generation, "lead_id", Lead),
    (Arrival, "lead_id", Lead),
    (DirectContact, "lead_id", Lead),
    (Reply, "lead_id", Lead),
    (DirectContact, "contact_attempt_id", ContactAttempt),
    (Transcript, "contact_attempt_id", ContactAttempt),
    (CampaignLead, "campaign_id", Campaign),
    (CampaignLead, "lead_id", Lead),
    (CampaignContact, "campaign_id", Campaign),
    (CampaignContact, "lead_id", Lead),
    (CampaignContact, "contact_attempt_id", ContactAttempt),
    (FormerAssignment, "lead_id", Lead),
    (AutoAssigned, "campaign_id", Campaign),
    (Script, "campaign_id", Campaign),
    (ContactAttempt, "lead_id", Lead),
    (ContactAttempt, "campaign_id", Campaign),
    (ContactAttempt, "script_id", Script),
    (SequenceStep, "sequence_id", RetentionSequence),
    (SequenceStep, "script_id", Script),
    (SequenceEnrollment, "sequence_id", RetentionSequence),
    (SequenceEnrollment, "lead_id", Lead),
    (SequenceStepExecution, "enrollment_id", SequenceEnrollment),
    (SequenceStepExecution, "step_id", SequenceStep),
    (SequenceStepExecution, "contact_attempt_id", ContactAttempt),
    (ABTest, "campaign_id", Campaign),
    (Charge, "lead_id", Lead),
    (Exposure, "lead_id", Lead),
    (Exposure, "test_id", ABTest),
    (Conversion, "lead_id", Lead),
    (Conversion, "campaign_id", Campaign),
    (Conversion, "contact_attempt_id", ContactAttempt),
    (ScriptBody, "script_id", Script),
    (InboundWebhookSlug, "webhook_id", InboundWebhook),
]


def scan(app: Application, index: str | None = None) -> Iterator[dict[str, Any]]:
    """Every raw item of the table or of an index."""
    more: Any = {"IndexName": index} if index else {}
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=app.core.settings.table_name, **more)
    for page in pages:
        yield from page["Items"]


def everything(app: Application) -> list[Entity]:
    """Every item, as an entity."""
    return [from_raw(_KINDS[raw["kind"]["S"]], raw) for raw in scan(app)]


def count(app: Application, kind: type[Entity]) -> int:
    """How many items of a kind there are."""
    return sum(raw["kind"]["S"] == kind.__name__ for raw in scan(app))


def problems(app: Application, items: list[Entity] | None = None) -> list[str]:
    """Everything that is wrong; an empty list is a sound table. `items` are all there are, if read already."""
    items = everything(app) if items is None else items
    sound = [*_references(items), *_claims(items), *_names(app, items), *_pointers(items), *_indexes(app, items)]
    return [*sound, *untrue(list(scan(app)))]


def _references(items: list[Entity]) -> Iterator[str]:
    alive = {(type(item), getattr(item, "id", None)) for item in items}
    of_kind: dict[type[Entity], list[tuple[str, type[Entity]]]] = {}
    for kind, field, parent in _REFERENCES:
        of_kind.setdefault(kind, []).append((field, parent))
    for item in items:
        for field, parent in of_kind.get(type(item), []):
            value = getattr(item, field)
            if value is not None and (parent, value) not in alive:
                yield f"{type(item).__name__} {keys.key_of(item)}: {field} names no {parent.__name__}: {value}"


def _claims(items: list[Entity]) -> Iterator[str]:
    leads = {item.id: item for item in items if isinstance(item, Lead)}
    held = {("email", item.address): item.lead_id for item in items if isinstance(item, EmailClaim)}
    held |= {("phone", item.address): item.lead_id for item in items if isinstance(item, PhoneClaim)}
    wanted = {}
    for lead in leads.values():
        if lead.email and not lead.deleting:
            wanted["email", addresses.email_identity(lead.email)] = lead.id
        if lead.phone and not lead.deleting:
            wanted["phone", lead.phone] = lead.id
    for claim in held.keys() | wanted.keys():
        if held.get(claim) != wanted.get(claim):
            yield f"claim {claim} is held by {held.get(claim)}, the address belongs to {wanted.get(claim)}"


def _names(app: Application, items: list[Entity]) -> Iterator[str]:
    """A contact item names the suppressions of exactly the addresses that its lead owns: the gate goes by them."""
    leads = {item.id: item for item in items if isinstance(item, Lead) and not item.deleting}
    phones = {(item.address, item.lead_id) for item in items if isinstance(item, PhoneClaim)}
    emails = {(item.address, item.lead_id) for item in items if isinstance(item, EmailClaim)}
    for contact in items:
        if not isinstance(contact, Contact) or contact.lead_id not in leads:
            continue
        lead = leads[contact.lead_id]
        owned = {
            "phone_name": lead.phone if (lead.phone, lead.id) in phones else None,
            "email_name": lead.email if (addresses.email_identity(lead.email or ""), lead.id) in emails else None,
        }
        for name, address in owned.items():
            wanted = suppression_id(app.core.keyring, address) if address else None
            if getattr(contact, name) != wanted:
                yield f"contact of {lead.id}: {name} is {getattr(contact, name)}, its own address says {wanted}"


def _pointers(items: list[Entity]) -> Iterator[str]:
    of_lead = {(item.conversion_id, item.lead_id) for item in items if isinstance(item, ConversionOfLead)}
    wanted = {(item.id, item.lead_id) for item in items if isinstance(item, Conversion) and item.lead_id}
    for pointer in of_lead ^ wanted:
        yield f"conversion and lead do not name each other: {pointer}"
    of_somebody = {item.id for item in items if isinstance(item, Conversion) and item.lead_id}
    for item in items:
        if isinstance(item, UnmatchedConversion) and item.conversion_id in of_somebody:
            yield f"conversion {item.conversion_id} has a lead and waits for one: {item.external_id}"


def _indexes(app: Application, items: list[Entity]) -> Iterator[str]:
    for index, (pk_name, sk_name, _) in INDEXES.items():
        there = {
            Key(raw["pk"]["S"], raw["sk"]["S"]): Key(raw[pk_name]["S"], raw[sk_name]["S"]) for raw in scan(app, index)
        }
        known = {keys.key_of(item) for item in items}
        wanted = {
            keys.key_of(item): place for item in items if (place := keys.index_keys_of(item).get(index)) is not None
        }
        for key in (there.keys() & known) | wanted.keys():
            if there.get(key) != wanted.get(key):
                yield f"index {index} has {there.get(key)} for {key}, the item says {wanted.get(key)}"
