"""What is told to whom: an event on its way to one endpoint, and who wants which events."""

from typing import Any, ClassVar, Final, Literal, get_args

from pydantic import Field

from retention.entity import Dated, Entity
from retention.fields import Count, Instant

#: What a team can be told of.
EventType = Literal[
    "lead.created",
    "lead.stopped",
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.opened",
    "message.clicked",
    "message.replied",
    "call.ended",
    "conversion.recorded",
    "conversion.changed",
    "budget.spent",
]
EVENT_TYPES: Final[tuple[EventType, ...]] = get_args(EventType)

#: pending: it is tried until it is taken. delivered: answered with 2xx. failed: given up after all tries.
#: cancelled: its endpoint was switched off or deleted before it was taken.
DeliveryStatus = Literal["pending", "delivered", "failed", "cancelled"]


class Delivery(Dated):
    """One event on its way to one endpoint."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="The `webhook-id` of every try: receivers know a repetition by it")
    endpoint_id: str = Field(description="The endpoint")
    type: EventType = Field(description="What happened")
    payload: str = Field(description="The text that is posted, and whose data fills a postback's address")
    status: DeliveryStatus = Field(default="pending", description="Where it stands")
    tries: Count = Field(default=0, description="Requests that were made since it was created or last replayed")
    last_status: int | None = Field(default=None, description="HTTP status of the last answer")
    last_ms: int | None = Field(default=None, description="Milliseconds that the last try took")
    last_answer: str | None = Field(default=None, description="How the body of the last answer began: 500 characters")
    last_error: str | None = Field(default=None, description="Why the last try was no success, in a word")
    delivered_at: Instant | None = Field(default=None, description="When it was taken")
    #: When it may be tried (again); None once it has ended.
    due_at: Instant | None = Field(default=None, description="When it is tried next")
    #: Until when somebody is trying it.
    lease_until: Instant | None = Field(default=None, exclude=True)


class EndpointRegistry(Entity):
    """Which active endpoints want which events: one small item, so that asking costs next to nothing."""

    #: [{"id": endpoint, "events": [type, ...]}]
    wanting: list[dict[str, Any]] = Field(default_factory=list)
    #: All endpoints, the inactive ones included: there may be only so many.
    count: int = 0
