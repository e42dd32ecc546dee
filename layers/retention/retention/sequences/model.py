"""What a sequence is: its steps, a lead's enrollment, and the execution of one step for one enrollment."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from retention.campaigns.model import Channels
from retention.contactrules.model import SequenceSettings, ShownSequenceSettings, ShownStepSettings, StepSettings
from retention.engine.obligation import Obligation
from retention.entity import Dated, Entity
from retention.fields import (
    Channel,
    Contract,
    Count,
    ForeignId,
    Instant,
    KeptAs,
    LongText,
    Meta,
    Name,
    RootId,
)
from retention.leads.model import LeadStatus
from retention.sequences.grammar import Conditions

SequenceStatus = Literal["DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"]
TriggerType = Literal["manual", "new_lead", "no_conversion"]
EnrollmentStatus = Literal["ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED"]
ENROLLMENT_STATUSES: tuple[EnrollmentStatus, ...] = ("ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED")
DelayUnit = Literal["HOURS", "DAYS", "WEEKS"]
#: What becomes of due times when something is resumed.
ResumePolicy = Literal["shift", "catch_up"]

#: Steps that a sequence may be created with: with the sequence and an idempotency record, half a transaction.
MAX_INLINE_STEPS: Final = 50
#: Steps that a sequence may have: as many as one transaction can put in order.
MAX_STEPS: Final = 100
#: The largest place in the order.
MAX_STEP_ORDER: Final = 1_000_000
#: What is new with a new lead; with an assignment it is the id of the campaign.
THE_LEAD: Final = "lead"
#: Its external id: conversions may wait for it. With a blank, which the id of a campaign has not.
THE_EXTERNAL_ID: Final = "external id"


class TriggerConfig(Contract):
    """Who is enrolled by itself. Which members may be set depends on the trigger type."""

    sources: list[ForeignId] | None = Field(
        default=None, max_length=50, description="new_lead: only leads from these sources or with these source labels"
    )
    campaigns: list[RootId] | None = Field(
        default=None, max_length=100, description="new_lead: only leads assigned to these campaigns"
    )
    min_days_since_last_contact: int | None = Field(
        default=None, ge=0, le=3650, description="no_conversion: days without contact"
    )
    exclude_status: list[LeadStatus] | None = Field(
        default=None, max_length=5, description="no_conversion: leads with these statuses are left out"
    )


class StepInput(Contract):
    """What a client may set on a step."""

    step_order: int | None = Field(
        default=None, ge=0, le=MAX_STEP_ORDER, description="Place in the order, from 0; gaps and ties are allowed"
    )
    channel: Channel = Field(description="The channel it uses")
    script_id: RootId | None = Field(default=None, description="The script it sends")
    delay_value: int = Field(
        default=0, ge=0, le=87_600, description="Delay after the step before, in units; ten years at most"
    )
    delay_unit: DelayUnit = Field(default="HOURS", description="Unit of the delay; a day is 24 hours")
    conditions: Conditions = Field(
        default_factory=dict,
        description="When the step is taken; always, unless something is asked: all, any, not, field, converted, step, "
        "daysSinceLastContact (docs/sequences.md)",
    )
    is_active: bool = Field(default=True, description="False: the step is passed over")
    settings: StepSettings = Field(default_factory=StepSettings, description="Contact hours, lateness, retries")


class StepChange(StepInput):
    """What a client may change on a step: its place can be moved, not cleared."""

    step_order: int = Field(ge=0, le=MAX_STEP_ORDER, description="Place in the order, from 0; gaps and ties allowed")


class SequenceStep(StepInput, Dated):
    """One planned touch of a sequence."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {"sequence_id"}

    id: str = Field(description="Identity, for ever")
    sequence_id: str = Field(description="The sequence it belongs to")
    step_order: int = Field(description="Place in the order, from 0")
    settings: ShownStepSettings = Field(default_factory=dict, description="Contact hours, lateness, retries")


class SequenceInput(Contract):
    """What a client may change on a sequence."""

    name: Name = Field(description="Sequence name")
    description: LongText | None = Field(default=None, description="What it is for")
    channels: Channels = Field(default_factory=list, description="Channels that it uses")
    trigger_type: TriggerType = Field(default="manual", description="How leads come into it")
    trigger_config: TriggerConfig = Field(default_factory=TriggerConfig, description="Which leads come into it")
    settings: SequenceSettings = Field(
        default_factory=SequenceSettings, description="Contact hours, lateness, retries, re-entry"
    )


