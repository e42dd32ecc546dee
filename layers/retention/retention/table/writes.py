"""What can be asked of the table in one atomic step. Every write says what it requires of the item that is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retention.table.keys import Key, key_of

if TYPE_CHECKING:
    from retention.entity import Entity


@dataclass(frozen=True)
class Create:
    """Put an item that must not exist yet."""

    entity: Entity


@dataclass(frozen=True)
class Replace:
    """Put the next state of an item whose state must still be the one that was read before."""

    entity: Entity
    before: Entity

    @property
    def seen(self) -> str:
        """The revision that must still be there."""
        return self.before.revision


@dataclass(frozen=True)
class Put:
    """Put an item whatever was there. Only for items that carry no decision, such as pointers."""

    entity: Entity


@dataclass(frozen=True)
class Ensure:
    """Put an item unless there is one under its key; what is there stays as it is. It requires nothing.

    For what must be there once and never refuses the rest of a transaction. An item that has left an index since comes
    back into it when it is ensured again; whoever reads the index looks at the item itself.
    """

    entity: Entity


@dataclass(frozen=True)
class Remove:
    """Delete an item. With `seen`, its state must still be that one; with `equal`, attributes must be as given.

    What counts for figures (stats/) is deleted by `gone`, which says what it counted for.
    """

    entity_type: type[Entity]
    key: Key
    seen: str | None = None
    equal: dict[str, Any] = field(default_factory=dict)
    before: Entity | None = None


def gone(entity: Entity) -> Remove:
    """Delete an item that must still be as it was read."""
    return Remove(type(entity), key_of(entity), seen=entity.revision, before=entity)


@dataclass(frozen=True)
class Require:
    """The item must exist, must not be going away, and these attributes must have these values."""

    entity_type: type[Entity]
    key: Key
    equal: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Forbid:
    """There must be no such item."""

    entity_type: type[Entity]
    key: Key


@dataclass(frozen=True)
class Change:
    """Set attributes, drop attributes and add to numbers of an item that must exist and not be going away.

    For items with no place in an index only: the keys of an index follow from the whole entity.
    """

    entity_type: type[Entity]
    key: Key
    set: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    add: dict[str, int] = field(default_factory=dict)
    equal: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Count:
    """Add to counters of an item, which comes into being when it is first added to.

    Args:
        entity: says which item; its fields are written with it.
        add: amounts by the names of the counters, which are free.
        at_most: what counters may be before, at most; one that is not there yet is 0, and must be let be that. Nothing
            else is required.
    """

    entity: Entity
    add: dict[str, int]
    at_most: dict[str, int] = field(default_factory=dict)


Write = Create | Replace | Put | Ensure | Remove | Require | Forbid | Change | Count


def target(write: Write) -> tuple[type[Entity], Key]:
    """Which item a write is about."""
    if isinstance(write, Create | Replace | Put | Ensure | Count):
        return type(write.entity), key_of(write.entity)
    return write.entity_type, write.key


class RefusedError(Exception):
    """The table refused a write because an item was not in the state that it requires. Nothing was written."""

    def __init__(self, writes: tuple[Write, ...], failed: frozenset[int], found: dict[int, dict[str, Any]]) -> None:
        super().__init__(", ".join(str(target(writes[index])[1]) for index in sorted(failed)))
        self.writes = writes
        #: Positions of the writes whose requirement did not hold.
        self.failed = failed
        #: The raw items that were there instead, by position; absent where there was none.
        self.found = found

    def concerns(self, entity_type: type[Entity]) -> bool:
        """Whether an item of this type was not as required."""
        return any(target(self.writes[index])[0] is entity_type for index in self.failed)


class TooManyWritesError(Exception):
    """One transaction does not take so many writes, with what follows from them. Nothing was written."""
