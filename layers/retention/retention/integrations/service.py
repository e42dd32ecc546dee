"""What can be done with integrations: put one in place, change, show without its secrets, take away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention import validation
from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.errors import (
    AlreadyExistsError,
    ContentionError,
    FieldError,
    InvalidInputError,
    NotFoundError,
    StaleError,
)
from retention.fields import Contract
from retention.integrations.changing import Changes
from retention.integrations.forgetting import forgetting
from retention.integrations.model import IntegrationChange, IntegrationConfig, IntegrationInput
from retention.integrations.providers import PROVIDERS, Kind
from retention.integrations.secrets import integration_secrets
from retention.jobs.runner import Runner
from retention.jsontext import format_instant
from retention.table import keys, listing
from retention.table.keys import Key, key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Remove, Replace

#: Characters that a secret has at least before its last four are shown: they must not be much of it.
TELLING_LENGTH: Final = 12


@dataclass(frozen=True)
class Placed:
    """An integration as it was put in place, and whether there was none before."""

    integration: IntegrationConfig
    created: bool


def _key(provider: str) -> Key:
    return key("IntegrationConfig", provider=provider)


def _kind_of(provider: str) -> Kind:
    if provider not in PROVIDERS:
        raise NotFoundError(f"There is no provider {provider}, only {', '.join(PROVIDERS)}.")
    return PROVIDERS[provider]


def _check_names(provider: str, kind: Kind, given: IntegrationChange) -> None:
    errors = []
    if given.provider not in (None, provider):
        errors.append(FieldError("/provider", "mismatch", f"This is the integration of {provider}."))
    if given.type not in (None, kind.purpose):
        errors.append(FieldError("/type", "mismatch", f"{provider} is of type {kind.purpose}."))
    if errors:
        raise InvalidInputError(*errors)


def _split(kind: Kind, settings: Contract) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings as they are kept: what may be shown, and the secrets; what is not set is left out."""
    known = settings.model_dump(by_alias=True, exclude_none=True)
    secret = kind.secrets()
    shown = {name: value for name, value in known.items() if name not in secret}
    return shown, {name: value for name, value in known.items() if name in secret}


def shown(config: IntegrationConfig) -> IntegrationConfig:
    """An integration as it may be seen: each secret as whether it is set, how it ends, and since when."""
    kind = PROVIDERS[config.provider]
    unset = {"set": False, "last4": None, "updatedAt": None}
    marks = {name: config.secrets.get(name, unset) for name in sorted(kind.secrets())}
    return config.model_copy(update={"config": {**config.config, **marks}})


