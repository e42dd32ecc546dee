"""What an item points to without needing it: the fields that a delete of that would clear."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from retention import jsontext
from retention.attempts.model import ContactAttempt, DirectContact
from retention.campaigns.model import Campaign, CampaignContact
from retention.conversions.model import Conversion
from retention.entity import Entity
from retention.ids import SEPARATOR
from retention.leads.model import Lead
from retention.moving.parents import Parent
from retention.moving.records import INTERNAL, line_of
from retention.scripts.model import Script
from retention.sequences.model import SequenceStep, SequenceStepExecution
from retention.table.keys import key

_Pointer = tuple[str, Callable[[str], Parent], tuple[str, ...]]


def _root(kind: type[Entity]) -> Callable[[str], Parent]:
    return lambda identifier: (kind, key(kind.__name__, id=identifier))


def _attempt(identifier: str) -> Parent:
    return ContactAttempt, key(ContactAttempt.__name__, lead_id=identifier.partition(SEPARATOR)[0], id=identifier)


_CAMPAIGN: Final[_Pointer] = ("campaign_id", _root(Campaign), ("campaignId",))
_SCRIPT: Final[_Pointer] = ("script_id", _root(Script), ("scriptId",))
_ATTEMPT: Final[_Pointer] = ("contact_attempt_id", _attempt, ("contactAttemptId",))
#: Field, where what it names lives, members of the record that are cleared when that is not there.
#: Source: deletion/plans.py, the rules by which children are detached.
_POINTERS: Final[Mapping[type[Entity], tuple[_Pointer, ...]]] = {
    Script: (_CAMPAIGN,),
    SequenceStep: (_SCRIPT,),
    ContactAttempt: (_CAMPAIGN, _SCRIPT),
    SequenceStepExecution: (_ATTEMPT,),
    CampaignContact: (_ATTEMPT,),
    DirectContact: (_ATTEMPT,),
    Conversion: (_CAMPAIGN, _ATTEMPT, ("lead_id", _root(Lead), ("leadId", "contactAttemptId"))),
}


def pointers_of(item: Entity) -> Iterator[tuple[Parent, tuple[str, ...]]]:
    """What an item points to, each with the members of its record that are cleared when that is not there."""
    for field, place_of, members in _POINTERS.get(type(item), ()):
        identifier = getattr(item, field, None)
        if identifier is not None:
            yield place_of(identifier), members


def without(line: bytes, members: set[str]) -> bytes:
    """The line of a record without some of its members."""
    record: dict[str, Any] = jsontext.loads(line.decode())
    hidden = record.get(INTERNAL, {})
    kept = {name: value for name, value in record.items() if name not in members and name != INTERNAL}
    inside = {name: value for name, value in hidden.items() if name not in members}
    return line_of({**kept, INTERNAL: inside} if inside else kept)
