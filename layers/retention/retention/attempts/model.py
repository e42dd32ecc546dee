"""What a contact attempt is, and how its status may move."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from retention.engine.obligation import Obligation
from retention.entity import Entity
from retention.fields import Channel, Contract, Count, Identifier, Instant, LongText, Money, RootId, ShortText
from retention.scripts.model import Content

AttemptStatus = Literal["PENDING", "SUCCESS", "NO_ANSWER", "IN_PROGRESS", "FAILED"]

#: By hand, and by the engine, a status never falls; equal ranks are final and exclude each other. What reports make of
#: it follows from all that was told (reports/deriving): it may still pass from one end to another, never back to open.
RANK: Final[Mapping[AttemptStatus, int]] = {"PENDING": 0, "IN_PROGRESS": 1, "SUCCESS": 2, "NO_ANSWER": 2, "FAILED": 2}
#: From here a status does not move any more.
FINAL: Final[frozenset[AttemptStatus]] = frozenset({"SUCCESS", "NO_ANSWER", "FAILED"})


def may_become(before: AttemptStatus, after: AttemptStatus) -> bool:
    """Whether a status may follow another."""
    return before == after or RANK[after] > RANK[before]


class AttemptChange(Contract):
    """What a client may change on an attempt."""

    status: AttemptStatus = Field(default="PENDING", description="Where it stands; never moves backwards")
    result: ShortText | None = Field(default=None, description="What came of it")
    notes: LongText | None = Field(default=None, description="Notes for people")


class AttemptInput(AttemptChange):
    """A contact that was made by hand, or elsewhere."""

    lead_id: RootId = Field(description="The lead")
    campaign_id: RootId | None = Field(default=None, description="The campaign it was made for")
    channel: Channel = Field(description="The channel that was used")
    script_id: RootId | None = Field(default=None, description="The script that was used")
    provider: ShortText | None = Field(default=None, min_length=1, max_length=100, description="vapi, twilio, sendgrid")
    provider_ref: ShortText | None = Field(default=None, min_length=1, description="The provider's id of it")
    started_at: Instant | None = Field(default=None, description="When it began; now, unless given")
    completed_at: Instant | None = Field(default=None, description="When it ended")
    duration: Count | None = Field(default=None, description="Length of a call, in seconds")
    cost: Money | None = Field(default=None, description="What it cost")


class ContactAttempt(AttemptInput, Entity):
    """One contact with one lead through one channel."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned

    id: Identifier = Field(description="Begins with the lead's id")
    started_at: Instant = Field(description="When it began")
    #: When its provider took it; None where it did not, or that is not known.
    sent_at: Instant | None = Field(default=None, exclude=True)
    #: Weekday (0: Monday) and hour of that, where the lead lives: 214 is Wednesday after two. None where it is unclear.
    local_hour: str | None = Field(default=None, exclude=True)
    #: The variant of a test that it was made for, "{testId}:A" or "{testId}:B" (experiments/variants.Part).
    experiment: str | None = Field(default=None, exclude=True)
    #: Whose budgets it is paid from (budgets/limits.scopes_of): they must know what it cost. None: none.
    budgets: list[str] | None = Field(default=None, exclude=True)
    #: What was told about it (reports/evidence.Told): it only grows, and status, end, length and cost follow from it.
    told: dict[str, Any] | None = Field(default=None, exclude=True)
    #: What somebody has set by hand and reports leave alone: `status` (a final one), `result`.
    by_hand: list[str] | None = Field(default=None, exclude=True)
    #: Since when nobody can say whether it was sent, until somebody does, or what it was sent for is deleted.
    unknown_since: Instant | None = Field(default=None, exclude=True)


class DirectContact(Obligation):
    """One message that somebody has sent to a lead by hand, until it is sent. Its attempt has the same id."""

    #: What is sent: a script, or words given with the request.
    script_id: str | None = Field(default=None, exclude=True)
    content: Content = Field(default=None, exclude=True)
