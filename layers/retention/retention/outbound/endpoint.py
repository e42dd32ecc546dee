"""An address of the team's own that is told what happens."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from retention.entity import Dated, Entity
from retention.fields import Contract, Count, Instant, Name
from retention.outbound.model import EVENT_TYPES, EventType

#: Endpoints that there may be, switched off or not: each delivery of an event is part of its transaction.
MAX_ENDPOINTS: Final = 10


class EndpointInput(Contract):
    """What a client may set on an endpoint."""

    name: Name = Field(description="What people call it")
    type: Literal["events", "postback"] = Field(
        default="events",
        description="events: a signed JSON document is posted. postback: an address with macros is asked for, as "
        "trackers want it; for conversions only",
    )
    method: Literal["GET", "POST"] | None = Field(
        default=None, description="How a postback is asked for: GET unless given. Events are always posted"
    )
    url: str = Field(
        min_length=1,
        max_length=2000,
        description="https, a public host, port 443. A postback names macros such as {subid}, {status} and {payout}",
        examples=["https://hooks.example.com/retention"],
    )
    events: Annotated[list[EventType], Field(min_length=1, max_length=len(EVENT_TYPES))] = Field(
        description="What it is told of; a postback `conversion.recorded` and `conversion.changed` only",
        examples=[["conversion.recorded"]],
    )
    is_active: bool = Field(default=True, description="False: nothing is told to it")


class WebhookEndpoint(EndpointInput, Dated):
    """An address of the team's own that is told what happens."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {
        "previous_secret_until",
        "disabled_at",
        "disabled_because",
        "failing_since",
    }

    id: str = Field(description="Identity, for ever")
    previous_secret_until: Instant | None = Field(
        default=None, description="Until when each message is also signed with the secret before the present one"
    )
    disabled_at: Instant | None = Field(default=None, description="When it was switched off by itself")
    disabled_because: str | None = Field(default=None, description="Why it was switched off by itself")
    failing_since: Instant | None = Field(default=None, description="Since when every try has failed")
    #: Which document of the secret store holds its secrets.
    secret_version: str = Field(default="", exclude=True)


class IssuedWebhookEndpoint(WebhookEndpoint):
    """An endpoint with its secret, which is shown this once."""

    secret: str | None = Field(description="What messages are signed with; null in a repeated answer")


class EndpointHealth(Entity):
    """What an endpoint's failures do to it. Absent while all is well."""

    endpoint_id: str
    #: When the first failure came after which there was no success.
    failing_since: Instant
    #: Tries in a row that got no answer at all.
    silent: Count = 0
    #: Until when nothing is tried, so that one that hangs holds nobody up.
    resting_until: Instant | None = None


class EndpointTest(Contract):
    """What became of a test event."""

    ok: bool = Field(description="Whether it was answered with 2xx")
    status: int | None = Field(description="HTTP status of the answer")
    latency_ms: int = Field(description="Milliseconds that it took")
    answer: str | None = Field(description="How the body of the answer began: 500 characters")
    error: str | None = Field(description="Why it was no success, in a word")


class ReplayRequest(Contract):
    """Which failed deliveries are made again."""

    since: Instant = Field(description="Those of events from this instant on")


class Replayed(Contract):
    """How far a replay came."""

    replayed: Count = Field(description="Deliveries that are on their way again")
    continue_since: Instant | None = Field(
        description="Ask again with this as `since`: there may be more. null: that was all"
    )
