"""What can be done with endpoints: put in place, change, rotate the secret, try out, take away."""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from retention import validation
from retention.clock import machine_time
from retention.core import REVISE_TRIES, Core
from retention.deletion.service import Deleted
from retention.entity import Entity
from retention.errors import ConflictError, ContentionError, NotFoundError, RetentionError, StaleError
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.outbound.announcing import payload_of
from retention.outbound.checking import checked
from retention.outbound.endpoint import (
    MAX_ENDPOINTS,
    EndpointHealth,
    EndpointInput,
    EndpointTest,
    IssuedWebhookEndpoint,
    WebhookEndpoint,
)
from retention.outbound.health import health_key
from retention.outbound.registry import forget_endpoints
from retention.outbound.secrets import EndpointSecrets, forgetting
from retention.outbound.switching import endpoint_key, read_registry, registered
from retention.outbound.trying import ask
from retention.providers.http import HttpClient
from retention.table import keys, listing
from retention.table.keys import Key
from retention.table.listing import Page
from retention.table.writes import Create, RefusedError, Remove, Replace, Write

#: Seconds of the machine for which messages are also signed with the secret before the present one.
OVERLAP: Final = 24 * 3600.0
#: Seconds that the answer to a test may wait for the endpoint.
TEST_SECONDS: Final = 8.0
#: What a test tells a tracker: a conversion of nobody.
_TEST_DATA: Final = {"subId": "test", "clickId": "test", "tid": "test", "status": "lead", "revenue": 0}


