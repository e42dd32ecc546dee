"""What a row says about a lead. Pure: nothing is read or written here."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from retention import validation
from retention.config import Settings
from retention.errors import FieldError, InvalidInputError
from retention.imports.leads.mapping import FULL_NAME, META, apart
from retention.imports.leads.records import Record
from retention.imports.leads.words import SOURCES, STATUSES, plain
from retention.intake.names import split_name
from retention.jsontext import format_decimal
from retention.leads.model import LeadInput
from retention.leads.service import tidied

#: What stands for a name that a row does not give, until it is known whether the lead has one.
_NO_NAME: Final = "-"
_NAMES: Final = ("firstName", "lastName")
#: A number as spreadsheets show it when it is long: its last digits are lost.
_SUM: Final = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
#: What programs put before an address.
_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {"email": ("mailto:",), "phone": ("tel:", "p:", "'")}
#: The member of a lead's meta that says where it came from in the words of its giver (sequences/triggering).
_LABEL: Final = "sourceLabel"


class Row(NamedTuple):
    """What a row says."""

    number: int
    #: The lead that it would be if nobody knew it; None where the row cannot be used.
    lead: LeadInput | None = None
    #: The fields that the row fills, by their public names; meta stands for those of its members that it gives.
    said: tuple[str, ...] = ()
    meta: Mapping[str, Any] = {}
    #: Why it cannot be used.
    errors: tuple[FieldError, ...] = ()
    #: Why it cannot be a new lead.
    missing: tuple[FieldError, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.said or self.meta or self.errors)


class Shaper:
    """Makes rows of records.

    Args:
        mapping: the column for each field.
        defaults: what a field is where a row says nothing; for new leads only.
    """

    def __init__(self, mapping: Mapping[str, str], defaults: Mapping[str, Any], settings: Settings) -> None:
        self._mapping = mapping
        self._defaults, self._default_meta = apart(defaults)
        self._settings = settings

    def row_of(self, record: Record) -> Row:
        """What a record says."""
        if record.error is not None:
            return Row(record.number, errors=(record.error,))
        said, meta = apart(self._said(record.cells))
        words, refused = _in_our_words(said, meta)
        if refused:
            return Row(record.number, errors=refused)
        names = dict.fromkeys(_NAMES, _NO_NAME)
        whole = {**names, **self._defaults, **words}
        if meta or self._default_meta:
            whole[META] = {**self._default_meta, **meta}
        if not words and not meta:
            return Row(record.number)
        try:
            lead = tidied(validation.parse(LeadInput, whole), self._settings)
        except InvalidInputError as error:
            return Row(record.number, errors=error.errors)
        missing = tuple(_required(name) for name in _NAMES if name not in words and name not in self._defaults)
        return Row(record.number, lead, tuple(words), meta, missing=missing)

    def _said(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """What the cells say by the fields they go to; what is empty says nothing."""
        said = {field: _tidy(cells.get(column)) for field, column in self._mapping.items()}
        return {field: value for field, value in said.items() if value is not None}


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value


def _in_our_words(said: dict[str, Any], meta: dict[str, Any]) -> tuple[dict[str, Any], tuple[FieldError, ...]]:
    """What a row says as a lead has it; a source that is known here by no word becomes the lead's label."""
    words = dict(said)
    for name, value in said.items():
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            words[name] = str(value) if isinstance(value, int) else format_decimal(value)
    for name, prefixes in _BEFORE.items():
        for prefix in prefixes if isinstance(words.get(name), str) else ():
            words[name] = words[name].removeprefix(prefix)
    if isinstance(words.get("phone"), str) and _SUM.fullmatch(words["phone"]):
        detail = "A spreadsheet has rounded this number: give its column the format Text and export it again."
        return {}, (FieldError("/phone", "invalid_phone", detail),)
    full = words.pop(FULL_NAME, None)
    if isinstance(full, str):
        split = split_name(full)
        words = {**{name: part for name, part in zip(_NAMES, split, strict=True) if part}, **words}
    if isinstance(words.get("status"), str):
        words["status"] = STATUSES.get(plain(words["status"]), words["status"])
    if isinstance(words.get("source"), str):
        given, known = words["source"], SOURCES.get(plain(words["source"]))
        words["source"] = known
        if known is None:
            del words["source"]
        if known != given:
            meta.setdefault(_LABEL, given)
    return words, ()


def _required(name: str) -> FieldError:
    return FieldError(f"/{name}", "required", "A new lead needs this; a default can be given for all.")
