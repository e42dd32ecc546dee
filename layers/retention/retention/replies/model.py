"""A reply: what a lead wrote back."""

from pydantic import Field

from retention.entity import Entity
from retention.fields import Channel, Identifier, Instant
from retention.replies.wording import Meaning

#: Characters of a reply that are kept: the most that Twilio passes on.
MAX_TEXT = 1_600


class Reply(Entity):
    """A text message from a lead. Goes with its lead."""

    id: Identifier = Field(description="Begins with the lead's id")
    lead_id: str = Field(description="The lead")
    channel: Channel = Field(default="SMS", description="How it came")
    received_at: Instant = Field(description="When it came")
    text: str = Field(description="What it says")
    media: int = Field(default=0, description="Pictures and other files that came with it; they are not kept")
    meaning: Meaning = Field(description="What it was taken for")
    provider_ref: str = Field(default="", description="The provider's id of it")
