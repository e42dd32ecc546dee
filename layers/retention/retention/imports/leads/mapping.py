"""Which column goes to which field of a lead: a guess from the names, or what the giver of the file says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from retention import validation
from retention.config import Settings
from retention.errors import FieldError, InvalidInputError
from retention.imports.leads.words import FIELDS, plain
from retention.leads.model import Lead, LeadInput
from retention.leads.service import tidied

#: A full name, which becomes two fields.
FULL_NAME: Final = "fullName"
META: Final = "meta"
_META_MEMBER: Final = f"{META}."
_FIELDS: Final = frozenset(info.alias or name for name, info in LeadInput.model_fields.items()) | {FULL_NAME}
_SET_BY_SERVER: Final = frozenset(info.alias or name for name, info in Lead.model_fields.items()) - _FIELDS
#: What tells a person from others, and so cannot be the same for all.
_ONE_PERSONS: Final = frozenset({"email", "phone", "externalId", FULL_NAME})


def guessed(columns: Sequence[str]) -> dict[str, str]:
    """The column for each field, as far as the names of the columns tell. No column goes to two fields."""
    mapping = {column: column for column in columns if column.startswith(_META_MEMBER) and column != _META_MEMBER}
    best: dict[str, tuple[int, str]] = {}
    for column in columns:
        if column == META:
            mapping[META] = column
        field, rank = FIELDS.get(plain(column), (None, 0))
        if field is not None and column not in mapping and rank < best.get(field, (rank + 1, ""))[0]:
            best[field] = (rank, column)
    mapping |= {field: column for field, (_, column) in best.items()}
    full = mapping.get(FULL_NAME)
    if full is not None and "firstName" in mapping:
        # "Vorname" beside "Name": the latter is the last name then; beside both it is nothing new.
        if "lastName" not in mapping:
            mapping["lastName"] = full
        del mapping[FULL_NAME]
    return mapping


def checked(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """What the giver of a file says, if it can be done.

    Raises:
        InvalidInputError: there is no such field, or no such column.
    """
    errors = [error for field in mapping if (error := _unusable("/mapping", field)) is not None]
    known = frozenset(columns)
    for field, column in mapping.items():
        if column not in known:
            detail = f"The file has no such column. It has: {', '.join(columns[:20])}"
            errors.append(FieldError(f"/mapping/{field}", "unknown_column", detail))
    if errors:
        raise InvalidInputError(*errors)
    return dict(mapping)


def check_fields(mapping: Mapping[str, str]) -> None:
    """Refuse fields that no lead has, before the file is looked at.

    Raises:
        InvalidInputError
    """
    errors = [error for field in mapping if (error := _unusable("/mapping", field)) is not None]
    if errors:
        raise InvalidInputError(*errors)


def check_defaults(defaults: Mapping[str, Any], settings: Settings) -> None:
    """Refuse what a field cannot be for all new leads of a file.

    Raises:
        InvalidInputError
    """
    errors = [error for field in defaults if (error := _unusable("/defaults", field)) is not None]
    for field in _ONE_PERSONS & defaults.keys():
        detail = "This tells a person from others and cannot be the same for all."
        errors.append(FieldError(f"/defaults/{field}", "not_allowed", detail))
    if errors:
        raise InvalidInputError(*errors)
    said, meta = apart(defaults)
    whole = {"firstName": "-", "lastName": "-", **said, **({META: meta} if meta else {})}
    tidied(validation.parse(LeadInput, whole, prefix="/defaults"), settings)


def apart(said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields of a lead, and members of its meta."""
    fields = {name: value for name, value in said.items() if name != META and not name.startswith(_META_MEMBER)}
    meta = dict(said[META]) if isinstance(said.get(META), dict) else {}
    members = {name[len(_META_MEMBER) :]: value for name, value in said.items() if name.startswith(_META_MEMBER)}
    if META in said and not isinstance(said[META], dict):
        fields[META] = said[META]  # To be refused with its pointer.
    return fields, {**meta, **members}


def _unusable(prefix: str, field: str) -> FieldError | None:
    if field in _FIELDS or (field.startswith(_META_MEMBER) and field != _META_MEMBER):
        return None
    if field in _SET_BY_SERVER:
        return FieldError(f"{prefix}/{field}", "read_only", "This field is set by the server.")
    return FieldError(f"{prefix}/{field}", "unknown_field", "A lead has no such field; free data goes to meta.{name}.")
