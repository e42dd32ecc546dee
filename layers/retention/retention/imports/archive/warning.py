"""What has to be done by hand after an archive is taken in: secrets never travel, and some things are in the way."""

from collections.abc import Iterator

from retention import jsontext
from retention.core import Core
from retention.entity import Entity
from retention.errors import MalformedInputError
from retention.imports.archive.naming import holds_suppressions, key_in
from retention.intake.model import InboundWebhook
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import PROVIDERS
from retention.moving.archive import ArchiveReader
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.switching import endpoint_key
from retention.suppressions.adopting import is_empty
from retention.table.keys import key


def warnings_of(core: Core, reader: ArchiveReader) -> list[str]:
    """What people have to know before they take an archive in."""
    return [*_of_secrets(core, reader), *_of_suppressions(core, reader)]


def _of_secrets(core: Core, reader: ArchiveReader) -> Iterator[str]:
    """Of what comes without its secrets. What is here already keeps what it has."""
    find = core.store.find
    for provider, _ in _said(reader, IntegrationConfig, "provider"):
        if provider not in PROVIDERS:
            continue
        here = find(IntegrationConfig, key(IntegrationConfig.__name__, provider=provider))
        with_start = "with the start (`secrets`), or " if here is None else ""
        if here is None or not here.secrets:
            names = ", ".join(sorted(PROVIDERS[provider].secrets()))
            yield (
                f"{provider}: an archive holds no secrets. Give them {with_start}by PATCH "
                f"/v1/integrations/{provider} afterwards; until then it is not used: {names}."
            )
    for name, identifier in _said(reader, WebhookEndpoint, "name"):
        if find(WebhookEndpoint, endpoint_key(identifier)) is None:
            yield (
                f"Webhook endpoint {name}: messages are signed with a new secret. Rotate it to see it, and tell the "
                "receiver."
            )
    for slug, identifier in _said(reader, InboundWebhook, "slug"):
        if find(InboundWebhook, key(InboundWebhook.__name__, id=identifier)) is None:
            yield (
                f"Inbound webhook {slug}: it has a new address and a new secret. Rotate it to see it, and tell the "
                "sender."
            )


def _of_suppressions(core: Core, reader: ArchiveReader) -> Iterator[str]:
    if not holds_suppressions(reader):
        return
    theirs = key_in(reader)
    if theirs is None:
        yield "The archive has suppressions, but not the key that they are named under: none of them can be taken in."
    elif theirs != core.keyring.key("suppression") and not is_empty(core):
        yield (
            "This stack has leads or suppressions already, so it keeps its own suppression key. Suppressions of the "
            "archive are taken in where one of its leads has the address; those of erased people are refused."
        )


def _said(reader: ArchiveReader, kind: type[Entity], name: str) -> Iterator[tuple[str, str]]:
    """A text that the records of a kind say, with the id of each; there are few."""
    for line in reader.lines(kind.__name__):
        try:
            record = jsontext.loads_strict(line)
        except MalformedInputError:
            continue
        if isinstance(record, dict) and isinstance(record.get(name), str):
            yield record[name][:200], str(record.get("id"))[:200]
