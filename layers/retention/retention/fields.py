"""What a field may hold: the value types that several entities share, each declared once."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retention import jsontext
from retention.channels import CHANNELS as CHANNELS
from retention.channels import Channel as Channel
from retention.clock import truncate_to_milliseconds

#: Characters that an id given by a client may have. A dot joins the parts of ids that name where an item lives.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.\-]+$")]
#: An id without parts, as new roots and imported rows have it.
RootId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]

#: The form of an instant, with its offset. Source: RFC 3339, section 5.6. Python alone would take week dates, too.
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)


def _visible(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return text


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("control_character", "must not hold the character U+0000")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
#: A name that people read: not blank, 200 characters.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_without_nul), AfterValidator(_visible)
]
#: One line or a few: 2,000 characters.
ShortText = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_without_nul)]
#: Notes and descriptions: 10,000 characters.
LongText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_without_nul)]
#: An identifier of another system (CRM, tracker): it becomes part of a key, so 1 to 200 characters.
ForeignId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_without_nul)]


def parse_instant(value: Any) -> datetime:
    """Read an RFC 3339 instant; finer than a millisecond is cut off.

    Raises:
        PydanticCustomError: no such instant, or without an offset from UTC.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("not_an_instant", "must be an RFC 3339 instant such as 2026-02-18T14:30:00.000Z")
    try:
        instant = datetime.fromisoformat(value.upper())
        if instant.tzinfo is None:
            raise ValueError("no offset")
        utc = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "not_an_instant", "must be an RFC 3339 instant with its offset, such as 2026-02-18T14:30:00.000Z"
        ) from None
    if not _EARLIEST <= utc <= _LATEST:
        raise PydanticCustomError("instant_out_of_range", "must lie between the years 1970 and 9999")
    return truncate_to_milliseconds(utc)


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(jsontext.format_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("not_a_number", "must be a number")
    return Decimal(value)


def _number_schema(**extra: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", **extra})


#: An amount in the account's currency, at most four decimals, exact (never a binary float).
Money = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, max_digits=18, decimal_places=4),
    _number_schema(minimum=0, maximum=99_999_999_999_999, multipleOf=0.0001),
]
#: A share between 0 and 1.
Ratio = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=1), _number_schema(minimum=0, maximum=1)]
#: A count; an integer from 0.
Count = Annotated[int, Field(ge=0, le=2**53)]


def json_object(max_bytes: int) -> Any:
    """The type of a JSON object that is stored as it came, up to so many bytes of text."""

    def check(value: dict[str, Any]) -> dict[str, Any]:
        if len(jsontext.dump_bytes(value)) > max_bytes:
            raise PydanticCustomError("too_large", "must be at most {limit} bytes of JSON", {"limit": max_bytes})
        return value

    return Annotated[dict[str, Any], AfterValidator(check)]


#: Free data that a team attaches to something: 16 KB.
Meta = json_object(16_384)


class Contract(BaseModel):
    """A shape that crosses the API: camelCase outside, snake_case inside; unknown members and other types refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        # A validator is built when it is first used: a cold start pays for the contracts of one request only.
        defer_build=True,
    )


class KeptAs:
    """Describes a field that holds a contract as a plain object (`kept`); worked out when a document is written."""

    def __init__(self, contract: type[Contract]) -> None:
        self._contract = contract

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = self._contract.model_json_schema()
        return cast(JsonSchemaValue, _inlined(schema, schema.pop("$defs", {})))


def kept(contract: Contract) -> dict[str, Any]:
    """A contract as it is kept: the members that were set, by their public names."""
    return contract.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    """A JSON Schema with its definitions written out in their places, and without titles made of names."""
    if isinstance(part, list):
        return [_inlined(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    said = {name: one for name, one in part.items() if not (name == "title" and isinstance(one, str))}
    written_out = {name: _inlined(one, definitions) for name, one in said.items() if name != "$ref"}
    if "$ref" in part:
        return _inlined(definitions[part["$ref"].rsplit("/", 1)[-1]], definitions) | written_out
    return written_out
