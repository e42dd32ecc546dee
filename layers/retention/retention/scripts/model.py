"""What a script is: the words of a call, a text message or an e-mail."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Discriminator, Field, Tag

from retention.entity import Dated, Entity
from retention.fields import Channel, Contract, Name, RootId, Text, json_object


class EmailContent(Contract):
    """An e-mail: its parts are templates."""

    subject: Text = Field(min_length=1, max_length=998, description="Subject line; RFC 5322 allows 998 characters")
    html: Text = Field(min_length=1, max_length=200_000, description="HTML part")
    text: Text | None = Field(default=None, max_length=200_000, description="Plain text part")


def _form(value: Any) -> str | None:
    """Which form a content has; the names cannot be taken for members of an input."""
    if value is None:
        return "no content"
    if isinstance(value, str):
        return "a text"
    return "an e-mail" if isinstance(value, dict | BaseModel) else None


def _as_elsewhere(schema: dict[str, Any]) -> None:
    """Say `anyOf` in the JSON Schema, as for every other value of several types."""
    schema["anyOf"] = schema.pop("oneOf")


Content = Annotated[
    Annotated[Text, Tag("a text")] | Annotated[EmailContent, Tag("an e-mail")] | Annotated[None, Tag("no content")],
    Discriminator(
        _form,
        custom_error_type="not_content",
        custom_error_message="must be a text, or for an e-mail an object with subject and html",
    ),
    Field(json_schema_extra=_as_elsewhere),
]


class ScriptInput(Contract):
    """What a client may set on a script. Whether `content` fits `type` is checked when it is saved."""

    name: Name = Field(description="Name, for people")
    type: Channel = Field(description="The channel it is for")
    content: Content = Field(
        default=None,
        description="SMS: the text. EMAIL: an object with subject, html, text. CALL: instructions, or in vapiConfig",
    )
    vapi_config: json_object(32_768) | None = Field(default=None, description="CALL: settings for VAPI")  # type: ignore[valid-type]
    campaign_id: RootId | None = Field(default=None, description="The campaign it belongs to")
    is_default: bool = Field(default=False, description="Used where nothing else is chosen")


class Script(ScriptInput, Dated):
    """A template for one channel."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    #: Bytes of JSON of the content and settings when they live in an item of their own, because they are long; else 0.
    body_bytes: int = Field(default=0, exclude=True)
    #: The revision of that item which belongs to this state of the script.
    body_revision: str | None = Field(default=None, exclude=True)


class ScriptBody(Entity):
    """The long content and settings of a script, apart from it."""

    script_id: str
    content: Content = None
    vapi_config: dict[str, Any] | None = None
