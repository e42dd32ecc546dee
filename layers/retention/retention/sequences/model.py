"""What a sequence is: its steps, a lead's enrollment, and the execution of one step for one enrollment."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from retention.campaigns.model import Channels
from retention.contactrules.model import SequenceSettings, StepSettings
from retention.engine.obligation import Obligation
from retention.entity import Dated, Entity
from retention.fields import Channel, Contract, Count, ForeignId, Instant, LongText, Meta, Name, RootId, json_object
from retention.leads.model import LeadStatus

SequenceStatus = Literal["DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"]
TriggerType = Literal["manual", "new_lead", "no_conversion"]
EnrollmentStatus = Literal["ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED"]
ENROLLMENT_STATUSES: tuple[EnrollmentStatus, ...] = ("ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED")
DelayUnit = Literal["HOURS", "DAYS", "WEEKS"]

#: Steps that a sequence may be created with: with the sequence and an idempotency record, half a transaction.
MAX_INLINE_STEPS: Final = 50
#: Steps that a sequence may have: as many as one transaction can put in order.
MAX_STEPS: Final = 100
#: The largest place in the order.
MAX_STEP_ORDER: Final = 1_000_000


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
    conditions: json_object(8_192) = Field(default_factory=dict, description="When the step is to be taken")  # type: ignore[valid-type]
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


class _AsTriggerConfig:
    """Describes a field as a trigger configuration; worked out when a document is written, not at import."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return TriggerConfig.model_json_schema()


#: A trigger configuration as it is kept and shown: members that are not set are left out.
ShownTriggerConfig = Annotated[Any, _AsTriggerConfig()]


class RetentionSequence(SequenceInput, Dated):
    """A plan of steps over days or weeks."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {"status"}

    id: str = Field(description="Identity, for ever")
    status: SequenceStatus = Field(default="DRAFT", description="Changed by activate, pause, resume and archive")
    #: Since when it is paused.
    paused_at: Instant | None = Field(default=None, exclude=True)
    trigger_config: ShownTriggerConfig = Field(default_factory=dict, description="Which leads come into it")


class SequenceView(RetentionSequence):
    """A sequence with its steps. Its revision is that of the whole: it changes when a step does."""

    server_owned: ClassVar[frozenset[str]] = RetentionSequence.server_owned | {"steps"}

    steps: list[SequenceStep] = Field(description="Its steps, by (stepOrder, id)")


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


class Generation(Entity):
    """How many times a lead has been through a sequence; survives the enrollment."""

    lead_id: str
    sequence_id: str
    last: int


class Arrival(Entity):
    """Something about a lead is new (the lead itself, an assignment): triggers are still to be looked at."""

    lead_id: str
    due_at: Instant
