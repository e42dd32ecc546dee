"""A form or tool that sends us leads: how it is set up, and what came of what it sent."""

from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from retention.contactrules.zones import TimeZone
from retention.entity import Dated, Entity
from retention.fields import Contract, Count, Instant, KeptAs, LongText, Meta, Name, RootId
from retention.leads.model import LeadInput

#: Names of members of a lead's meta that the service sets itself.
RESERVED: Final = frozenset({"sourceLabel", "consent", "intake", "intakeCut", "missing", "ad"})


def _path(text: str) -> str:
    if not all(text.split(".")):
        raise PydanticCustomError("invalid_path", "must be names and positions joined by dots, such as data.email")
    if text.count(".") >= 16:
        raise PydanticCustomError("invalid_path", "must have at most 16 parts")
    return text


#: Where a value stands in a payload: names of members and positions in lists, joined by dots.
Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_path),
]
#: The name of a member that a mapping puts into meta.
MemberName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
#: The part of an address that names a form.
Slug = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]


def _free(names: dict[str, str]) -> dict[str, str]:
    taken = sorted(RESERVED & set(names))
    if taken:
        raise PydanticCustomError("reserved_name", "must not name {taken}: the service sets it", {"taken": taken[0]})
    return names


class FieldMapping(Contract):
    """Where the fields of a lead stand in a payload. One that names none goes by the usual names, such as email."""

    full_name: Path | None = Field(default=None, description="First and last name in one; it is taken apart")
    first_name: Path | None = Field(default=None, description="First name")
    last_name: Path | None = Field(default=None, description="Last name")
    email: Path | None = Field(default=None, description="E-mail address")
    phone: Path | None = Field(default=None, description="Phone number")
    external_id: Path | None = Field(default=None, description="Id of the person in that system")
    time_zone: Path | None = Field(default=None, description="Time zone, an IANA name")
    notes: Path | None = Field(default=None, description="Notes for people")
    consent: Annotated[dict[MemberName, Path], Field(max_length=20)] = Field(
        default_factory=dict, description="What was agreed to, by name; kept in `meta.consent`"
    )
    meta: Annotated[dict[MemberName, Path], Field(max_length=50), AfterValidator(_free)] = Field(
        default_factory=dict, description="What else is kept, by its name in `meta`"
    )


class Defaults(Contract):
    """What a field is where the payload says nothing."""

    first_name: Name | None = Field(default=None, description="First name")
    last_name: Name | None = Field(default=None, description="Last name")
    time_zone: TimeZone | None = Field(default=None, description="Time zone, an IANA name")
    notes: LongText | None = Field(default=None, description="Notes for people")
    meta: Annotated[Meta, AfterValidator(_free)] | None = Field(default=None, description="Members of `meta`")


class Target(Contract):
    """Where new leads go: to a campaign or into a sequence, not both."""

    campaign_id: RootId | None = Field(default=None, description="Campaign that leads are assigned to")
    sequence_id: RootId | None = Field(default=None, description="Sequence that leads are enrolled in")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.campaign_id is not None and self.sequence_id is not None:
            raise PydanticCustomError("two_targets", "takes campaignId or sequenceId, not both")
        return self


class InboundWebhookChange(Contract):
    """What can be changed about a form."""

    name: Name = Field(description="For people: which form or tool this is")
    source_label: Name | None = Field(
        default=None,
        description="Kept as `meta.sourceLabel` of each lead, and matched by `sources` of triggers; the name unless "
        "given",
    )
    mapping: FieldMapping = Field(default_factory=FieldMapping, description="Where the fields of a lead stand")
    defaults: Defaults = Field(default_factory=Defaults, description="What a field is where nothing is given")
    target: Target = Field(default_factory=Target, description="Where the leads go")
    test_mode: bool = Field(default=False, description="True: what comes is logged, and nothing else is done")
    is_active: bool = Field(default=True, description="False: whoever calls is refused")


class InboundWebhookInput(InboundWebhookChange):
    """A new form or tool that sends leads."""

    slug: Slug = Field(description="Last part of its address, `/webhooks/inbound/{slug}`; it stays")


class InboundWebhook(InboundWebhookInput, Dated):
    """A form or tool that sends leads."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    mapping: Annotated[Any, KeptAs(FieldMapping)] = Field(
        default_factory=dict, description="Where the fields of a lead stand"
    )
    defaults: Annotated[Any, KeptAs(Defaults)] = Field(
        default_factory=dict, description="What a field is where nothing is given"
    )
    target: Annotated[Any, KeptAs(Target)] = Field(default_factory=dict, description="Where the leads go")
    #: Names the secret that is good now; the secret itself is not kept (opening.secret_of).
    secret_version: str = Field(default="", exclude=True)
    #: Begins anew when earlier secrets are to be refused at once: those of another era do not stay good.
    secret_era: str = Field(default="", exclude=True)

    @property
    def label(self) -> str:
        """What its leads are labelled with."""
        return self.source_label or self.name


class IssuedInboundWebhook(InboundWebhook):
    """A form with its secret: the only answer that holds it."""

    secret: str | None = Field(
        repr=False,
        description="What the form proves itself with, shown this once; null when an answer is repeated for its "
        "Idempotency-Key",
    )


class InboundWebhookSlug(Entity):
    """One form has an address."""

    slug: str
    webhook_id: str


class SecretRotation(Contract):
    """How a secret is replaced."""

    revoke_old: bool = Field(
        default=False, description="True: the old secret is refused at once; else it stays good for 48 hours"
    )


class TestPayload(Contract):
    """What a form might send."""

    payload: Any = Field(description="Any JSON, as the form would send it")


class IntakeProblem(Contract):
    """What could not be used of what was sent."""

    pointer: str = Field(description="The field of a lead, as a JSON pointer")
    code: str = Field(description="What is wrong, for programs")
    detail: str = Field(description="What is wrong, for people")


class MappedPayload(Contract):
    """What the mapping makes of a payload."""

    lead: LeadInput | None = Field(description="The lead that would be taken in; null where nobody is named")
    fields: list[str] = Field(description="Fields that the payload filled")
    errors: list[IntakeProblem] = Field(description="What could not be used")


#: What came of a submission.
IntakeResult = Literal["created", "existing", "rejected", "test"]


class IntakeActivity(Entity):
    """What came of one submission; nothing personal is kept here."""

    id: str = Field(description="Identity of the submission: the same in every copy of it")
    received_at: Instant = Field(description="When it came")
    result: IntakeResult = Field(
        description="created: a new lead; existing: the person was known; rejected: it names nobody; test: in test mode"
    )
    lead_id: str | None = Field(default=None, description="The lead")
    fields: list[str] = Field(default_factory=list, description="Fields of a lead that it filled")
    errors: list[str] = Field(
        default_factory=list, description="What could not be used, or done with the target: pointer and code"
    )
    size: Count = Field(default=0, description="Bytes of what was sent")
    #: Whom it came through: the id of the form, or meta.
    webhook_id: str = Field(default="", exclude=True)
    #: Where the lead is still to go; None once that is done.
    target: Any = Field(default=None, exclude=True)