def marks_of(secrets: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """What may be seen of secrets that are set at an instant."""
    since = format_instant(at)
    return {
        name: {"set": True, "last4": value[-4:] if len(value) >= TELLING_LENGTH else None, "updatedAt": since}
        for name, value in secrets.items()
    }


class IntegrationService:
    """The use cases of integrations."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._changes = Changes(core, runner)
        self._secrets = integration_secrets(core.settings)

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, provider: str) -> IntegrationConfig:
        """An integration, without its secrets.

        Raises:
            NotFoundError: there is none, or no such provider.
        """
        return shown(self._present(provider))

    def page(self, *, limit: int, position: str | None) -> Page[IntegrationConfig]:
        """Integrations, newest first."""
        everything = self._core.store.query_entities(IntegrationConfig, keys.partitions("IntegrationConfig")[0])
        found = listing.whole(
            list(everything),
            limit=limit,
            position=position,
            order=lambda config: listing.place(config.created_at, config.id),
            keep=lambda _: True,
        )
        return Page([shown(config) for config in found.data], found.position)

    def _find(self, provider: str) -> IntegrationConfig | None:
        _kind_of(provider)
        return self._core.store.find(IntegrationConfig, _key(provider))

    def _present(self, provider: str) -> IntegrationConfig:
        found = self._find(provider)
        if found is None:
            raise NotFoundError(f"There is no integration with {provider} yet.")
        return found

    # --- changing ----------------------------------------------------------------------------------------------

    def put(self, provider: str, given: IntegrationInput, *, if_match: str | None) -> Placed:
        """Put an integration in place, whatever was there; all its secrets must be given.

        Raises:
            InvalidInputError, NotFoundError, StaleError, SecretStoreError
            AlreadyExistsError, ContentionError: somebody else put it in place, or changed it, at the same moment.
        """
        kind = _kind_of(provider)
        _check_names(provider, kind, given)
        settings, secrets = _split(kind, kind.parse(given.config, self._core.settings))
        before = self._find(provider)
        if if_match is not None and (before is None or before.revision != if_match):
            raise StaleError
        core, now = self._core, self._core.now()
        version = core.ids.revision()
        after = IntegrationConfig(
            id=provider,
            provider=kind.provider,
            type=kind.purpose,
            config=settings,
            is_active=given.is_active,
            created_at=before.created_at if before else now,
            updated_at=now,
            secret_version=version,
            key_era=version,
            # Which account a key belongs to cannot be told, so a key that is given anew counts as another's.
            account_since=self._account_since(kind, before, settings, set(secrets)) if before else None,
            secrets=marks_of(secrets, self._core.now()),
            revision=core.ids.revision(),
        )
        write = Replace(after, before=before) if before else Create(after)
        placed = Placed(shown(after), created=before is None)
        try:
            self._changes.commit_secrets(write, before, after, secrets, placed)
        except RefusedError:
            if before is None:
                raise AlreadyExistsError(provider, "Somebody else put it in place at the same moment.") from None
            raise ContentionError from None
        return placed

    def update(self, provider: str, patch: Any, *, if_match: str | None) -> IntegrationConfig:
        """Apply a JSON merge patch. A secret that it does not name is kept; null removes one that is optional.

        Raises:
            InvalidInputError, NotFoundError, StaleError, SecretStoreError, ContentionError
        """
        validation.refuse_server_owned(IntegrationConfig, patch)
        kind = _kind_of(provider)
        for _ in range(REVISE_TRIES):
            before = self._present(provider)
            if if_match is not None and before.revision != if_match:
                raise StaleError
            reconfigures = isinstance(patch, dict) and "config" in patch
            secrets = (self._secrets.read(provider, before.secret_version) or {}) if reconfigures else {}
            present = IntegrationChange(config={**before.config, **secrets}, is_active=before.is_active)
            given = validation.patched(IntegrationChange, present, patch)
            _check_names(provider, kind, given)
            after = self._core.changed(before, is_active=given.is_active)
            try:
                if reconfigures:
                    return shown(self._reconfigure(kind, before, after, secrets, given.config))
                self._changes.commit(Replace(after, before=before), provider, shown(after))
            except RefusedError:
                continue
            return shown(after)
        raise ContentionError

    def _reconfigure(
        self,
        kind: Kind,
        before: IntegrationConfig,
        after: IntegrationConfig,
        secrets: Mapping[str, str],
        config: dict[str, Any],
    ) -> IntegrationConfig:
        """Write the next state of an integration with new settings, and a new version of its secrets if they change."""
        settings, following = _split(kind, kind.parse(config, self._core.settings))
        renewed = {name for name in {*secrets, *following} if secrets.get(name) != following.get(name)}
        since = self._account_since(kind, before, settings, renewed)
        after = after.model_copy(update={"config": settings, "account_since": since})
        if following == secrets:
            self._changes.commit(Replace(after, before=before), after.id, shown(after))
            return after
        kept = {name: before.secrets[name] for name, value in following.items() if secrets.get(name) == value}
        marks = {**marks_of(following, self._core.now()), **kept}
        after = after.model_copy(update={"secrets": marks, "secret_version": self._core.ids.revision()})
        self._changes.commit_secrets(Replace(after, before=before), before, after, following, shown(after))
        return after

    def _account_since(
        self, kind: Kind, before: IntegrationConfig, settings: Mapping[str, Any], new_secrets: set[str]
    ) -> datetime | None:
        """Since when an integration has named the same account, once it has new settings and secrets."""
        changed = any(settings.get(name) != before.config.get(name) for name in kind.account - kind.secrets())
        return self._core.now() if changed or kind.account & new_secrets else before.account_since

    def delete(self, provider: str, *, if_match: str | None) -> Deleted:
        """Take an integration away, and after it what the door knows of it, and its secrets.

        Raises:
            NotFoundError, StaleError, ContentionError
        """
        for _ in range(REVISE_TRIES):
            before = self._present(provider)
            if if_match is not None and before.revision != if_match:
                raise StaleError
            job = forgetting(self._core, before)
            gone = Remove(IntegrationConfig, _key(provider), seen=before.revision)
            try:
                self._core.idempotency.commit(gone, Create(job), outcome=Deleted(job))
            except RefusedError:
                continue
            after = self._changes.begin(job)
            return Deleted(None if after is not None and after.status == "succeeded" else job)
        raise ContentionError
