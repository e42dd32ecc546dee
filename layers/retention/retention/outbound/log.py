"""The log of deliveries, as the API shows it, and what is sent again from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from retention.core import Core
from retention.errors import ConflictError, ContentionError, NotFoundError
from retention.jsontext import format_instant
from retention.outbound.announcing import KEPT, delivery_key
from retention.outbound.endpoint import Replayed
from retention.outbound.model import Delivery, DeliveryStatus
from retention.outbound.service import EndpointService
from retention.table import listing
from retention.table.listing import Page, Span
from retention.table.writes import RefusedError, Replace

#: Deliveries that one request sends again; for more it is asked again.
MOST_REPLAYED: Final = 500
#: How a delivery ends that its endpoint has not taken.
MISSED: Final[tuple[DeliveryStatus, ...]] = ("failed", "cancelled")
#: How often a delivery is read again when somebody is just trying it.
TRIES: Final = 5


class DeliveryLog:
    """The use cases of deliveries."""

    def __init__(self, core: Core, endpoints: EndpointService) -> None:
        self._core = core
        self._endpoints = endpoints

    def get(self, endpoint_id: str, delivery_id: str) -> Delivery:
        """A delivery.

        Raises:
            NotFoundError: there is none, or it is another endpoint's.
        """
        found = self._core.store.find(Delivery, delivery_key(delivery_id))
        if found is None or found.endpoint_id != endpoint_id or self._is_over(found):
            raise NotFoundError(f"There is no delivery {delivery_id} to this endpoint.")
        return found

    def page(
        self, endpoint_id: str, status: DeliveryStatus | None, *, limit: int, position: str | None
    ) -> Page[Delivery]:
        """Deliveries to an endpoint, newest first.

        Raises:
            NotFoundError: there is no such endpoint.
        """
        self._endpoints.get(endpoint_id)
        index = "listing" if status in MISSED else "owner"
        return listing.page(
            self._core.store,
            Delivery,
            listing.lanes("Delivery", index, {"endpoint_id": endpoint_id, "status": status}),
            limit=limit,
            position=position,
            keep=lambda one: (status is None or one.status == status) and not self._is_over(one),
        )

    def replay(self, endpoint_id: str, delivery_id: str) -> Delivery:
        """Make a delivery once more, whatever became of it, with all its tries; its id stays the same.

        Raises:
            NotFoundError, ContentionError
            ConflictError: the endpoint is switched off.
        """
        self._require_active(endpoint_id)
        for _ in range(TRIES):
            before = self.get(endpoint_id, delivery_id)
            after = self._renewed(before)
            try:
                self._core.idempotency.commit(Replace(after, before=before), outcome=after)
            except RefusedError:
                continue
            self._wake([after])
            return after
        raise ContentionError

    def replay_failed(self, endpoint_id: str, since: datetime) -> Replayed:
        """Make what was not taken of the events since an instant once more, the oldest first, up to a limit.

        Raises:
            NotFoundError
            ConflictError: the endpoint is switched off.
        """
        self._require_active(endpoint_id)
        found = listing.page(
            self._core.store,
            Delivery,
            listing.lanes(
                "Delivery", "listing", *({"endpoint_id": endpoint_id, "status": status} for status in MISSED)
            ),
            limit=MOST_REPLAYED,
            position=None,
            keep=lambda one: one.status in MISSED and not self._is_over(one),
            # The bound is exclusive, and instants are whole milliseconds.
            span=Span(after=format_instant(since - timedelta(milliseconds=1)) + "~"),
            newest_first=False,
        )
        done = [one for one in self._core.store.parallel(self._again, found.data) if one is not None]
        self._wake(done)
        following = None
        if found.position is not None:
            following = found.data[-1].created_at if found.data else since
        return Replayed(replayed=len(done), continue_since=following)

    def _wake(self, done: Sequence[Delivery]) -> None:
        if done:
            self._core.jobs_queue.wake_for_deliveries([one.id for one in done])

    def _again(self, delivery: Delivery) -> Delivery | None:
        after = self._renewed(delivery)
        try:
            self._core.store.write(Replace(after, before=delivery))
        except RefusedError:
            return None  # Somebody else was faster, and has it on its way.
        return after

    def _renewed(self, delivery: Delivery) -> Delivery:
        """Its first state again."""
        now = self._core.now()
        return self._core.changed(
            delivery,
            status="pending",
            tries=0,
            due_at=now,
            lease_until=None,
            delivered_at=None,
            # A month from now, as for a new one: it may take days.
            expires_at=now + KEPT,
        )

    def _require_active(self, endpoint_id: str) -> None:
        if not self._endpoints.get(endpoint_id).is_active:
            raise ConflictError("This endpoint is switched off: switch it on first.")

    def _is_over(self, delivery: Delivery) -> bool:
        """Whether its time is over, and DynamoDB has not removed it yet."""
        return delivery.expires_at is not None and delivery.expires_at <= self._core.now()
