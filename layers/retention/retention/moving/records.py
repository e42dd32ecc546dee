"""A record: all that an item holds, as a line of JSON that people can read and any stack can take back.

    {"kind": "Lead", "id": "...", "firstName": "Ada", ..., "internal": {"revision": "..."}}

The fields that the API shows stand by their public names; `internal` holds those that it does not. What is not set is
left out. Items are equal when the bytes of their records are.
"""

import types
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic_core import PydanticCustomError

from retention import jsontext, validation
from retention.entity import Entity
from retention.errors import InvalidInputError
from retention.fields import parse_instant

KIND: Final = "kind"
INTERNAL: Final = "internal"


def record_of(entity: Entity) -> dict[str, Any]:
    """The record of an entity."""
    shown: dict[str, Any] = {KIND: type(entity).__name__}
    hidden: dict[str, Any] = {}
    for name, info in type(entity).model_fields.items():
        value = getattr(entity, name, None)
        if value is None or (name in _UNSAID and value == info.default):
            continue
        (hidden if info.exclude else shown)[info.alias or name] = value
    return {**shown, INTERNAL: hidden} if hidden else shown


#: Fields that every entity has, and most have nothing to say in.
_UNSAID: Final = frozenset({"revision", "deleting"})


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as a line of an archive; free data keeps the order in which it came."""
    return jsontext.dump_bytes(record) + b"\n"


def entity_of(kind: type[Entity], record: Mapping[str, Any]) -> Entity:
    """The entity of a record, checked like any input.

    Raises:
        InvalidInputError: a field is missing, unknown or of the wrong form; each with its pointer.
    """
    said = {name: value for name, value in record.items() if name not in (KIND, INTERNAL)}
    hidden = record.get(INTERNAL, {})
    if not isinstance(hidden, dict):
        raise InvalidInputError.at(f"/{INTERNAL}", "not_an_object", "A JSON object is expected here.")
    known = {info.alias or name: bool(info.exclude) for name, info in kind.model_fields.items()}
    for where, members, expected in (("", said, False), (f"/{INTERNAL}", hidden, True)):
        for name in members:
            if known.get(name) is not expected:
                raise InvalidInputError.at(f"{where}/{name}", "unknown_field", "This field is not known here.")
    whole = {**said, **hidden}
    for name in _instants(kind) & whole.keys():
        try:
            whole[name] = parse_instant(whole[name])
        except PydanticCustomError as error:
            raise InvalidInputError.at(f"/{name}", error.type, error.message()) from None
    return validation.parse(kind, whole)


@cache
def _instants(kind: type[Entity]) -> frozenset[str]:
    """The fields of an entity that hold an instant, by their public names."""
    return frozenset(info.alias or name for name, info in kind.model_fields.items() if _is_instant(info.annotation))


def _is_instant(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _is_instant(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(_is_instant(option) for option in get_args(annotation))
    return annotation is datetime
