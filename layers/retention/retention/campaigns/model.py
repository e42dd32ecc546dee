"""What a campaign is, the assignment of a lead to it (`CampaignLead`), and what it owes to that lead."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from retention.contactrules.model import CampaignSettings, ShownCampaignSettings
from retention.engine.obligation import Obligation
from retention.entity import Dated, Entity
from retention.fields import Channel, Contract, Instant, LongText, Meta, Name

CampaignStatus = Literal["DRAFT", "ACTIVE", "PAUSED", "COMPLETED"]
AssignmentStatus = Literal["PENDING", "IN_PROGRESS", "COMPLETED", "FAILED"]


def _each_once(channels: list[Channel]) -> list[Channel]:
    if len(set(channels)) != len(channels):
        raise PydanticCustomError("duplicate_item", "must name each channel once")
    return channels


#: Channels in the order in which they are used, each once.
Channels = Annotated[list[Channel], Field(max_length=3), AfterValidator(_each_once)]


class CampaignInput(Contract):
    """What a client may set on a campaign."""

    name: Name = Field(description="Campaign name")
    description: LongText | None = Field(default=None, description="What it is for")
    channels: Channels = Field(
        default_factory=list,
        description="Channels, in the order in which they are used",
        json_schema_extra={"default": []},
    )
    meta: Meta | None = Field(default=None, description="Free data")
    start_date: Instant | None = Field(default=None, description="Nothing is sent before")
    end_date: Instant | None = Field(default=None, description="Nothing is sent after")
    settings: CampaignSettings = Field(default_factory=CampaignSettings, description="How it contacts its leads")


class CampaignCreate(CampaignInput):
    """A new campaign. Its status changes by start, pause, resume and complete afterwards."""

    status: CampaignStatus = Field(default="DRAFT", description="Status to begin with")


class Campaign(CampaignCreate, Dated):
    """A group of leads that are contacted together."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    settings: ShownCampaignSettings = Field(default_factory=dict, description="How it contacts its leads")
    #: Since when it takes new leads by itself: when it was started.
    started_at: Instant | None = Field(default=None, exclude=True)
    #: Since when it is paused.
    paused_at: Instant | None = Field(default=None, exclude=True)
    #: Names the job that follows its latest change of status through; one that is not named comes to an end by itself.
    followed_by: str | None = Field(default=None, exclude=True)
    #: Names the job that sees whether all is done; one that bears another name comes to an end by itself.
    watch: str | None = Field(default=None, exclude=True)


class CampaignLead(Entity):
    """The assignment of one lead to one campaign; its id names both."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned | {"status", "assigned_at", "completed_at"}

    id: str = Field(description="{leadId}.{campaignId}")
    campaign_id: str = Field(description="The campaign")
    lead_id: str = Field(description="The lead")
    status: AssignmentStatus = Field(
        default="PENDING",
        description="PENDING: nothing was done yet. IN_PROGRESS: something was, and something is left. COMPLETED: at "
        "least one contact was accepted, and nothing is left. FAILED: none was, and nothing is left",
    )
    assigned_at: Instant = Field(description="When the lead was assigned")
    completed_at: Instant | None = Field(default=None, description="When the campaign was done with the lead")
    #: The highest number that contacts of an earlier assignment had: no identity is used twice.
    base: int = Field(default=0, exclude=True)
    #: How far each channel is (campaigns/progress); None until the first contacts are planned.
    progress: dict[str, Any] | None = Field(default=None, exclude=True)


class CampaignContact(Obligation):
    """One contact that a campaign owes to a lead; its attempt has the same id."""

    id: str = Field(description="{leadId}.{campaignId}.{channel}-{n}")
    campaign_id: str = Field(description="The campaign")
    n: int = Field(description="Counts the contacts of a lead through the channel")


class FormerAssignment(Entity):
    """The highest number that contacts of a lead had in a campaign; survives the assignment."""

    lead_id: str
    campaign_id: str
    last: int


class AutoAssigned(Entity):
    """How many leads a campaign has taken by itself; kept only where that is limited."""

    campaign_id: str
    taken: int
