"""What any JSON says about a lead. Pure: nothing is read or written here.

What cannot be used is named, and harms nothing else: a lead with a mistyped e-mail address is still a lead. Only what
names nobody at all is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

from retention import jsontext, validation
from retention.errors import FieldError, InvalidInputError
from retention.intake.model import Defaults, FieldMapping, InboundWebhook
from retention.intake.names import PersonName, split_name
from retention.intake.reading import Reading
from retention.leads import addresses
from retention.leads.model import LeadInput, LeadSource

#: Names under which forms send their fields, looked for where nobody says otherwise. The first is Meta's.
USUAL: Final[Mapping[str, Sequence[str]]] = {
    "fullName": ("full_name", "fullName", "fullname", "name"),
    "firstName": ("first_name", "firstName", "firstname", "given_name"),
    "lastName": ("last_name", "lastName", "lastname", "family_name"),
    "email": ("email", "email_address", "emailAddress", "e-mail", "work_email"),
    "phone": ("phone_number", "phone", "phoneNumber", "mobile", "tel", "work_phone_number"),
    "externalId": ("external_id", "externalId"),
    "timeZone": ("time_zone", "timeZone", "timezone"),
    "notes": ("notes",),
}
#: What stands for a last name that nobody gave.
NO_LAST_NAME: Final = "-"
#: Bytes of a lead's meta. Source: fields.Meta.
MAX_META: Final = 16_384
#: Longest names and notes; what is longer is cut.
_MAX_NAME: Final = 200
_MAX_NOTES: Final = 10_000


class Wanted(NamedTuple):
    """What is looked for in a payload."""

    #: Paths by the fields of a lead (and fullName), the likeliest first.
    fields: Mapping[str, Sequence[str]]
    #: What a field is where the payload says nothing.
    defaults: Defaults
    #: Paths by the names under `consent` and in `meta`.
    consent: Mapping[str, str] = {}
    meta: Mapping[str, str] = {}

    @classmethod
    def of(cls, mapping: FieldMapping, defaults: Defaults) -> "Wanted":
        """What a mapping asks for; one that names no field of a lead leaves these to their usual names."""
        named = mapping.model_dump(by_alias=True, exclude_none=True, exclude={"consent", "meta"})
        fields = {name: (path,) for name, path in named.items()}
        return cls(fields or USUAL, defaults, mapping.consent, mapping.meta)


class Draft(NamedTuple):
    """A lead as a payload describes it."""

    lead: LeadInput
    #: Fields that the payload filled, by their public names.
    filled: tuple[str, ...]
    #: What could not be used. Pointers are those of a lead; no detail holds what was given.
    problems: tuple[FieldError, ...]


def drafted(
    payload: Any,
    wanted: Wanted,
    *,
    source: LeadSource,
    region: str,
    more: Mapping[str, Any],
    known_as: str | None = None,
) -> Draft:
    """The lead that a payload describes.

    Args:
        region: where phone numbers without a country code belong.
        more: members of the lead's meta that go before all others.
        known_as: the id that the sender knows this person by, for the externalId; None: somebody must be named by the
            payload.

    Raises:
        InvalidInputError: it names nobody: no name, no address, no id.
    """
    reading = Reading(payload, wanted.fields)
    email, phone = _email(reading), _phone(reading, region)
    given: dict[str, Any] = {
        "email": email,
        "phone": phone,
        "externalId": _fitting(reading, "externalId", reading.text("externalId")),
        "timeZone": _fitting(reading, "timeZone", reading.text("timeZone")),
        "notes": (reading.text("notes") or "")[:_MAX_NOTES] or None,
    }
    first, last = _name(reading)
    filled = [name for name, value in {**given, "firstName": first, "lastName": last}.items() if value is not None]
    if known_as is None and not {"email", "phone", "externalId", "firstName", "lastName"} & set(filled):
        nobody = FieldError("", "nobody", "There is no name, address or id in it where the mapping looks for one.")
        raise InvalidInputError(*reading.problems, nobody)
    defaults = wanted.defaults
    given["externalId"] = given["externalId"] or known_as
    given["timeZone"] = given["timeZone"] or defaults.time_zone
    given["notes"] = given["notes"] or defaults.notes
    first, last = first or defaults.first_name, last or defaults.last_name
    missing = [name for name, value in (("firstName", first), ("lastName", last)) if value is None]
    lead = LeadInput(
        first_name=first or _stand_in(email, phone, given["externalId"]),
        last_name=last or NO_LAST_NAME,
        email=email,
        phone=phone,
        external_id=given["externalId"],
        time_zone=given["timeZone"],
        notes=given["notes"],
        source=source,
        meta=_meta(reading, wanted, {**more, **({"missing": missing} if missing else {})}),
    )
    return Draft(lead, tuple(filled), tuple(reading.problems))


def draft_of(form: InboundWebhook, payload: Any, region: str) -> Draft:
    """The lead that a payload describes, by the mapping of a form.

    Raises:
        InvalidInputError: it names nobody.
    """
    wanted = Wanted.of(FieldMapping.model_validate(form.mapping), Defaults.model_validate(form.defaults))
    return drafted(payload, wanted, source="API", region=region, more={"sourceLabel": form.label})


# --- addresses and names ---------------------------------------------------------------------------------------


def _email(reading: Reading) -> str | None:
    text = reading.text("email")
    return None if text is None else _fitting(reading, "email", text.removeprefix("mailto:"))


def _phone(reading: Reading, region: str) -> str | None:
    text = reading.text("phone")
    if text is None:
        return None
    # Meta's exports, and tools that read them, mark numbers so that no spreadsheet takes them for sums.
    text = _fitting(reading, "phone", text.removeprefix("tel:").removeprefix("p:"))
    try:
        return None if text is None else addresses.tidy_phone(text, region)
    except PydanticCustomError as error:
        reading.refuse("phone", error.type, error.message())
        return None


def _fitting(reading: Reading, name: str, text: str | None) -> str | None:
    """A text as the field of a lead takes it; None where it does not."""
    if text is None:
        return None
    try:
        lead = validation.parse(LeadInput, {"firstName": "-", "lastName": "-", name: text})
    except InvalidInputError as error:
        # The words of a parser may repeat what was given.
        reading.refuse(name, error.errors[0].code, "This cannot be used as it was given.")
        return None
    return str(lead.model_dump(by_alias=True)[name])


def _name(reading: Reading) -> PersonName:
    first, last = _one_line(reading.text("firstName")), _one_line(reading.text("lastName"))
    full = _one_line(reading.text("fullName"))
    split = split_name(full) if full is not None else PersonName(None, None)
    if last is None or split.last is not None:
        first = first or split.first
    return PersonName(_cut(first), _cut(last or split.last))


def _one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split()) or None


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_MAX_NAME].strip()


def _stand_in(email: str | None, phone: str | None, external_id: str | None) -> str:
    """What a lead is called whose name nobody gave: something by which a person can tell who it is."""
    if email is not None:
        return email.rpartition("@")[0][:_MAX_NAME]
    return f"Lead {(phone or external_id or '')[-4:]}".strip()


# --- what else there is ----------------------------------------------------------------------------------------


def _meta(reading: Reading, wanted: Wanted, more: Mapping[str, Any]) -> dict[str, Any]:
    """The lead's meta: what the mapping asks for, and under `intake` what it does not, as far as there is room."""
    mapped = {name: reading.value(f"meta/{name}", path) for name, path in wanted.meta.items()}
    consent = {name: reading.value(f"consent/{name}", path) for name, path in wanted.consent.items()}
    consent = {**consent, **more.get("consent", {})}
    meta: dict[str, Any] = dict(more)
    said = {name: value for name, value in consent.items() if value is not None}
    if said:
        _put(reading, meta, "consent", said)
    for name, value in {**(wanted.defaults.meta or {}), **_set(mapped)}.items():
        _put(reading, meta, name, value)
    rest = reading.rest()
    if isinstance(rest, dict):
        _put_members(meta, rest)
    elif rest:
        _put_members(meta, {"payload": rest})
    return meta


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _put(reading: Reading, meta: dict[str, Any], name: str, value: Any) -> None:
    """Put a member into meta if there is room for it."""
    if _size({**meta, name: value}) <= MAX_META:
        meta[name] = value
    else:
        reading.refuse(f"meta/{name}", "too_large", "There is no room for this.")


def _put_members(meta: dict[str, Any], rest: Mapping[str, Any]) -> None:
    """Keep what is left under `intake`, member by member while there is room, and say so if not all is."""
    kept: dict[str, Any] = {}
    # Room for the two names and the mark that something was left out.
    left = MAX_META - _size(meta) - len('"intake":{},"intakeCut":true,')
    for name, value in rest.items():
        size = _size({name: value})
        if size <= left:
            kept[name] = value
            left -= size
    if kept:
        meta["intake"] = kept
    if len(kept) < len(rest) and left >= 0:
        meta["intakeCut"] = True


def _size(value: Any) -> int:
    return len(jsontext.dump_bytes(value))
