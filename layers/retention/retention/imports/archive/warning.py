"""What has to be done by hand after an archive is taken in: secrets never travel, and some things are in the way."""

from collections.abc import Iterator

from retention import jsontext
from retention.core import Core
from retention.errors import MalformedInputError
from retention.imports.archive.naming import holds_suppressions, key_in
from retention.intake.model import InboundWebhook
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import PROVIDERS
from retention.moving.archive import ArchiveReader
from retention.outbound.endpoint import WebhookEndpoint
from retention.suppressions.adopting import is_empty


def warnings_of(core: Core, reader: ArchiveReader) -> list[str]:
    """What people have to know before they take an archive in."""
    return [*_of_secrets(reader), *_of_suppressions(core, reader)]


def _of_secrets(reader: ArchiveReader) -> Iterator[str]:
    for provider in _said(reader, IntegrationConfig.__name__, "provider"):
        if provider in PROVIDERS:
            names = ", ".join(sorted(PROVIDERS[provider].secrets()))
            yield (
                f"{provider}: an archive holds no secrets. Give them with the start (`secrets`), or by PATCH "
                f"/v1/integrations/{provider} afterwards; until then it is not used: {names}."
            )
    for name in _said(reader, WebhookEndpoint.__name__, "name"):
        yield (
            f"Webhook endpoint {name}: messages are signed with a new secret. Rotate it to see it, and tell the "
            "receiver."
        )
    for slug in _said(reader, InboundWebhook.__name__, "slug"):
        yield (
            f"Inbound webhook {slug}: it has a new address and a new secret. Rotate it to see it, and tell the sender."
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


def _said(reader: ArchiveReader, kind: str, name: str) -> Iterator[str]:
    """A text that the records of a kind say; there are few."""
    for line in reader.lines(kind):
        try:
            record = jsontext.loads_strict(line)
        except MalformedInputError:
            continue
        if isinstance(record, dict) and isinstance(record.get(name), str):
            yield record[name][:200]
