"""What a template may name: the one list, from which checks, values and documents follow."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from retention.campaigns.model import Campaign
from retention.jsontext import format_decimal
from retention.leads.model import Lead


class Variable(NamedTuple):
    """One name."""

    name: str
    means: str


class Group(NamedTuple):
    """One name that stands for an object."""

    means: str
    #: None: whatever the team has put there.
    members: frozenset[str] | None


#: Names that stand for a text. One without a value counts as missing, so that `default` takes its place.
TEXTS: Final = (
    Variable("firstName", "the lead's first name"),
    Variable("lastName", "the lead's last name"),
    Variable("fullName", "first and last name"),
    Variable("email", "the lead's e-mail address"),
    Variable("phone", "the lead's phone number, as E.164"),
    Variable("status", "the lead's status"),
    Variable("source", "where the lead came from"),
    Variable("externalId", "the lead's id in another system"),
)
#: Names that stand for an address of ours, made for one message. Where one cannot be made, nothing is sent.
LINKS: Final = (
    Variable("unsubscribeUrl", "where this lead unsubscribes, with one click"),
    Variable("link", "tracked link to `meta.link` of the campaign, else of the lead"),
)
#: Names that stand for an object.
OBJECTS: Final[Mapping[str, Group]] = {
    "meta": Group("free data of the lead, as in `meta.plan`", None),
    "campaign": Group(
        "`campaign.name`, and the campaign's free data, as in `campaign.meta.offer`", frozenset(("name", "meta"))
    ),
}
#: Every name that a template may begin with.
NAMES: Final = frozenset((*(one.name for one in (*TEXTS, *LINKS)), *OBJECTS))

#: Digits that a number of Python's keeps exactly.
_EXACT: Final = 15
#: What VAPI would take for a template of its own.
_BRACES: Final = re.compile(r"[{}]")


def described() -> str:
    """The list as a sentence, in Markdown."""
    rows = [*TEXTS, *(Variable(name, group.means) for name, group in OBJECTS.items()), *LINKS]
    return "; ".join(f"`{row.name}`, {row.means}" for row in rows) + "."


class Fields(dict[str, Any]):
    """An object in a template. Written out it is nothing: its inside is no text for people."""

    def __str__(self) -> str:
        return ""


class Items(list[Any]):
    """A list in a template; written out, its items follow each other."""

    def __str__(self) -> str:
        return "".join(map(_said, self))


def values_of(lead: Lead, campaign: Campaign | None, *, braces: bool = True) -> Fields:
    """What the names stand for, links aside; what has no value is left out.

    Args:
        braces: False takes braces out of every text, for a reader that would take them for a template.
    """
    found: dict[str, Any] = {
        "firstName": lead.first_name,
        "lastName": lead.last_name,
        "fullName": " ".join(name for name in (lead.first_name, lead.last_name) if name),
        "email": lead.email,
        "phone": lead.phone,
        "status": lead.status,
        "source": lead.source,
        "externalId": lead.external_id,
        "meta": lead.meta,
    }
    if campaign is not None:
        found["campaign"] = {"name": campaign.name, "meta": campaign.meta}
    values = _plain(found, braces)
    assert isinstance(values, Fields)
    return values


def spoken(values: Mapping[str, Any]) -> dict[str, str]:
    """Values under names that the templates of other systems can use: one level, texts only.

    A member of an object stands beside the rest, as in `meta_plan` and `campaign_name`.
    """
    flat: dict[str, str] = {}
    for name, value in values.items():
        members = {f"{name}_{member}": one for member, one in value.items()} if isinstance(value, Fields) else {}
        for label, one in (members or {name: value}).items():
            if label.isidentifier() and not isinstance(one, Fields | Items):
                flat[label] = _said(one)
    return flat


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Any, braces: bool) -> Any:
    """A value as templates handle it: no nulls, no decimals, nothing that shows Python's own way of writing."""
    if isinstance(value, Mapping):
        return Fields(
            {str(name): _plain(item, braces) for name, item in value.items() if item is not None and item != ""}
        )
    if isinstance(value, list | tuple):
        return Items(_plain(item, braces) for item in value if item is not None)
    if isinstance(value, str):
        return value if braces else _BRACES.sub("", value)
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float | str:
    """A number that filters can reckon with; one too large for that is a text, digit by digit."""
    if abs(value.adjusted()) > _EXACT:
        return format_decimal(value)
    return int(value) if value == value.to_integral_value() else float(value)
