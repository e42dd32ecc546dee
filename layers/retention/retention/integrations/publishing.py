"""Publishing the keys of callers: from the table and the secret store to the one document that the door reads.

    integration as it is now --> its secrets --> document --> integration again: changed meanwhile? then once more

A job does that, written in the transaction that changes the integration, so a death leaves the door behind for a minute
at most. The store has no compare-and-set: of two jobs the slower may write what is old, but it looks again afterwards.

A key that a PATCH replaces stays good for two days beside the new one: longer than any provider repeats what it signed
(Meta: 36 hours). A PUT closes all earlier keys at once; that is how to shut out one that leaked. An integration that is
switched off keeps its document: what was sent before is still reported. One that is deleted loses it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from retention.clock import machine_time
from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError, MisconfiguredError
from retention.integrations.model import IntegrationConfig
from retention.integrations.secrets import MAX_BYTES, caller_documents, integration_secrets
from retention.jobs.model import Job
from retention.jobs.runner import Chunk, Plan
from retention.jobs.starting import begun
from retention.receiving.callers import Caller, CallerKey
from retention.table.keys import key

#: Seconds of the machine for which a key that was replaced stays good.
OVERLAP: Final = 48 * 3600.0

#: The settings that are keys, and those that say how to use them, by provider.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "twilio": ("authToken",),
    "sendgrid": ("webhookPublicKey",),
    "vapi": ("webhookSecret",),
    "keitaro": ("postbackToken",),
    "meta": ("appSecret", "verifyToken"),
}
_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "twilio": ("accountSid", "webhookUrl"),
    "sendgrid": ("webhookUrl",),
    "vapi": (
        "webhookUrl",
        "webhookAuth",
        "webhookSignatureHeader",
        "webhookTimestampHeader",
        "webhookPayloadFormat",
        "webhookAlgorithm",
        "webhookEncoding",
        "webhookSignaturePrefix",
    ),
    "keitaro": ("allowedIps",),
    "meta": (),
}


# --- any caller ------------------------------------------------------------------------------------------------


def publish(
    core: Core, name: str, version: str, values: Mapping[str, str], settings: Mapping[str, Any], overlap: bool
) -> bool:
    """Let the door know a caller as it is now; says whether anything was written.

    Args:
        name: the provider, or `form_caller(slug)`.
        version: names the state that this was made of; a document of the same version is left as it is.
        values: its keys, by the names of their settings; none: whoever comes under this name is refused.
        settings: what else the door has to know.
        overlap: whether the keys before these stay good for a while, two live at most.

    Raises:
        MisconfiguredError: it is longer than the store takes.
        SecretStoreError: the store did not answer.
    """
    return _publish(core, name, Caller(version, settings, _newest(values)), lambda _: overlap)


def unpublish(core: Core, name: str) -> None:
    """Let the door forget a caller: it is refused from now on.

    Raises:
        SecretStoreError: the store did not answer.
    """
    caller_documents(core.settings).remove(name)


def _newest(values: Mapping[str, str]) -> tuple[CallerKey, ...]:
    return (CallerKey(dict(values)),) if values else ()


def _publish(core: Core, name: str, after: Caller, overlaps: Callable[[Caller], bool]) -> bool:
    documents = caller_documents(core.settings)
    text = documents.read(name)
    before = None if text is None else Caller.of(text)
    if before is not None and before.version == after.version:
        return False
    earlier = _earlier(core, before, after) if before is not None and overlaps(before) else ()
    # Where both do not fit, the new key is the one that counts.
    for keys in (after.keys + earlier, after.keys):
        document = after._replace(keys=keys).as_text()
        if len(document.encode()) <= MAX_BYTES:
            documents.write(name, document)
            return True
    raise MisconfiguredError(f"The keys and settings of {name} are longer than {MAX_BYTES} bytes together.")


def _earlier(core: Core, before: Caller, after: Caller) -> tuple[CallerKey, ...]:
    """The key that stays good beside the newest: the one that was replaced, now or not long ago."""
    if not before.keys or not after.keys:
        return ()
    last = before.keys[0]
    if last.values != after.keys[0].values:
        return (last._replace(until=core.now() + machine_time(core.clock, OVERLAP)),)
    return tuple(one for one in before.keys[1:2] if one.until is not None and core.now() < one.until)


# --- integrations ----------------------------------------------------------------------------------------------


def publishing(core: Core, provider: str) -> Job:
    """The job that publishes an integration as it will be; its lease is the caller's."""
    return begun(core, "publish", {"kind": IntegrationConfig.__name__, "id": provider})


def published(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    """Publish an integration as it is now, or that there is none.

    Raises:
        ContentionError: it kept changing.
        SecretStoreError: the store did not answer.
    """
    provider, changed, done = target["id"], False, None
    for _round in range(REVISE_TRIES):
        config = core.store.find(IntegrationConfig, key("IntegrationConfig", provider=provider))
        version = "" if config is None else _version(config)
        if version == done:
            break
        if config is None:
            unpublish(core, provider)
            done = version
            continue
        secrets = integration_secrets(core.settings).read(provider, config.secret_version)
        # Secrets that are gone already were replaced since: another version is named by now.
        if secrets is not None:
            changed |= _publish(core, provider, _caller(config, secrets), _of_era(config.key_era))
            done = version
    else:
        raise ContentionError
    if changed:
        yield Chunk(changed=1)


def _version(config: IntegrationConfig) -> str:
    """Names a state of an integration, and the PUT since which its keys may overlap."""
    return f"{config.key_era}.{config.revision}"


def _of_era(era: str) -> Callable[[Caller], bool]:
    return lambda before: before.version.partition(".")[0] == era


def _caller(config: IntegrationConfig, secrets: Mapping[str, str]) -> Caller:
    known = {**config.config, **secrets}
    keys, settings = (
        {name: known[name] for name in names[config.provider] if known.get(name) is not None}
        for names in (_KEYS, _SETTINGS)
    )
    return Caller(_version(config), settings, _newest(keys))


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """What was published stays."""


#: How such a job is carried out.
PLAN: Final = Plan((published,), _nothing)
