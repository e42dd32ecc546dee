"""Leads: people, their addresses, and whether they may be contacted."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from pydantic_core import PydanticCustomError

from retention.entity import Entity
from retention.leads import addresses
from retention.leads.model import ExternalReference, Lead, StopReason
from tools.predecessor import cells, words
from tools.predecessor.desk import Desk
from tools.predecessor.people import People, Stopped
from tools.predecessor.row import Row

_META: Final = 16_384
#: Names of flags, in free data or in columns of later releases, that say that somebody is to be left alone.
_LEFT_ALONE: Final = frozenset(
    map(words.folded, ("doNotContact", "dnc", "optOut", "optedOut", "optedOutAt", "unsubscribed", "unsubscribedAt"))
)
_OPTED_OUT: Final = frozenset(map(words.folded, ("OPT_OUT", "OPTED_OUT", "UNSUBSCRIBED", "STOP", "STOPPED")))


def leads(desk: Desk, people: People) -> None:
    """Every lead, those included whose addresses an earlier one has: it is contacted by the addresses of its own."""

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        first, last = _names(row)
        status = row.word("status", words.LEAD_STATUS)
        email = _address(row, "email", addresses.MAX_EMAIL, addresses.tidy_email)
        phone = _address(row, "phone", addresses.MAX_PHONE, lambda text: _dialled(text, desk.region))
        meta = row.json_object("meta", _META)
        source, label = _source(row)
        if label is not None and "sourceLabel" not in (meta or {}):
            meta = {**(meta or {}), "sourceLabel": label}
        stopped = _stop(row, meta)
        desk.keep_extras(row)
        external = row.foreign("externalId")
        created = row.dated("createdAt", "updatedAt")
        notes = row.text("notes", 10_000, blank=True)
        yield Lead.model_construct(
            id=identity,
            external_id=external,
            first_name=first,
            last_name=last,
            phone=phone,
            email=email,
            source=source,
            status=status,
            meta=row.with_kept(meta, _META),
            notes=notes,
            created_at=created,
            updated_at=row.dated("updatedAt", "createdAt"),
        )
        if external is not None:
            yield ExternalReference(external_id=external, lead_id=identity)
        same = None if email is None else addresses.email_identity(email)
        for kind, owner in people.add(row.number, identity, same, phone, stopped).items():
            row.normalised(
                "owner",
                f"shared_{kind}",
                "An earlier lead has the same address: this one keeps it, and is not contacted there.",
                row[kind],
                owner,
            )

    desk.each("Lead", one)


def contacts(desk: Desk, people: People) -> None:
    """What decides about contact with each lead, and whose each address is."""
    for number, contact, shared in people.contacts():
        if shared is not None:
            desk.findings.note(
                "Lead", number, contact.lead_id, "stop", "normalised", "stopped_by_address",
                "It shares an address with somebody who is to be left alone, and is left alone as well.", shared,
            )  # fmt: skip
        desk.work.add(contact)
    for claim in people.claims():
        desk.work.add(claim)


def _names(row: Row) -> tuple[str, str]:
    """First and last name. A message begins with the first: a lead without one is called by the other."""
    first, last = row.text("firstName", 200), row.text("lastName", 200)
    if first is None:
        row.normalised("firstName", "blank", "A first name is needed: the last name stands for it.", row["firstName"])
    if last is None:
        row.normalised("lastName", "blank", "A last name is needed.", row["lastName"], "-")
    return first or last or "Unknown", last or "-"


def _address(row: Row, column: str, longest: int, tidy: Callable[[str], str]) -> str | None:
    """An address in its one form; one that nobody could write to is kept apart."""
    said = cells.text(row[column]).value
    if said is None or not said.strip():
        return None
    try:
        if len(said.strip()) > longest:
            raise PydanticCustomError("too_long", "has more than {most} characters", {"most": longest})
        found = tidy(said.strip())
    except PydanticCustomError as error:
        row.keep(column, error.type, f"It {error.message()}.")
        return None
    if found != said:
        row.normalised(column, "address", "Addresses have one form here.", said, found)
    return found


def _dialled(text: str, region: str) -> str:
    """A phone number in its international form, also when only its plus sign is missing."""
    try:
        return addresses.tidy_phone(text, region)
    except PydanticCustomError:
        if text.isdigit() and len(text) > 10:
            return addresses.tidy_phone(f"+{text}", region)
        raise


def _source(row: Row) -> tuple[Any, str | None]:
    """The source of a lead, and the label that keeps another word for it."""
    said = cells.text(row["source"]).value
    meant = words.SOURCE.meaning(said) if said else None
    if meant is not None and meant == said:
        return meant, None
    if not said or not said.strip():
        row.normalised("source", "absent", "The default of the column.", said, "MANUAL")
        return "MANUAL", None
    source = meant or str(words.SOURCE.unknown)
    row.normalised("source", "word", "Kept as meta.sourceLabel, which triggers match as well.", said, source)
    return source, said.strip()[:200]


def _stop(row: Row, meta: dict[str, Any] | None) -> Stopped | None:
    """Whether a lead is to be left alone: by its status, or by a flag of its free data or of a later release."""
    since = row.dated_quietly("updatedAt", "createdAt")
    status = words.folded(cells.text(row["status"]).value or "")
    if status in words.STOPPING:
        return Stopped("OPT_OUT" if status in _OPTED_OUT else "DO_NOT_CONTACT", since)
    flags = {**row.extras(), **(meta or {})}
    for name, value in flags.items():
        if words.folded(name) in _LEFT_ALONE and value not in (None, False, 0, "", "0", "false", "FALSE", "False"):
            reason: StopReason = "DO_NOT_CONTACT" if words.folded(name) in ("donotcontact", "dnc") else "OPT_OUT"
            row.normalised("stop", "flag", f"{name[:60]} says that it is to be left alone: it is stopped.", value)
            return Stopped(reason, since)
    return None
