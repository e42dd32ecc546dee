"""What a campaign is, and the assignment of a lead to it (`CampaignLead`)."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from retention.contactrules.model import CampaignSettings, ShownCampaignSettings
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
    settings: CampaignSettings = Field(default_factory=CampaignSettings, description="Contact hours")


class CampaignCreate(CampaignInput):
    """A new campaign. Its status changes by start, pause, resume and complete afterwards."""

    status: CampaignStatus = Field(default="DRAFT", description="Status to begin with")


class Campaign(CampaignCreate, Dated):
    """A group of leads that are contacted together."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    settings: ShownCampaignSettings = Field(default_factory=dict, description="Contact hours")


class CampaignLead(Entity):
    """The assignment of one lead to one campaign; its id names both."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned | {"status", "assigned_at", "completed_at"}

    id: str = Field(description="{leadId}.{campaignId}")
    campaign_id: str = Field(description="The campaign")
    lead_id: str = Field(description="The lead")
    status: AssignmentStatus = Field(default="PENDING", description="How far the campaign is with this lead")
    assigned_at: Instant = Field(description="When the lead was assigned")
    completed_at: Instant | None = Field(default=None, description="When the campaign was done with the lead")
