"""Makes deliveries: one try of each that is due, and what follows from it.

pending --lease--> asked --2xx--> delivered
   ^                 | else: due again later (schedule); after the last try failed; 410: the endpoint is switched off
   +-----------------+ the runner died: the lease ends, and it is asked again

At least once: a runner that dies between the answer and the write has the message sent again, under the same id. No
order is promised. An endpoint that does not answer rests, and what is due to it waits without being tried, so that the
deliveries of others are not held up. Within a message of the queue, endpoints never wait for each other.
"""

import logging
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from retention.clock import machine_seconds, machine_time
from retention.core import Core
from retention.entity import Entity
from retention.errors import RetentionError
from retention.outbound import health, schedule
from retention.outbound.announcing import delivery_key
from retention.outbound.endpoint import MAX_ENDPOINTS, EndpointHealth, WebhookEndpoint
from retention.outbound.model import Delivery
from retention.outbound.secrets import EndpointSecrets
from retention.outbound.switching import endpoint_key, switch_off
from retention.outbound.trying import TRY_SECONDS, Tried, ask, destinations
from retention.providers.http import HttpClient
from retention.table.keys import Key
from retention.table.writes import RefusedError, Replace

logger = logging.getLogger(__name__)

#: Seconds of the machine that nobody else tries a delivery: a try, its writes, and room.
LEASE: Final = 4 * TRY_SECONDS
#: Tries of one endpoint that are under way at once in a process.
LANES: Final = 4
#: Seconds of the machine up to which a next try is worth a message of its own. All others are found by the sweep.
SOON: Final = 60
#: Tries of one delivery that may fail though the endpoint is well: a blip of five minutes. Days on which nothing
#: happened are no days of failures.
BLIP: Final = 2
#: The status by which a receiver says that it wants nothing any more. Source: RFC 9110, section 15.5.11.
GONE: Final = 410


class Tally(NamedTuple):
    """What was done."""

    #: Requests that were made.
    tried: int = 0
    delivered: int = 0
    #: Given up for good.
    failed: int = 0
    #: Endpoints that were switched off.
    switched_off: int = 0


@dataclass
class _Endpoint:
    """An endpoint in one run: what is due to it, and how it fares so far."""

    endpoint: WebhookEndpoint | None
    health: EndpointHealth | None
    due: list[Delivery] = field(default_factory=list)
    off: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class _Run:
    """One run over some deliveries."""

    time_is_left: Callable[[], bool]
    #: Deliveries that are due again soon, with the seconds until then. Lanes add to it side by side.
    soon: list[tuple[int, str]] = field(default_factory=list)


