"""A team: its endpoints, what happens to it, and its time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.jobs.sweep import DELIVERY_GRACE, Sweep
from retention.outbound.announcing import EventType, announced, delivery_key, wake_deliveries
from retention.outbound.delivering import Deliverer, Tally
from retention.outbound.endpoint import EndpointInput, IssuedWebhookEndpoint
from retention.outbound.model import Delivery
from retention.providers.destination import Destinations
from retention.providers.http import HttpClient, Reply
from tests.integrity import scan
from tests.offline import offline
from tests.retention.outbound.receiver import Receiver


@dataclass
class Woken:
    """A queue that remembers which deliveries it was to wake, and when."""

    deliveries: list[str] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Nothing is told of jobs."""

    def wake_for_arrivals(self, hints: Sequence[Any]) -> None:
        """Nothing is told of arrivals."""

    def wake_for_deliveries(self, ids: Sequence[str], delay_seconds: int = 0) -> None:
        self.deliveries += ids
        self.delays.append(delay_seconds)


class Wire(HttpClient):
    """Reaches a server on this machine; something else can happen just before a request and just after its answer."""

    def __init__(self, team: "Team", before: Callable[[], object] = int, after: Callable[[], object] = int) -> None:
        super().__init__(team.clock, Destinations((), [team.receiver.url]))
        self._before = before
        self._after = after

    def exchange(self, *given: Any, **named: Any) -> Reply:
        self._before()
        reply = super().exchange(*given, **named)
        self._after()
        return reply


def telling(app: Application, clock: ManualClock, receiver: Receiver, **settings: Any) -> Application:
    """The application, allowed to reach a server on this machine, with a place of its own for secrets."""
    own = {
        "integration_secrets_prefix": f"/{app.core.settings.table_name}/integrations",
        "allowed_provider_urls": receiver.url,
        **settings,
    }
    configured = replace(app.core.settings, **own)
    queue = None if configured.jobs_queue_url else Woken()
    return build(configured, clock=clock, keyring=app.core.keyring, queue=queue, http=offline(configured, clock))


class Team:
    """A team, and what it is told."""

    def __init__(self, app: Application, clock: ManualClock, receiver: Receiver) -> None:
        self.app = app
        self.clock = clock
        self.receiver = receiver

    def endpoint(self, path: str = "/hook", **more: Any) -> IssuedWebhookEndpoint:
        """An endpoint of the team at its server."""
        given = {"name": "Ours", "url": self.receiver.url + path, "events": ["conversion.recorded"], **more}
        return self.app.endpoints.create(EndpointInput(**given))

    def happens(self, about: str, what: EventType = "conversion.recorded", **data: Any) -> None:
        """Something happens that is told."""
        writes = announced(self.app.core, what, about, {"conversionId": about, **data})
        if writes:
            self.app.core.store.write(*writes)
        wake_deliveries(self.app.core, writes)

    def deliver(self, deliverer: Deliverer | None = None) -> Tally:
        """Whatever a sweep finds is made; what is not due yet is not found."""
        found = Found()
        self.clock.advance(DELIVERY_GRACE + 0.001)
        Sweep(self.app.core.store, self.clock, found).wake_due_deliveries()
        return (deliverer or self.app.deliverer).deliver(found.deliveries)

    def all(self) -> list[Delivery]:
        """Every delivery, the oldest first."""
        ids = [row["id"]["S"] for row in scan(self.app) if row["kind"]["S"] == Delivery.__name__]
        found = [self.found(one) for one in ids]
        return sorted(found, key=lambda one: (one.created_at, one.payload))

    def found(self, delivery_id: str) -> Delivery:
        """A delivery as it is now."""
        found = self.app.core.store.find(Delivery, delivery_key(delivery_id))
        assert found is not None
        return found

    def only(self) -> Delivery:
        """The one delivery that there is."""
        (one,) = self.all()
        return one


class Found(Woken):
    """The queue of a sweep."""
