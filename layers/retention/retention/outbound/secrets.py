"""The secrets of endpoints: in the secret store, one document for each version, as those of providers."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from retention.core import Core
from retention.errors import SecretStoreError
from retention.integrations.secrets import integration_secrets
from retention.jobs.model import Job
from retention.jobs.runner import Chunk, Plan
from retention.jobs.starting import begun
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.model import Delivery
from retention.outbound.signing import new_secret
from retention.table import keys
from retention.table.store import raw_key

#: Documents that a process remembers; they never change.
MOST_KNOWN: Final = 100
#: Deliveries of a deleted endpoint that are removed in one piece.
PIECE: Final = 250


class EndpointSecrets:
    """Reads and writes the secrets of endpoints."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = integration_secrets(core.settings)
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def new(self) -> str:
        """A secret that nobody has seen: 256 bits."""
        return new_secret(sha256(self._core.ids.secret().encode()).digest())

    def write(self, endpoint: WebhookEndpoint, current: str, previous: str | None = None) -> None:
        """Keep the secrets of the version that an endpoint is about to name.

        Raises:
            SecretStoreError: the store did not take them.
        """
        secrets = {"current": current} if previous is None else {"current": current, "previous": previous}
        self._store.write(_name(endpoint.id), endpoint.secret_version, secrets)

    def live(self, endpoint: WebhookEndpoint) -> tuple[str, ...]:
        """The secrets that a message is signed with now, the present one first.

        Raises:
            SecretStoreError: they cannot be read.
        """
        found = self._read(endpoint)
        until = endpoint.previous_secret_until
        both = "previous" in found and until is not None and self._core.now() < until
        return (found["current"], found["previous"]) if both else (found["current"],)

    def remove(self, endpoint: WebhookEndpoint) -> None:
        """Forget the version that an endpoint names.

        Raises:
            SecretStoreError: the store did not answer.
        """
        self._store.remove(_name(endpoint.id), endpoint.secret_version)

    def _read(self, endpoint: WebhookEndpoint) -> dict[str, str]:
        place = (endpoint.id, endpoint.secret_version)
        found = self._known.get(place) or self._store.read(_name(endpoint.id), endpoint.secret_version)
        if not found:
            raise SecretStoreError("The secret of this endpoint is not there.")
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[place] = found
        return found


def _name(endpoint_id: str) -> str:
    return f"webhook-endpoint-{endpoint_id}"


def forgetting(core: Core, endpoint: WebhookEndpoint, *, gone: bool = False) -> Job:
    """The job that forgets the secrets which this state of an endpoint names; its lease is the caller's.

    Args:
        gone: the endpoint is deleted, and its log goes with it.
    """
    target = {"kind": WebhookEndpoint.__name__, "id": endpoint.id, "version": endpoint.secret_version}
    return begun(core, "delete", {**target, "log": "removed"} if gone else target)


def _secrets(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    integration_secrets(core.settings).remove(_name(target["id"]), target["version"])
    yield Chunk(removed=1)


def _log(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    """The deliveries of an endpoint that is gone. One that comes late is cancelled when it is due, and expires."""
    if "log" not in target:
        return
    (pk,) = keys.index_partitions(Delivery.__name__, "owner", endpoint_id=target["id"])
    while rows := list(core.store.query(pk, index="owner", limit=PIECE)):
        core.store.remove_unconditionally([raw_key(row) for row in rows])
        yield Chunk(removed=len(rows))
        if len(rows) < PIECE:
            return


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """The endpoint was changed when the job was written."""


#: How such a job is carried out.
PLAN: Final = Plan((_secrets, _log), _nothing)
