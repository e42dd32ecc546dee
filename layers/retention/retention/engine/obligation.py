"""What is owed to a lead: one message through one channel at one time, and the send of it that is under way.

PENDING (no due time) --> SCHEDULED (due) --> SENT --> DELIVERED
                              |                +-----> FAILED
                              +--> SKIPPED, FAILED, or due again later
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self

from pydantic import Field

from retention.entity import Entity
from retention.fields import Channel, Instant, Meta
from retention.jsontext import format_instant

ExecutionStatus = Literal["PENDING", "SCHEDULED", "SENT", "DELIVERED", "FAILED", "SKIPPED"]
#: Statuses in which something is still owed.
OPEN: Final[frozenset[ExecutionStatus]] = frozenset({"PENDING", "SCHEDULED"})

#: How a send whose outcome is not known waits for it.
#: sending: it is the one that its channel is held by. released: its channel is free again, since the provider could
#: not be asked; it may have been accepted all the same.
Phase = Literal["sending", "released"]

#: Decisions that are remembered with an obligation, the newest last: enough to explain, little enough for one unit.
MAX_HISTORY: Final = 6


class Obligation(Entity):
    """One message that is owed to a lead."""

    id: str = Field(description="Identity, for ever")
    contact_attempt_id: str | None = Field(default=None, description="The attempt that was made")
    status: ExecutionStatus = Field(default="PENDING", description="Where it stands")
    scheduled_at: Instant | None = Field(default=None, description="When it is to be executed")
    executed_at: Instant | None = Field(default=None, description="When it was executed")
    result: Meta = Field(default_factory=dict, description="What came of it")
    lead_id: str = Field(default="", exclude=True)
    #: The channel when it was planned: it says which queue it goes through, and nothing else.
    channel: Channel = Field(default="SMS", exclude=True)
    #: Present only while something is owed: the instant at which it may run; of a call that was made, the one at which
    #: its provider is asked how it ended, should no report have come.
    due_at: Instant | None = Field(default=None, exclude=True)
    #: While held (paused): when it would have been due, and since when it is held.
    held_due_at: Instant | None = Field(default=None, exclude=True)
    held_since: Instant | None = Field(default=None, exclude=True)
    #: Sends that the provider refused passingly, in a row.
    tries: int = Field(default=0, exclude=True)
    phase: Phase | None = Field(default=None, exclude=True)
    #: The latest send whose outcome is not known (a Flight as JSON): enough to find it among the provider's records.
    flown: dict[str, Any] | None = Field(default=None, exclude=True)
    #: The latest decisions: [{"at": instant, "code": reason, ...inputs}].
    history: list[dict[str, Any]] | None = Field(default=None, exclude=True)

    @property
    def is_open(self) -> bool:
        """Whether it has no final state yet."""
        return self.status in OPEN

    def noted(self, at: datetime, code: str, **inputs: Any) -> list[dict[str, Any]]:
        """Its history with one more decision. A decision that repeats the one before takes its place."""
        entry = {"at": format_instant(at), "code": code, **{k: v for k, v in inputs.items() if v is not None}}
        history = list(self.history or [])
        if history and history[-1]["code"] == code:
            entry = {**entry, "times": history.pop().get("times", 1) + 1}
        return [*history, entry][-MAX_HISTORY:]


@dataclass(frozen=True)
class Flight:
    """A send under way: written on the contact item before the provider is asked."""

    #: The obligation that is being met.
    work: str
    channel: Channel
    #: Names this one attempt to pass the gate.
    nonce: str
    #: When it passed.
    at: datetime
    #: The address, and a fingerprint of what is sent there.
    to: str
    digest: str
    #: The script it was made of, and the variant of a test that it was chosen for: what they are when the outcome is
    #: known, perhaps a day later, may be another matter. None: none.
    script: str | None = None
    experiment: str | None = None
    #: What one unit of it costs (exact, as text) and of how many it is made: None of a call, and without a price.
    price: str | None = None
    units: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands in an item."""
        told = {name: value for name, value in vars(self).items() if value is not None}
        return {**told, "at": format_instant(self.at)}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """A flight as it stands in an item, or None."""
        return None if stored is None else cls(**{**stored, "at": datetime.fromisoformat(stored["at"])})


#: The field of the contact item that holds the flight of a channel.
FLIGHT_FIELD: Final[Mapping[Channel, str]] = {"CALL": "call_flight", "SMS": "sms_flight", "EMAIL": "email_flight"}