class EndpointService:
    """The use cases of endpoints."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._runner = runner
        self._secrets = EndpointSecrets(core)

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, endpoint_id: str) -> WebhookEndpoint:
        """An endpoint, with how it fares.

        Raises:
            NotFoundError: there is none.
        """
        wanted: list[tuple[type[Entity], Key]] = [
            (WebhookEndpoint, endpoint_key(endpoint_id)),
            (EndpointHealth, health_key(endpoint_id)),
        ]
        endpoint, health = self._core.store.find_many(wanted)
        if endpoint is None:
            raise NotFoundError(f"There is no endpoint {endpoint_id}.")
        return _with_health(endpoint, health)

    def page(self, *, limit: int, position: str | None) -> Page[WebhookEndpoint]:
        """Endpoints, newest first."""
        rows = list(self._core.store.query(keys.partitions("WebhookEndpoint")[0]))
        fares = {one.endpoint_id: one for one in listing.from_rows(EndpointHealth, rows)}
        return listing.whole(
            [_with_health(one, fares.get(one.id)) for one in listing.from_rows(WebhookEndpoint, rows)],
            limit=limit,
            position=position,
            order=lambda endpoint: listing.place(endpoint.created_at, endpoint.id),
            keep=lambda _: True,
        )

    # --- changing ----------------------------------------------------------------------------------------------

    def create(self, given: EndpointInput) -> IssuedWebhookEndpoint:
        """Put an endpoint in place; its secret is shown in what is returned, and never again.

        Raises:
            InvalidInputError, SecretStoreError
            ConflictError: there are as many as there may be.
        """
        core, now = self._core, self._core.now()
        endpoint = WebhookEndpoint(
            **vars(checked(core, given)),
            id=core.ids.new(now),
            created_at=now,
            updated_at=now,
            secret_version=core.ids.revision(),
            revision=core.ids.revision(),
        )
        secret = self._secrets.new()
        issued = _issued(endpoint, secret)

        def writes() -> list[Write]:
            registry = read_registry(core)
            if registry is not None and registry.count >= MAX_ENDPOINTS:
                raise ConflictError(f"There are {MAX_ENDPOINTS} endpoints already: delete one first.")
            return [Create(endpoint), registered(core, registry, endpoint, more=1)]

        self._secrets.write(endpoint, secret)
        self._commit(writes, endpoint, issued)
        return issued

    def update(self, endpoint_id: str, patch: Any, *, if_match: str | None) -> WebhookEndpoint:
        """Apply a JSON merge patch. Switching an endpoint on forgets its failures.

        Raises:
            InvalidInputError, NotFoundError, StaleError, ContentionError
        """
        validation.refuse_server_owned(WebhookEndpoint, patch)
        core = self._core
        for _ in range(REVISE_TRIES):
            before = self._present(endpoint_id, if_match)
            given = checked(core, validation.patched(EndpointInput, before, patch))
            after = core.changed(before, **vars(given))
            writes: list[Write] = []
            if after.is_active and not before.is_active:
                after = after.model_copy(update={"disabled_at": None, "disabled_because": None, "failing_since": None})
                writes.append(Remove(EndpointHealth, health_key(endpoint_id)))
            registry = registered(core, read_registry(core), after)
            try:
                core.idempotency.commit(Replace(after, before=before), registry, *writes, outcome=after)
            except RefusedError:
                continue
            forget_endpoints(core)
            return after
        raise ContentionError

    def rotate_secret(self, endpoint_id: str, *, if_match: str | None) -> IssuedWebhookEndpoint:
        """Give an endpoint a new secret. For 24 hours messages are signed with the one before, too.

        Raises:
            NotFoundError, StaleError, ContentionError, SecretStoreError
        """
        core = self._core
        before = self._present(endpoint_id, if_match)
        secret, previous = self._secrets.new(), self._secrets.live(before)[0]
        until = core.now() + machine_time(core.clock, OVERLAP)
        after = core.changed(before, secret_version=core.ids.revision(), previous_secret_until=until)
        issued = _issued(after, secret)
        job = forgetting(core, before)
        self._secrets.write(after, secret, previous)
        try:
            core.idempotency.commit(Replace(after, before=before), Create(job), outcome=issued)
        except (RefusedError, RetentionError) as error:
            self._try_to_forget(after)
            raise ContentionError from error
        self._begin(job)
        return issued

    def delete(self, endpoint_id: str, *, if_match: str | None) -> Deleted:
        """Take an endpoint away, its secrets and its log after it. What was on its way to it is cancelled.

        Raises:
            NotFoundError, StaleError, ContentionError
        """
        core = self._core
        for _ in range(REVISE_TRIES):
            before = self._present(endpoint_id, if_match)
            job = forgetting(core, before, gone=True)
            writes: list[Write] = [
                Remove(WebhookEndpoint, endpoint_key(endpoint_id), seen=before.revision),
                registered(core, read_registry(core), before, more=-1, gone=True),
                Remove(EndpointHealth, health_key(endpoint_id)),
                Create(job),
            ]
            try:
                core.idempotency.commit(*writes, outcome=Deleted(job))
            except RefusedError:
                continue
            forget_endpoints(core)
            after = self._begin(job)
            return Deleted(None if after is not None and after.status == "succeeded" else job)
        raise ContentionError

    def try_out(self, endpoint_id: str, http: HttpClient) -> EndpointTest:
        """Send a signed test event now, switched on or not; nothing of it is kept.

        Raises:
            NotFoundError, SecretStoreError
        """
        core, endpoint = self._core, self.get(endpoint_id)
        data = {"endpointId": endpoint.id, **(_TEST_DATA if endpoint.type == "postback" else {})}
        payload = payload_of("endpoint.test", core.now(), data)
        identifier = f"test_{core.ids.short()}"
        tried = ask(http, endpoint, identifier, payload, self._secrets.live(endpoint), core.now(), TEST_SECONDS)
        return EndpointTest(
            ok=tried.error is None, status=tried.status, latency_ms=tried.ms, answer=tried.answer, error=tried.error
        )

    # --- parts -------------------------------------------------------------------------------------------------

    def _present(self, endpoint_id: str, if_match: str | None) -> WebhookEndpoint:
        endpoint = self.get(endpoint_id)
        if if_match is not None and endpoint.revision != if_match:
            raise StaleError
        return endpoint

    def _commit(self, writes: Callable[[], list[Write]], endpoint: WebhookEndpoint, outcome: object) -> None:
        """Write an endpoint whose secrets are kept; where that does not come about, they are forgotten."""
        try:
            for _ in range(REVISE_TRIES):
                try:
                    self._core.idempotency.commit(*writes(), outcome=outcome)
                except RefusedError:
                    continue
                forget_endpoints(self._core)
                return
            raise ContentionError
        except RetentionError:
            self._try_to_forget(endpoint)
            raise

    def _try_to_forget(self, endpoint: WebhookEndpoint) -> None:
        """Forget secrets that no endpoint came to name; when that fails, they stay behind and harm nobody."""
        try:
            self._secrets.remove(endpoint)
        except RetentionError:
            return

    def _begin(self, job: Job) -> Job | None:
        """Work on a job at once; when the store does not answer, the jobs function goes on with it."""
        try:
            return self._runner.go_on(job, lambda: True)
        except (RetentionError, BotoCoreError, ClientError):
            return None


def _with_health(endpoint: WebhookEndpoint, health: EndpointHealth | None) -> WebhookEndpoint:
    return endpoint.model_copy(update={"failing_since": None if health is None else health.failing_since})


def _issued(endpoint: WebhookEndpoint, secret: str) -> IssuedWebhookEndpoint:
    return IssuedWebhookEndpoint.model_construct(**vars(endpoint), secret=secret)
