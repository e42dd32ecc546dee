"""What is derived when a record arrives: what holds on this stack only. Everything else is taken as it is."""

from collections.abc import Mapping
from typing import Any

from retention.core import Core
from retention.entity import Entity
from retention.imports.archive import secrets
from retention.imports.archive.records import Record
from retention.intake.model import InboundWebhook
from retention.intake.opening import opening
from retention.integrations.model import IntegrationConfig
from retention.integrations.publishing import publishing
from retention.integrations.service import marks_of
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.moving.former import FormerId, note_of
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.secrets import EndpointSecrets
from retention.suppressions.identity import suppression_id
from retention.table.keys import Key
from retention.table.writes import Create, Put, Write


class Arriving:
    """Makes the writes that take records in.

    Args:
        parents: what is there of their parents, by key.
    """

    def __init__(self, core: Core, import_id: str, parents: Mapping[Key, Entity]) -> None:
        self._core = core
        self._import_id = import_id
        self._parents = parents

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
            others.append(Create(publishing(self._core, entity.provider)))
        elif isinstance(entity, InboundWebhook):
            others.append(Create(opening(self._core, entity)))
        elif isinstance(entity, WebhookEndpoint):
            # Kept already when this is done again; the name is the same, and what is kept stays.
            endpoints = EndpointSecrets(self._core)
            endpoints.write(entity, endpoints.new())
        elif isinstance(entity, FormerId) and (note := note_of(entity)) is not None:
            others.append(Put(note))
        record.entity = entity
        return [Create(entity), *others]

    def _names(self, contact: Contact, owns: list[str]) -> dict[str, Any]:
        """Under which names the addresses of a lead would be suppressed here."""
        lead = self._parents.get(lead_key(contact.lead_id))
        if not isinstance(lead, Lead):
            return {}
        pairs = {"email_name": ("email", lead.email), "phone_name": ("phone", lead.phone)}
        return {
            field: suppression_id(self._core.keyring, address)
            for field, (word, address) in pairs.items()
            if address and word in owns
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
