"""What is derived when a record arrives: what holds on this stack only. Everything else is taken as it is.

And what must still be there at that moment: parents were looked for a moment or an hour before (judging), and may have
been deleted since. Where a delete goes over the children once more when nobody can be under way who has not seen it,
that is enough; others are required in the transaction itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from retention.attempts.model import ContactAttempt
from retention.campaigns.model import CampaignLead
from retention.conversions.model import ConversionRule, ConversionRuleClaim
from retention.core import Core
from retention.entity import Entity
from retention.imports.archive import secrets
from retention.imports.archive.order import OWED
from retention.imports.archive.records import Record
from retention.intake.model import InboundWebhook, InboundWebhookSlug
from retention.intake.opening import opening
from retention.integrations.model import IntegrationConfig
from retention.integrations.publishing import publishing
from retention.integrations.service import marks_of
from retention.jobs.model import Job
from retention.jobs.starting import queued
from retention.leads import addresses
from retention.leads.contact import lead_key, require_lead
from retention.leads.model import Contact, EmailClaim, Lead, PhoneClaim
from retention.moving.former import FormerId, note_of
from retention.moving.parents import parents_of
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.secrets import EndpointSecrets
from retention.reports.transcripts import Transcript
from retention.sequences.model import SequenceEnrollment
from retention.suppressions.identity import suppression_id
from retention.table.keys import Key, key
from retention.table.writes import Create, Put, Require, Write

#: Kinds whose parents can be deleted by then, and for which no delete looks again.
_REQUIRING: Final = frozenset({*OWED, Transcript.__name__, ConversionRuleClaim.__name__, InboundWebhookSlug.__name__})
#: Parents that are required. A lead is by its contact item, from when that is there on (order).
_REQUIRED: Final = (CampaignLead, SequenceEnrollment, ContactAttempt, ConversionRule, InboundWebhook)


class Arriving:
    """Makes the writes that take records in.

    Args:
        records: those that are taken in.
        parents: what is there of their parents, by key.
    """

    def __init__(self, core: Core, import_id: str, records: Sequence[Record], parents: Mapping[Key, Entity]) -> None:
        self._core = core
        self._import_id = import_id
        self._parents = parents
        contacts = [one.entity for one in records if isinstance(one.entity, Contact)]
        claims = [claim for one in contacts for _, _, claim in self._addresses(one)]
        found = core.store.find_many(claims)
        self._owners = {place: one.lead_id for (_, place), one in zip(claims, found, strict=True) if one is not None}

    def writes_of(self, record: Record) -> list[Write]:
        """The writes of a record, its item first; `record.entity` is then what is written.

        Raises:
            SecretStoreError: a secret of the item could not be kept, or read.
        """
        entity = record.entity
        assert entity is not None
        others: list[Write] = []
        if isinstance(entity, Contact):
            entity = entity.model_copy(update=self._names(entity, record.owns))
        elif isinstance(entity, IntegrationConfig):
            entity = self._with_secrets(entity)
            # Without secrets there is nothing that the door could tell its callers by.
            if entity.secrets:
                others.append(Create(self._waiting(publishing(self._core, entity.provider))))
        elif isinstance(entity, InboundWebhook):
            others.append(Create(self._waiting(opening(self._core, entity))))
        elif isinstance(entity, WebhookEndpoint):
            # Kept already when this is done again; the name is the same, and what is kept stays.
            endpoints = EndpointSecrets(self._core)
            endpoints.write(entity, endpoints.new())
        elif isinstance(entity, FormerId) and (note := note_of(entity)) is not None:
            others.append(Put(note))
        record.entity = entity
        return [Create(entity), *others, *_required(entity)]

    def _waiting(self, job: Job) -> Job:
        """A job as one that nobody works on yet."""
        return queued(self._core, job.task, job.target)

    def _addresses(self, contact: Contact) -> Iterator[tuple[str, str, tuple[type[Entity], Key]]]:
        """The addresses of a contact item's lead, each with its field here and where the claim on it lives."""
        lead = self._parents.get(lead_key(contact.lead_id))
        if isinstance(lead, Lead) and lead.email:
            place = key(EmailClaim.__name__, address=addresses.email_identity(lead.email))
            yield "email", lead.email, (EmailClaim, place)
        if isinstance(lead, Lead) and lead.phone:
            yield "phone", lead.phone, (PhoneClaim, key(PhoneClaim.__name__, address=lead.phone))

    def _names(self, contact: Contact, owns: list[str]) -> dict[str, Any]:
        """Under which names the addresses of a lead would be suppressed here.

        An address that is another lead's here is not its own, whatever the archive says: nobody is contacted twice.
        """
        return {
            f"{word}_name": suppression_id(self._core.keyring, address)
            for word, address, (_, claim) in self._addresses(contact)
            if word in owns and self._owners.get(claim) == contact.lead_id
        }

    def _with_secrets(self, config: IntegrationConfig) -> IntegrationConfig:
        """An integration that names the secrets which came with the import; none, where none came."""
        core = self._core
        return config.model_copy(
            update={
                "secret_version": secrets.version_of(self._import_id, config.provider),
                "key_era": core.ids.revision(),
                "secrets": marks_of(secrets.kept(core, self._import_id, config.provider), core.now()),
                "revision": core.ids.revision(),
            }
        )


def _required(entity: Entity) -> Iterator[Write]:
    """What must still be there when an item is taken in."""
    name = type(entity).__name__
    if name not in _REQUIRING:
        return
    for kind, place in parents_of(entity):
        if kind in _REQUIRED:
            yield Require(kind, place)
        elif kind is Lead and name in OWED:
            yield require_lead(getattr(entity, "lead_id", ""))
