"""Ids that items had before they moved here, so that old links still lead to them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from retention.entity import Entity
from retention.ids import SEPARATOR
from retention.table.items import from_raw
from retention.table.keys import Key, key


class FormerId(Entity):
    """Where the item is that bore an id in the system before this one."""

    former: str
    #: The kind of the item, such as SequenceEnrollment; in that system, each kind had ids of its own.
    of: str
    #: The id that it has here.
    now: str


class FormerIdOfLead(Entity):
    """That something of a lead can be found by an id that it had before: goes with the lead, and takes that with it."""

    lead_id: str
    former: str
    of: str


#: Kinds whose items lie in a lead's partition, and whose ids begin with that of the lead.
OF_LEADS: Final = frozenset({"CampaignLead", "SequenceEnrollment", "SequenceStepExecution", "ContactAttempt"})


def lead_of(former: FormerId) -> str | None:
    """The lead whose item is meant; None where it is not a lead's."""
    return former.now.partition(SEPARATOR)[0] if former.of in OF_LEADS else None


def note_of(former: FormerId) -> FormerIdOfLead | None:
    """What the partition of the lead says of a former id, where it is that of a lead's item."""
    lead_id = lead_of(former)
    if lead_id is None:
        return None
    return FormerIdOfLead(lead_id=lead_id, former=former.former, of=former.of, revision=former.revision)


def former_ids_in(rows: Iterable[Mapping[str, Any]]) -> list[Key]:
    """Where the former ids are that raw items of a lead's partition speak of."""
    notes = (from_raw(FormerIdOfLead, row) for row in rows if row["kind"]["S"] == FormerIdOfLead.__name__)
    return [key_of_noted(note) for note in notes]


def key_of_noted(note: FormerIdOfLead) -> Key:
    """Where the former id is that a lead's partition speaks of."""
    return key(FormerId.__name__, former=note.former, of=note.of)
