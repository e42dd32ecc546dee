"""The secrets that come with the start of an import: they go to the secret store at once, and are kept nowhere else.

Each lies where the integration will name it, under a version that follows from the import. Where no integration comes
to name it, it is forgotten when the import ends.
"""

from collections.abc import Mapping
from typing import Any

from retention.core import Core
from retention.errors import FieldError, InvalidInputError
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import PROVIDERS
from retention.integrations.secrets import integration_secrets
from retention.table.keys import fingerprint, key


def version_of(import_id: str, provider: str) -> str:
    """What the secrets of a provider that came with an import are kept under."""
    return fingerprint("import", import_id, provider)[:12]


def keep(core: Core, import_id: str, secrets: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the secrets that are given with the start of an import. What was kept before stays.

    Raises:
        InvalidInputError: there is no such provider, or it has no such secret; the values are not in the error.
        SecretStoreError: the store did not take them.
    """
    check(secrets)
    for provider, values in secrets.items():
        integration_secrets(core.settings).write(provider, version_of(import_id, provider), values)


def check(secrets: Mapping[str, Any]) -> None:
    """See whether secrets are named as integrations name them.

    Raises:
        InvalidInputError: with an entry for each that is not.
    """
    errors: list[FieldError] = []
    for provider, values in secrets.items():
        if provider not in PROVIDERS:
            known = ", ".join(PROVIDERS)
            errors.append(FieldError(f"/secrets/{provider}", "unknown_provider", f"There are only: {known}."))
            continue
        names = PROVIDERS[provider].secrets()
        for name, value in values.items():
            if name not in names:
                detail = f"The secrets of {provider} are: {', '.join(sorted(names))}."
                errors.append(FieldError(f"/secrets/{provider}/{name}", "unknown_secret", detail))
            elif not value or len(value) > _LONGEST:
                detail = f"A secret has 1 to {_LONGEST} characters."
                errors.append(FieldError(f"/secrets/{provider}/{name}", "invalid_secret", detail))
    if errors:
        raise InvalidInputError(*errors)


#: Characters of a secret; the longest is a public key in base 64.
_LONGEST = 2000


def kept(core: Core, import_id: str, provider: str) -> dict[str, str]:
    """The secrets of a provider that came with an import; none where none did.

    Raises:
        SecretStoreError: the store did not answer.
    """
    return integration_secrets(core.settings).read(provider, version_of(import_id, provider)) or {}


def forget(core: Core, import_id: str) -> None:
    """Forget the secrets of an import that has ended, where no integration names them.

    Raises:
        SecretStoreError: the store did not answer.
    """
    for provider in PROVIDERS:
        version = version_of(import_id, provider)
        found = core.store.find(IntegrationConfig, key(IntegrationConfig.__name__, provider=provider))
        if found is None or found.secret_version != version:
            integration_secrets(core.settings).remove(provider, version)
