"""What becomes of records: what is there already is never overwritten, nothing is taken in without what it refers to,
and nobody comes back who was erased here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from retention.core import Core
from retention.entity import Entity
from retention.imports.archive.records import Record
from retention.leads.model import Contact, Lead
from retention.moving.carrying import carried
from retention.moving.kinds import CARRIED
from retention.moving.parents import Parent, parents_of
from retention.moving.pointing import pointers_of
from retention.moving.records import INTERNAL, KIND, line_of
from retention.outbound.endpoint import MAX_ENDPOINTS, WebhookEndpoint
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import Suppression
from retention.table.items import from_raw
from retention.table.keys import Key, key, key_of, partitions

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
    sound = [(record, entity) for record in records if (entity := record.entity) is not None]
    own = [(type(entity), key_of(entity)) for _, entity in sound]
    needed = [_needed(entity) for _, entity in sound]
    above = list(
        dict.fromkeys(
            parent
            for (_, entity), parents in zip(sound, needed, strict=True)
            for parent, _ in parents
            if isinstance(entity, Contact) or not held(parent[1])
        )
    )
    found = core.store.find_many([*own, *above])
    parents = {
        place: parent
        for (_, place), parent in zip(above, found[len(own) :], strict=True)
        if parent is not None and not parent.deleting
    }
    erased = _erased(core, [one for (_, one), there in zip(sound, found, strict=False) if there is None])
    places = _places(core) if any(isinstance(one, WebhookEndpoint) for _, one in sound) else 0
    new: list[Record] = []
    taken: set[Key] = set()
    for (record, entity), (_, place), wanted, there in zip(sound, own, needed, found, strict=False):
        if there is not None:
            compare(record, there)
        elif place in taken:
            record.refuse("", "duplicate", "The archive has another record of the same thing before this one.")
        elif place in erased:
            record.refuse("", "erased", "One of its addresses is that of a person who was erased here.")
        else:
            for (kind, where), pointer in wanted:
                if where not in parents and not held(where):
                    _refuse_without(record, kind, where, pointer)
            if isinstance(entity, WebhookEndpoint) and (places := places - 1) < 0:
                record.refuse("", "too_many", f"There are {MAX_ENDPOINTS} endpoints already: delete one first.")
            if not record.errors:
                taken.add(place)
                new.append(record)
    return Judged(new, parents)


def _places(core: Core) -> int:
    """How many endpoints there may be more."""
    there = core.store.query_entities(WebhookEndpoint, partitions(WebhookEndpoint.__name__)[0])
    return MAX_ENDPOINTS - sum(1 for _ in there)


def _needed(entity: Entity) -> list[tuple[Parent, str]]:
    """What must be there, each with the member of the record that refers to it; none for what it is a part of."""
    return [(parent, "") for parent in parents_of(entity)] + [
        (parent, f"/{members[0]}") for parent, members in pointers_of(entity)
    ]


def _refuse_without(record: Record, kind: type[Entity], place: Key, pointer: str) -> None:
    says, code = ("refers to", "reference_missing") if pointer else ("belongs to", "parent_missing")
    detail = f"The {kind.__name__} that this {says} is neither here nor in the archive: {'/'.join(place)}."
    record.refuse(pointer, code, detail)


def _erased(core: Core, new: Sequence[Entity]) -> set[Key]:
    """Where leads would live one of whose addresses is that of a person who was erased here."""
    named = [
        (key_of(one), suppression_id(core.keyring, address))
        for one in new
        if isinstance(one, Lead)
        for address in (one.email, one.phone)
        if address
    ]
    found = core.store.find_many([(Suppression, key(Suppression.__name__, id=name)) for _, name in named])
    both = zip(named, found, strict=True)
    return {place for (place, _), one in both if one is not None and one.reason == "ERASURE"}


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
