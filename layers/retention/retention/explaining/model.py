"""What an explanation says."""

from typing import Any, Literal

from pydantic import Field

from retention.campaigns.model import CampaignLead
from retention.fields import Channel, Contract, Instant
from retention.sequences.model import EnrollmentStatus

#: Where a step stands for an enrollment.
State = Literal["upcoming", "scheduled", "held", "sending", "sent", "delivered", "failed", "skipped", "passed_over"]
#: What would be decided.
Outlook = Literal["send", "defer", "hold", "skip", "fail", "wait"]


class Rule(Contract):
    """A rule that something was decided by."""

    name: str = Field(description="Its name, for programs")
    words: str = Field(description="What it asks for")


class Decided(Contract):
    """A decision, as it was made."""

    at: Instant = Field(description="When; the last time, where it was made several times in a row")
    reason: str = Field(description="Why, a reason code")
    sentence: str = Field(description="The reason in words")
    rule: Rule | None = Field(default=None, description="The rule behind it")
    inputs: dict[str, Any] = Field(default_factory=dict, description="What it went by")
    times: int = Field(default=1, description="How many times in a row it was made")


class Preview(Contract):
    """What would be decided about a step, were its time now, by what is known now."""

    outcome: Outlook = Field(
        description="send, defer (due again later), hold (until it is resumed, or sending is released), skip, fail, "
        "or wait (something else is under way)"
    )
    at: Instant | None = Field(
        default=None, description="send: when it would go out. defer: when it would be due again"
    )
    reason: str | None = Field(default=None, description="Why it would not be sent, a reason code")
    sentence: str = Field(description="In words")
    rule: Rule | None = Field(default=None, description="The rule behind it")
    inputs: dict[str, Any] = Field(default_factory=dict, description="What it went by")
    enrollment: EnrollmentStatus | None = Field(
        default=None, description="What would become of the enrollment, where it would end"
    )


class ExplainedStep(Contract):
    """Where one step stands for the enrollment, and why."""

    step_id: str = Field(description="The step")
    step_order: int = Field(description="Its place in the order")
    deleted: bool = Field(description="True for a step that is no longer part of the sequence")
    channel: Channel = Field(description="Its channel")
    state: State = Field(description="Where it stands: exactly one")
    reason: str | None = Field(description="Why, a reason code; null only where none was recorded")
    sentence: str = Field(description="The reason in words")
    rule: Rule | None = Field(default=None, description="The rule behind it")
    inputs: dict[str, Any] = Field(default_factory=dict, description="What was decided by, and what came of it")
    execution_id: str | None = Field(default=None, description="Its execution, once there is one")
    contact_attempt_id: str | None = Field(default=None, description="The contact that was made")
    expected_at: Instant | None = Field(
        default=None, description="upcoming: when it is due at the earliest, should the steps before it run on time"
    )
    scheduled_at: Instant | None = Field(default=None, description="When it is due, or was due last")
    executed_at: Instant | None = Field(default=None, description="When it reached a final state")
    held_since: Instant | None = Field(default=None, description="held: since when")
    sent_at: Instant | None = Field(default=None, description="sending: when the provider was asked")
    looked_into_at: Instant | None = Field(
        default=None, description="sending: when the provider's records are asked, unless it has answered by then"
    )
    preview: Preview | None = Field(default=None, description="scheduled: what would be decided at its time")
    history: list[Decided] = Field(default_factory=list, description="Earlier decisions, the oldest first")


class Next(Contract):
    """What comes next."""

    step_id: str = Field(description="The step")
    state: State = Field(description="scheduled, held or sending")
    at: Instant | None = Field(
        description="When it is due, or, while it is sent, when its outcome is looked into; null while it is held"
    )
    held_since: Instant | None = Field(default=None, description="Since when it is held")


class Explanation(Contract):
    """Where an enrollment stands, why, and what comes next, as of now."""

    enrollment_id: str = Field(description="The enrollment")
    sequence_id: str = Field(description="The sequence")
    lead_id: str = Field(description="The lead")
    explained_at: Instant = Field(description="As of when")
    status: EnrollmentStatus = Field(description="Where the enrollment stands")
    reason: str | None = Field(description="Why it ended or does not go on, a reason code; null while it goes on")
    sentence: str = Field(description="The reason in words")
    since: Instant = Field(description="Since when it stands so")
    next: Next | None = Field(description="What comes next; null when nothing is to come")
    steps: list[ExplainedStep] = Field(description="Each step once, in order")
    history: list[Decided] = Field(description="What people and rules did to the enrollment, the oldest first")


class ExplainedContact(Contract):
    """Where one contact of a campaign stands, and why."""

    id: str = Field(description="The contact; its attempt has the same id")
    channel: Channel = Field(description="Its channel")
    state: State = Field(description="Where it stands: exactly one")
    reason: str | None = Field(description="Why, a reason code")
    sentence: str = Field(description="The reason in words")
    rule: Rule | None = Field(default=None, description="The rule behind it")
    inputs: dict[str, Any] = Field(default_factory=dict, description="What was decided by, and what came of it")
    contact_attempt_id: str | None = Field(default=None, description="The contact attempt that was made")
    scheduled_at: Instant | None = Field(default=None, description="When it is due, or was due last")
    executed_at: Instant | None = Field(default=None, description="When it reached a final state")
    held_since: Instant | None = Field(default=None, description="held: since when")
    preview: Preview | None = Field(default=None, description="scheduled: what would be decided at its time")
    history: list[Decided] = Field(default_factory=list, description="Earlier decisions, the oldest first")


class CampaignLeadView(CampaignLead):
    """The assignment of a lead with its contacts, as of now."""

    contacts: list[ExplainedContact] = Field(description="What was and is planned for the lead, in order of time")
