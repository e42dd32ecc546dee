"""What is in the table outside a lead's partition, and holds the person or points at it.

answers kept for repetitions    told anew: the person was erased. Without them a retry would create the lead again
log of what came in             its link to the lead goes; there is nothing personal in it
events for endpoints            go, but for the one that tells that the lead is left alone, while it is on its way
conversions of nobody known     by an id of the person: scrubbed
ids of a system before this     go
imports, exports                what a dry run showed; an export of this lead, whole
grounds of lifted suppressions  emptied

One pass over the table: an index by lead on all of these would cost every write, and erasures are rare.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from retention import jsontext
from retention.conversions.model import Conversion
from retention.conversions.scrubbing import scrub
from retention.core import Core
from retention.entity import Entity
from retention.erasure.tombstone import Target, traces_of
from retention.erasure.traces import Traces, text_of
from retention.errors import ContentionError
from retention.exports.model import Export
from retention.idempotency import IdempotencyRecord
from retention.imports.model import Import
from retention.intake.model import IntakeActivity
from retention.jobs.runner import Chunk
from retention.moving.former import FormerId
from retention.moving.storage import Transfers
from retention.outbound.model import Delivery
from retention.suppressions.model import LiftedSuppression
from retention.table.keys import Key
from retention.table.scanning import scan_page
from retention.table.store import raw_key
from retention.table.writes import RefusedError, Replace

E = TypeVar("E", bound=Entity)
Raw = Mapping[str, Any]

#: The place of a scan that has seen everything.
_SCANNED: Final = "end"
#: How often a change is tried again when others change the same item.
_TRIES: Final = 10
#: What a repetition of a request about an erased person is answered with. Source: RFC 9110, 410.
_GONE: Final = {
    "type": "urn:retention-center:problem:erased",
    "title": "Gone",
    "status": 410,
    "detail": "The person that this request was about has been erased since.",
    "code": "erased",
}


@dataclass(frozen=True)
class Person:
    """Who is erased, as other items name them."""

    traces: Traces
    #: The suppressions of their addresses.
    suppressions: frozenset[str]

    def is_named_by(self, identifier: Any) -> bool:
        """Whether an id is that of the lead, or of something in its partition, or of a suppression of theirs."""
        if not isinstance(identifier, str):
            return False
        mine = self.traces.lead_id
        return identifier == mine or identifier.startswith(f"{mine}.") or identifier in self.suppressions

    def is_in(self, row: Raw) -> bool:
        """Whether an item holds what names the person."""
        return bool(self.traces.found_in(text_of(row)))


def clear_leftovers(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Go through the table once."""
    traces = traces_of(core, target)
    if traces is None or checkpoint == _SCANNED:
        return
    named = target.get("suppressions", "")
    person = Person(traces, frozenset(named.split(",")) if named else frozenset())
    place = checkpoint
    while True:
        rows, place = scan_page(core.store, place, list(_CLEARING))
        cleared = core.store.parallel(partial(_clear, core, person), rows)
        yield Chunk(changed=sum(cleared), checkpoint=place or _SCANNED)
        if place is None:
            return


def _clear(core: Core, person: Person, row: Raw) -> bool:
    return _CLEARING[row["kind"]["S"]](core, person, row)


# --- kind by kind ----------------------------------------------------------------------------------------------------


def _answer(core: Core, person: Person, row: Raw) -> bool:
    body = _json(row.get("body", {}).get("S"))
    named = [body.get("id"), body.get("leadId")] if isinstance(body, dict) else []
    if not any(map(person.is_named_by, named)) and not person.is_in(row):
        return False
    told = {"status": 410, "headers": {"Content-Type": "application/problem+json"}, "body": jsontext.dumps(_GONE)}
    return _revise(core, IdempotencyRecord, raw_key(row), lambda record: record.model_copy(update=told))


def _activity(core: Core, person: Person, row: Raw) -> bool:
    if not person.is_named_by(row.get("leadId", {}).get("S")):
        return False
    return _revise(
        core, IntakeActivity, raw_key(row), lambda entry: entry.model_copy(update={"lead_id": None, "target": None})
    )


def _delivery(core: Core, person: Person, row: Raw) -> bool:
    told = _json(row["payload"]["S"])
    data = told.get("data") if isinstance(told, dict) else None
    is_about = isinstance(data, dict) and any(map(person.is_named_by, data.values()))
    holds = person.is_in(row)
    is_last_word = row["type"]["S"] == "lead.stopped" and row["status"]["S"] == "pending"
    if holds or (is_about and not is_last_word):
        core.store.remove_unconditionally([raw_key(row)])
        return True
    return False


def _conversion(core: Core, person: Person, row: Raw) -> bool:
    mine = person.traces.external_id
    names = [row.get(name, {}).get("S") for name in ("externalId", "subId", "clickId")]
    if (mine is not None and mine in names) or person.is_in(row):
        return scrub(core, row["id"]["S"])
    return False


def _former(core: Core, person: Person, row: Raw) -> bool:
    if not person.is_named_by(row["now"]["S"]):
        return False
    core.store.remove_unconditionally([raw_key(row)])
    return True


def _import(core: Core, person: Person, row: Raw) -> bool:
    if not person.is_in(row):
        return False
    return _revise(core, Import, raw_key(row), lambda one: one.model_copy(update={"inspection": None}))


def _export(core: Core, person: Person, row: Raw) -> bool:
    if not person.is_named_by(row.get("leadId", {}).get("S")):
        return False
    transfers = Transfers(core)
    transfers.remove(transfers.keys(f"exports/{row['id']['S']}/"))
    core.store.remove_unconditionally([raw_key(row)])
    return True


def _lifted(core: Core, person: Person, row: Raw) -> bool:
    if row["suppressionId"]["S"] not in person.suppressions:
        return False

    def emptied(lifted: LiftedSuppression) -> LiftedSuppression:
        by = "" if person.is_named_by(lifted.lifted_by) else lifted.lifted_by
        return lifted.model_copy(update={"lifted_because": "erased", "lifted_by": by})

    return _revise(core, LiftedSuppression, raw_key(row), emptied)


_CLEARING: Final[Mapping[str, Callable[[Core, Person, Raw], bool]]] = {
    IdempotencyRecord.__name__: _answer,
    IntakeActivity.__name__: _activity,
    Delivery.__name__: _delivery,
    Conversion.__name__: _conversion,
    FormerId.__name__: _former,
    Import.__name__: _import,
    Export.__name__: _export,
    LiftedSuppression.__name__: _lifted,
}


def _revise(core: Core, kind: type[E], where: Key, change: Callable[[E], E]) -> bool:
    """Change an item, whoever else changes it meanwhile; False where it is gone."""
    for _ in range(_TRIES):
        before = core.store.find(kind, where)
        if before is None:
            return False
        try:
            core.store.write(Replace(core.changed(change(before)), before=before))
        except RefusedError:
            continue
        return True
    raise ContentionError


def _json(text: str | None) -> Any:
    """A text as JSON; None where it is none."""
    try:
        return None if not text else jsontext.loads(text)
    except ValueError:
        return None
