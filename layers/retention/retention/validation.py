"""From JSON to a contract, with every error named by its JSON pointer."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

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


#: Our words for what pydantic finds: part of the public contract, so they must not change with it. Codes of our own
#: validators, such as invalid_email, stand as they are.
_CODES: Final = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "This field is not known here."),
    "literal_error": ("not_allowed", None),
    "string_too_short": ("too_short", None),
    "string_too_long": ("too_long", None),
    "string_pattern_mismatch": ("wrong_format", None),
    "greater_than": ("too_small", None),
    "greater_than_equal": ("too_small", None),
    "less_than": ("too_large", None),
    "less_than_equal": ("too_large", None),
    "decimal_max_places": ("too_precise", None),
    "decimal_max_digits": ("too_large", None),
    "decimal_whole_digits": ("too_large", None),
}


def _field_error(error: Any, data: Any, prefix: str) -> FieldError:
    found = str(error["type"])
    code, detail = _CODES.get(found, (found, None))
    if found.endswith(("_type", "_parsing", "_from_float")):
        code = "wrong_type"
    if code in ("too_long", "too_short") and isinstance(error.get("input"), str):
        # Pydantic speaks of "items" where a text has passed a validator before its length is looked at.
        limit = error["ctx"].get("max_length", error["ctx"].get("min_length"))
        characters = "character" if limit == 1 else "characters"
        detail = f"This text must have at {'most' if code == 'too_long' else 'least'} {limit} {characters}."
    return FieldError(_pointer(prefix, _location(error, data)), code, detail or str(error["msg"]))


def parse(model: type[M], data: Any, *, prefix: str = "", context: Mapping[str, Any] | None = None) -> M:
    """Check data against a contract.

    Args:
        prefix: pointer to where the data stands.
        context: what its validators must know besides, such as what the deployment allows.

    Raises:
        InvalidInputError: with one entry for each thing that is wrong.
    """
    if not isinstance(data, dict):
        raise InvalidInputError.at(prefix, "not_an_object", "A JSON object is expected here.")
    try:
        return model.model_validate(data, by_alias=True, by_name=False, context=context)
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


def refuse_fixed(entity: type[Entity], changeable: type[BaseModel], patch: Any) -> None:
    """Refuse a patch of fields that the entity has but no client can change, with an error that says so."""
    if not isinstance(patch, dict):
        return
    shown = {info.alias or name for name, info in entity.model_fields.items() if not info.exclude}
    fixed = shown - {info.alias or name for name, info in changeable.model_fields.items()}
    errors = [
        FieldError(_pointer("", (name,)), "read_only", "This field cannot be changed.")
        for name in patch
        if name in fixed
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
