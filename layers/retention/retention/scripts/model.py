"""What a script is: the words of a call, a text message or an e-mail."""

from typing import ClassVar

from pydantic import Field

from retention.entity import Dated, Entity
from retention.fields import Channel, Contract, Meta, Name, RootId, Text, json_object


class EmailContent(Contract):
    """An e-mail: its parts are templates."""

    subject: Text = Field(min_length=1, max_length=998, description="Subject line; RFC 5322 allows 998 characters")
    html: Text = Field(min_length=1, max_length=200_000, description="HTML part")
    text: Text | None = Field(default=None, max_length=200_000, description="Plain text part")


class ScriptInput(Contract):
    """What a client may set on a script. Whether `content` fits `type` is checked when it is saved."""

    name: Name = Field(description="Name, for people")
    type: Channel = Field(description="The channel it is for")
    content: Text | EmailContent | None = Field(
        default=None,
        description="SMS: the text. EMAIL: an object with subject, html and text. CALL: instructions, unless vapiConfig has them",
    )
    vapi_config: json_object(32_768) | None = Field(default=None, description="CALL: settings for VAPI")  # type: ignore[valid-type]
    campaign_id: RootId | None = Field(default=None, description="The campaign it belongs to")
    is_default: bool = Field(default=False, description="Used where nothing else is chosen")


class Script(ScriptInput, Dated):
    """A template for one channel."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    #: True when the content lives in an item of its own, because it is long.
    has_body: bool = Field(default=False, exclude=True)


class ScriptBody(Entity):
    """The long content of a script, apart from it."""

    script_id: str
    content: Text | Meta | None = None