class Deliverer:
    """Makes deliveries. Safe to use from several threads."""

    def __init__(self, core: Core, http: HttpClient | None = None, try_seconds: float = TRY_SECONDS) -> None:
        self._core = core
        #: How endpoints are reached.
        self.http = http or HttpClient(core.clock, destinations(core))
        self._try_seconds = try_seconds
        self._secrets = EndpointSecrets(core)
        self._pool = ThreadPoolExecutor(MAX_ENDPOINTS * LANES, thread_name_prefix="deliver")

    def deliver(self, ids: Sequence[str], time_is_left: Callable[[], bool] = lambda: True) -> Tally:
        """Try what is due among some deliveries. What is not reached or fails here stays due for the sweep."""
        found = self._core.store.find_many([(Delivery, delivery_key(one)) for one in dict.fromkeys(ids)])
        due = [one for one in found if one is not None and self._may_begin(one)]
        lanes = [
            (place, place.due[lane::LANES])
            for place in self._endpoints(due)
            for lane in range(min(LANES, len(place.due)))
        ]
        run = _Run(time_is_left)
        counts = list(self._pool.map(lambda lane: self._work_off(run, lane[0], lane[1]), lanes))
        for seconds, some in groupby(sorted(run.soon), key=itemgetter(0)):
            self._core.jobs_queue.wake_for_deliveries([one for _, one in some], seconds)
        return Tally(*(sum(some) for some in zip(*counts, strict=True))) if counts else Tally()

    def _may_begin(self, delivery: Delivery) -> bool:
        now = self._core.now()
        if delivery.status != "pending":
            # Announced once more since it ended: it takes its place among what is due away again.
            self._write(delivery, due_at=None)
            return False
        leased = delivery.lease_until is not None and now < delivery.lease_until
        return not leased and delivery.due_at is not None and delivery.due_at <= now

    def _endpoints(self, due: Sequence[Delivery]) -> list[_Endpoint]:
        names = list(dict.fromkeys(one.endpoint_id for one in due))
        wanted: list[tuple[type[Entity], Key]] = [(WebhookEndpoint, endpoint_key(one)) for one in names]
        found = self._core.store.find_many([*wanted, *((EndpointHealth, health.health_key(one)) for one in names)])
        endpoints, standing = found[: len(names)], found[len(names) :]
        pairs = zip(names, endpoints, standing, strict=True)
        places = {name: _Endpoint(endpoint, known) for name, endpoint, known in pairs}
        for one in due:
            places[one.endpoint_id].due.append(one)
        return list(places.values())

    def _work_off(self, run: _Run, place: _Endpoint, due: Sequence[Delivery]) -> Tally:
        total = Tally()
        for delivery in due:
            if not run.time_is_left():
                break
            try:
                total = Tally(*map(sum, zip(total, self._one(run, place, delivery), strict=True)))
            except Exception:
                # Whatever it was, the others are not to suffer: this one is due again when its lease ends.
                logger.exception("delivery_interrupted", extra={"delivery": delivery.id})
        return total

    def _one(self, run: _Run, place: _Endpoint, delivery: Delivery) -> Tally:
        endpoint = place.endpoint
        if endpoint is None or not endpoint.is_active or place.off:
            self._write(delivery, status="cancelled", due_at=None, lease_until=None, last_error="endpoint_off")
            return Tally()
        if health.is_resting(self._core, place.health):
            assert place.health is not None
            assert place.health.resting_until is not None
            self._later(delivery, schedule.after_rest(self._core.clock, place.health.resting_until))
            return Tally()
        leased = self._write(delivery, lease_until=self._core.now() + machine_time(self._core.clock, LEASE))
        if leased is None:
            return Tally()
        try:
            secrets = self._secrets.live(endpoint)
        except RetentionError:
            logger.warning("endpoint_secret_unreadable", extra={"endpoint": endpoint.id})
            self._later(leased, schedule.after_rest(self._core.clock, self._core.now()))
            return Tally()
        now = self._core.now()
        tried = ask(self.http, endpoint, delivery.id, delivery.payload, secrets, now, self._try_seconds)
        return self._settle(run, place, endpoint, leased, tried)

    def _settle(self, run: _Run, place: _Endpoint, endpoint: WebhookEndpoint, leased: Delivery, tried: Tried) -> Tally:
        now, tries = self._core.now(), leased.tries + 1
        told = {
            "tries": tries,
            "lease_until": None,
            "last_status": tried.status,
            "last_ms": tried.ms,
            "last_answer": tried.answer,
            "last_error": tried.error,
        }
        following = None
        if tried.error is None:
            self._write(leased, **told, status="delivered", delivered_at=now, due_at=None)
        else:
            following = schedule.next_try(self._core.clock, tries, tried.retry_after)
            ended = "failed" if following is None else "pending"
            self._write(leased, **told, status=ended, due_at=following)
            if following is not None:
                seconds = math.ceil(machine_seconds(self._core.clock, following - now))
                run.soon.extend([(seconds, leased.id)] if seconds <= SOON else [])
        off = self._note(place, endpoint, tried, tries)
        failed = tried.error is not None and following is None
        return Tally(1, int(tried.error is None), int(failed), int(off))

    def _note(self, place: _Endpoint, endpoint: WebhookEndpoint, tried: Tried, tries: int) -> bool:
        """Write down how the endpoint fares; whether it was switched off.

        Args:
            tries: how often this delivery has been tried by now.
        """
        with place.lock:
            known = place.health = health.noted(self._core, endpoint.id, place.health, tried)
            because = None
            if tried.status == GONE:
                because = "It answered 410 Gone."
            elif known is not None and tries > BLIP and schedule.is_hopeless(self._core.clock, known.failing_since):
                because = "Every try has failed for five days."
            if because is None or place.off:
                return False
            place.off = switch_off(self._core, endpoint.id, because)
            return place.off

    def _later(self, delivery: Delivery, at: datetime) -> None:
        """It was not tried, and is not counted as tried; the sweep finds it when its time has come."""
        self._write(delivery, due_at=at, lease_until=None)

    def _write(self, delivery: Delivery, **changes: object) -> Delivery | None:
        """The next state of a delivery, unless somebody else was faster: None."""
        after = self._core.changed(delivery, **changes)
        try:
            self._core.store.write(Replace(after, before=delivery))
        except RefusedError:
            return None
        return after