class SequenceCreate(SequenceInput):
    """A new sequence, with its steps."""

    status: SequenceStatus = Field(default="DRAFT", description="Status to begin with")
    steps: list[StepInput] = Field(default_factory=list, max_length=MAX_INLINE_STEPS, description="Steps, in order")


#: A trigger configuration as it is kept and shown: members that are not set are left out.
ShownTriggerConfig = Annotated[Any, KeptAs(TriggerConfig)]


class RetentionSequence(SequenceInput, Dated):
    """A plan of steps over days or weeks."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {"status"}

    id: str = Field(description="Identity, for ever")
    status: SequenceStatus = Field(default="DRAFT", description="Changed by activate, pause, resume and archive")
    #: Since when it is paused.
    paused_at: Instant | None = Field(default=None, exclude=True)
    #: Names the job that follows its latest change of status through; one that is not named comes to an end by itself.
    followed_by: str | None = Field(default=None, exclude=True)
    #: Since when its trigger takes leads: when it was activated first, or was given this trigger.
    listening_since: Instant | None = Field(default=None, exclude=True)
    #: Names the job that finds leads for it again and again; one that bears another name comes to an end by itself.
    evaluation: str | None = Field(default=None, exclude=True)
    trigger_config: ShownTriggerConfig = Field(default_factory=dict, description="Which leads come into it")
    settings: ShownSequenceSettings = Field(
        default_factory=dict, description="Contact hours, lateness, retries, re-entry"
    )


class SequenceView(RetentionSequence):
    """A sequence with its steps. Its revision is that of the whole: it changes when a step does."""

    server_owned: ClassVar[frozenset[str]] = RetentionSequence.server_owned | {"steps"}

    steps: list[SequenceStep] = Field(description="Its steps, by (stepOrder, id)")


class Resume(Contract):
    """How to go on after a pause."""

    policy: ResumePolicy = Field(
        default="shift",
        description="shift: due times move by the length of the pause. catch_up: they stay; what is past is due now",
    )


class EnrollmentInput(Contract):
    """What a client may change on an enrollment."""

    meta: Meta = Field(default_factory=dict, description="Free data")


class SequenceEnrollment(Entity):
    """One lead in one sequence; its id names both."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned | {
        "sequence_id",
        "lead_id",
        "status",
        "current_step",
        "enrolled_at",
        "completed_at",
        "last_step_at",
    }

    id: str = Field(description="{leadId}.{sequenceId}")
    sequence_id: str = Field(description="The sequence")
    lead_id: str = Field(description="The lead")
    status: EnrollmentStatus = Field(default="ACTIVE", description="Where the lead stands")
    current_step: Count = Field(default=0, description="Steps that have reached a final state")
    enrolled_at: Instant = Field(description="When the lead was enrolled")
    completed_at: Instant | None = Field(default=None, description="When it ended")
    last_step_at: Instant | None = Field(default=None, description="When a step was executed last")
    meta: Meta = Field(default_factory=dict, description="Free data")
    #: Rises with each re-entry, so that no execution's identity is used twice.
    generation: int = Field(default=1, exclude=True)
    #: The step whose execution has no final state yet; None when nothing is to come.
    waiting_for: str | None = Field(default=None, exclude=True)
    #: Since when it is paused.
    paused_at: Instant | None = Field(default=None, exclude=True)
    #: What people and rules did to it: [{"at": instant, "code": reason}], the newest last.
    history: list[dict[str, Any]] | None = Field(default=None, exclude=True)


class SequenceStepExecution(Obligation):
    """One step for one enrollment."""

    id: str = Field(description="{leadId}.{sequenceId}.{generation}.{stepId}")
    enrollment_id: str = Field(description="The enrollment")
    step_id: str = Field(description="The step")
    sequence_id: str = Field(default="", exclude=True)
    generation: int = Field(default=1, exclude=True)
    #: The step's place in the order when this was planned: where to go on from, should the step be deleted.
    step_order: int = Field(default=0, exclude=True)


class Generation(Entity):
    """How many times a lead has been through a sequence; survives the enrollment."""

    lead_id: str
    sequence_id: str
    last: int


class Arrival(Entity):
    """Something about a lead is new (the lead itself, an assignment): triggers are still to be looked at."""

    lead_id: str
    #: What is new: the lead itself (`THE_LEAD`), its external id (`THE_EXTERNAL_ID`), or its assignment to the campaign
    #: with this id.
    what: str
    #: Since when it is new.
    arrived_at: Instant
    #: When triggers are to be looked at: at once, and after a pause where that failed.
    due_at: Instant
    #: How often that failed.
    tries: int = 0
