"""From JSON to a contract, with every error named by its JSON pointer."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from retention import merge_patch
from retention.entity import Entity
from retention.errors import FieldError, InvalidInputError

M = TypeVar("M", bound=BaseModel)


def _pointer(prefix: str, location: tuple[int | str, ...]) -> str:
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _location(error: Any, data: Any) -> tuple[int | str, ...]:
    """Where an error is in the input: pydantic's location without the names of union members and validators."""
    where: list[int | str] = []
    for part in error["loc"]:
        if (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif error["type"] == "missing" and part == error["loc"][-1]:
            data = None
        else:
            continue
        where.append(part)
    return tuple(where)


def _field_error(error: Any, data: Any, prefix: str) -> FieldError:
    code = str(error["type"])
    if code == "extra_forbidden":
        return FieldError(_pointer(prefix, _location(error, data)), "unknown_field", "This field is not known here.")
    if code == "missing":
        return FieldError(_pointer(prefix, _location(error, data)), "required", "This field is required.")
    return FieldError(_pointer(prefix, _location(error, data)), code, str(error["msg"]))


def parse(model: type[M], data: Any, *, prefix: str = "") -> M:
    """Check data against a contract.

    Raises:
        InvalidInputError: with one entry for each thing that is wrong.
    """
    if not isinstance(data, dict):
        raise InvalidInputError.at(prefix, "not_an_object", "A JSON object is expected here.")
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        seen = dict.fromkeys(_field_error(entry, data, prefix) for entry in error.errors(include_url=False))
        raise InvalidInputError(*seen) from None


def refuse_server_owned(entity: type[Entity], data: Any) -> None:
    """Refuse fields that only the server sets, with an error that says so rather than calling them unknown."""
    if not isinstance(data, dict):
        return
    owned = {info.alias or name for name, info in entity.model_fields.items() if name in entity.server_owned}
    errors = [
        FieldError(_pointer("", (name,)), "read_only", "This field is set by the server.")
        for name in data
        if name in owned
    ]
    if errors:
        raise InvalidInputError(*errors)


def patched(model: type[M], current: BaseModel, patch: Any) -> M:
    """The input that results from a JSON merge patch on the present state of an entity.

    Null clears an optional field and is refused for any other.

    Raises:
        InvalidInputError: the patch, or what would come of it, is not acceptable.
    """
    if not isinstance(patch, dict):
        raise InvalidInputError.at("", "not_an_object", "A JSON object is expected here.")
    names = {info.alias or name: name for name, info in model.model_fields.items()}
    errors = []
    for name, value in patch.items():
        if name not in names:
            errors.append(FieldError(_pointer("", (name,)), "unknown_field", "This field is not known here."))
        elif value is None and model.model_fields[names[name]].default is not None:
            errors.append(FieldError(_pointer("", (name,)), "not_nullable", "This field cannot be cleared."))
    if errors:
        raise InvalidInputError(*errors)
    present = {alias: getattr(current, name) for alias, name in names.items() if getattr(current, name) is not None}
    return parse(model, merge_patch.apply(present, patch))
