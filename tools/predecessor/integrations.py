"""Integrations. Their secrets go beside the archive, never into it, nor into any report."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention import validation
from retention.entity import Entity
from retention.errors import InvalidInputError
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import PROVIDERS, Kind
from tools.predecessor import cells, words
from tools.predecessor.cells import UnreadableCellError
from tools.predecessor.desk import Desk
from tools.predecessor.row import RefusedRowError, Row

#: Members of settings that name the predecessor's own address: the providers are to report to this stack.
_ADDRESSES: Final = frozenset({"webhookUrl", "webhookURL", "callbackUrl", "statusCallback", "serverUrl"})
#: What the predecessor, or people, call a setting, by its name here.
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "privateKey": "apiKey",
    "token": "authToken",
    "sid": "accountSid",
    "from": "fromNumber",
    "phoneNumber": "fromNumber",
    "from_email": "fromEmail",
    "fromAddress": "fromEmail",
    "webhookPublicKey": "webhookPublicKey",
    "verificationKey": "webhookPublicKey",
    "messagingServiceSID": "messagingServiceSid",
}

#: Secrets by provider and name, as the start of an import takes them.
Secrets = dict[str, dict[str, str]]


def integrations(desk: Desk) -> Secrets:
    """Every integration, one for each provider. Gives their secrets."""
    secrets: Secrets = {}

    def one(row: Row) -> Iterator[Entity]:
        desk.identities.claim(row)
        provider = row.word("provider", words.PROVIDER)
        kind = PROVIDERS[provider]
        if provider in secrets:
            raise RefusedRowError("duplicate", f"An earlier row is about {provider}, and is kept.")
        if (said := cells.text(row["type"]).value) != kind.purpose:
            row.normalised("type", "word", "The type follows from the provider.", said, kind.purpose)
        config, own = _settings(row, kind)
        yield IntegrationConfig.model_construct(
            id=provider,
            provider=provider,
            type=kind.purpose,
            config=config,
            is_active=row.flag("isActive", True),
            created_at=row.dated("createdAt", "updatedAt"),
            updated_at=row.dated("updatedAt", "createdAt"),
        )
        secrets[provider] = own

    desk.each("IntegrationConfig", one)
    return {provider: own for provider, own in secrets.items() if own}


def _settings(row: Row, kind: Kind) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings and secrets. What is listed of them is their names: any of the values may be a credential."""
    try:
        given = cells.data(row["config"]).value
    except UnreadableCellError as error:
        row.left_out("config", error.code, "The settings cannot be read: set the integration up again.")
        return {}, {}
    if given is not None and not isinstance(given, dict):
        row.left_out("config", "not_an_object", "The settings are no object: set the integration up again.")
        return {}, {}
    public = {info.alias or name for name, info in kind.contract.model_fields.items()} - kind.secrets()
    config: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for said, value in (given or {}).items():
        name = _OTHER_NAMES.get(said, said) if said not in public | kind.secrets() else said
        if value is None or value == "":
            continue
        if name in _ADDRESSES:
            row.left_out(
                "config", "own_address", f"{said[:60]} is where the provider reported to: it reports here now."
            )
        elif name in kind.secrets():
            _take_secret(row, secrets, kind, name, value)
        elif name not in public or _looks_secret(name):
            row.left_out("config", "unknown_member", f"{kind.provider} has no setting {said[:60]}.")
        elif _fits(kind, name, value):
            config[name] = value
        else:
            row.left_out("config", "wrong_value", f"{said[:60]} is not of the form that it has here.")
    return config, secrets


def _take_secret(row: Row, secrets: dict[str, str], kind: Kind, name: str, value: Any) -> None:
    if isinstance(value, str) and _fits(kind, name, value):
        secrets[name] = value
        row.normalised("config", "secret", f"{name} goes to the secret store.")
    else:
        row.left_out("config", "wrong_value", f"{name} is not of the form that it has here: set it again.")


def _fits(kind: Kind, name: str, value: Any) -> bool:
    """Whether a provider's contract takes a value: what it says of this member alone."""
    try:
        validation.parse(kind.contract, {name: value})
    except InvalidInputError as error:
        return not any(one.pointer == f"/{name}" or one.pointer.startswith(f"/{name}/") for one in error.errors)
    return True


def _looks_secret(name: str) -> bool:
    return re.search(r"secret|token|password|passwd|credential|private|apikey|api_key", name, re.IGNORECASE) is not None
