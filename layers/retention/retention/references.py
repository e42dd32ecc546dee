"""What an input refers to must exist: foreign keys are looked up in one read, and each that leads nowhere is named."""

from typing import Any, NamedTuple

from retention.entity import Entity
from retention.errors import FieldError, InvalidInputError
from retention.table.keys import Key, key
from retention.table.store import Store


class Reference(NamedTuple):
    """One foreign key of an input. `what` is the word for what it names, `name` the id that was given."""

    pointer: str
    what: str
    name: str
    entity_type: type[Entity]
    key: Key

    def unknown(self) -> FieldError:
        """The error of a reference that leads nowhere."""
        return FieldError(self.pointer, "unknown_reference", f"There is no {self.what} {self.name}.")


def to_root(pointer: str, entity_type: type[Entity], name: str | None) -> Reference | None:
    """A reference to something that lives under its id alone (a lead, a campaign, a script); None when not given."""
    if name is None:
        return None
    return Reference(pointer, entity_type.__name__.lower(), name, entity_type, key(entity_type.__name__, id=name))


def find_all(store: Store, *references: Reference | None) -> list[Any]:
    """What each reference names, in their order, None for one that was not given; one consistent request.

    Raises:
        InvalidInputError: with one entry for each that names nothing, or something that is being deleted.
    """
    given = [reference for reference in references if reference is not None]
    found = iter(store.find_many([(reference.entity_type, reference.key) for reference in given]))
    entities: list[Any] = []
    errors: list[FieldError] = []
    for reference in references:
        entity = None if reference is None else next(found)
        if reference is not None and (entity is None or entity.deleting):
            errors.append(reference.unknown())
        entities.append(entity)
    if errors:
        raise InvalidInputError(*errors)
    return entities
