"""What an archive says of an item: all that holds on any stack, and nothing that holds on this one only.

Contact            the names under which its addresses would be suppressed are this stack's: which of its addresses the
                   lead owns is said instead, as `owns`
IntegrationConfig  its secrets stay: neither they nor what names them, nor the state that was written last
"""

from collections.abc import Mapping
from typing import Any, Final

from retention.entity import Entity
from retention.integrations.model import IntegrationConfig
from retention.leads.model import Contact
from retention.moving.records import INTERNAL, entity_of, record_of

OWNS: Final = "owns"
#: Fields of the contact item by the address that they name.
NAMES: Final[Mapping[str, str]] = {"email": "emailName", "phone": "phoneName"}
#: What is left out, by kind: members of the record, or of its `internal`.
_OWN: Final[Mapping[type[Entity], frozenset[str]]] = {
    Contact: frozenset(NAMES.values()),
    IntegrationConfig: frozenset({"secrets", "secretVersion", "keyEra", "revision"}),
}


def carried(entity: Entity) -> dict[str, Any]:
    """The record of an item as an archive carries it."""
    record = record_of(entity)
    own = _OWN.get(type(entity))
    if own is None:
        return record
    owned = [address for address, name in NAMES.items() if name in record]
    said = {name: value for name, value in record.items() if name not in own and name != INTERNAL}
    hidden = {name: value for name, value in record.get(INTERNAL, {}).items() if name not in own}
    if owned:
        hidden[OWNS] = owned
    return {**said, INTERNAL: hidden} if hidden else said


def owned_in(record: Mapping[str, Any]) -> list[str]:
    """Which of its addresses the lead of a contact's record owns: of "email" and "phone"."""
    hidden = record.get(INTERNAL)
    said = hidden.get(OWNS) if isinstance(hidden, dict) else None
    return [address for address in NAMES if address in said] if isinstance(said, list) else []


def uncarried(kind: type[Entity], record: Mapping[str, Any]) -> Entity:
    """The item of a record that an archive carries, without what this stack alone can say.

    Raises:
        InvalidInputError: a field is missing, unknown or of the wrong form; each with its pointer.
    """
    hidden = record.get(INTERNAL)
    if kind is Contact and isinstance(hidden, dict):
        record = {**record, INTERNAL: {name: value for name, value in hidden.items() if name != OWNS}}
    return entity_of(kind, record)
