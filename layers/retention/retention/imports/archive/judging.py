"""What becomes of records: what is there already is never overwritten, and nothing is taken in without its parents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from retention.core import Core
from retention.entity import Entity
from retention.imports.archive.records import Record
from retention.leads.model import Contact
from retention.moving.carrying import carried
from retention.moving.kinds import CARRIED
from retention.moving.parents import parents_of
from retention.moving.records import INTERNAL, KIND, line_of
from retention.table.items import from_raw
from retention.table.keys import Key, key_of

#: What the result calls them.
CREATED: Final = "created"
UNCHANGED: Final = "unchanged"
REJECTED: Final = "rejected"

#: Whether the archive itself holds the item at a key.
Held = Callable[[Key], bool]


@dataclass
class Judged:
    """Records, and what they need of the table."""

    #: Those that are not there yet.
    new: list[Record]
    #: What is there of their parents, by key.
    parents: Mapping[Key, Entity]


def judge(core: Core, records: Sequence[Record], held: Held) -> Judged:
    """Look at the table, once for all; what cannot be taken in says why.

    Args:
        held: what is known to be there, or would be: parents that need not be looked for. Those of a contact item are:
            the names of its addresses follow from its lead.
    """
    sound = [record for record in records if record.entity is not None]
    own = [(type(entity), key_of(entity)) for record in sound if (entity := record.entity) is not None]
    wanted = {record.row: parents_of(record.entity) for record in sound if record.entity is not None}
    above = list(
        dict.fromkeys(
            parent
            for record in sound
            for parent in wanted[record.row]
            if isinstance(record.entity, Contact) or not held(parent[1])
        )
    )
    found = core.store.find_many([*own, *above])
    present = dict(zip(((record.row) for record in sound), found, strict=False))
    parents = {
        place: parent
        for (_, place), parent in zip(above, found[len(own) :], strict=True)
        if parent is not None and not parent.deleting
    }
    new: list[Record] = []
    taken: set[Key] = set()
    for record, (_, place) in zip(sound, own, strict=True):
        there = present[record.row]
        if there is not None:
            compare(record, there)
        elif place in taken:
            record.refuse("", "duplicate", "The archive has another record of the same thing before this one.")
        else:
            _require_parents(record, [one for one in wanted[record.row] if one[1] not in parents and not held(one[1])])
            if not record.errors:
                taken.add(place)
                new.append(record)
    return Judged(new, parents)


def _require_parents(record: Record, missing: Sequence[tuple[type[Entity], Key]]) -> None:
    for kind, place in missing:
        detail = f"The {kind.__name__} that this belongs to is neither here nor in the archive: {'/'.join(place)}."
        record.refuse("", "parent_missing", detail)


def compare(record: Record, there: Entity) -> None:
    """Hold a record against the item that is there; one that differs is refused, with the names of the fields."""
    if record.entity is None:
        return
    mine, theirs = _told(record), carried(there)
    if line_of(mine) == line_of(theirs):
        return
    names = sorted({*_members(mine), *_members(theirs)})
    both = _members(mine), _members(theirs)
    differing = [name for name in names if both[0].get(name) != both[1].get(name)]
    listed = ", ".join(name for name in differing if name != "internal/revision") or "the order of what is in it"
    record.refuse("", "different", f"It is here already, and differs in: {listed}. It was left as it is.")


def compare_raw(record: Record, raw: Mapping[str, Any]) -> None:
    """As `compare`, with an item as the table has it."""
    compare(record, from_raw(CARRIED[raw["kind"]["S"]], raw))


def _told(record: Record) -> dict[str, Any]:
    """What a record says, as if its item had been exported here."""
    assert record.entity is not None
    said = carried(record.entity)
    if record.owns:
        said[INTERNAL] = {**said.get(INTERNAL, {}), "owns": record.owns}
    return said


def _members(record: Mapping[str, Any]) -> dict[str, bytes]:
    """Members of a record by name, those of `internal` one by one."""
    hidden = record.get(INTERNAL, {})
    flat = {name: value for name, value in record.items() if name not in (KIND, INTERNAL)}
    flat |= {f"{INTERNAL}/{name}": value for name, value in hidden.items()}
    return {name: line_of({"": value}) for name, value in flat.items()}
