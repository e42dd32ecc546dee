"""Sequences and their steps."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from retention import jsontext
from retention.entity import Entity
from retention.leads.model import LEAD_STATUSES
from retention.sequences import grammar
from retention.sequences.model import MAX_STEP_ORDER, RetentionSequence, SequenceStep
from retention.sequences.triggers import MEMBERS
from tools.predecessor import cells, words
from tools.predecessor.campaigns import channels_of
from tools.predecessor.cells import UnreadableCellError
from tools.predecessor.desk import Desk
from tools.predecessor.row import Row

#: What is overdue by more than a day when sending begins is passed over: nobody gets last month's messages at once.
LATENESS: Final = {"lateness": {"policy": "skip", "limitMinutes": 1440}}
_CONDITIONS: Final = 8_192
_HOURS: Final = {"HOURS": 1, "DAYS": 24, "WEEKS": 168}
_LONGEST: Final = timedelta(days=3650) // timedelta(hours=1)


def sequences(desk: Desk) -> None:
    """Every sequence, with a rule of its own for what is late."""

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        status = row.word("status", words.SEQUENCE_STATUS)
        trigger = row.word("triggerType", words.TRIGGER)
        created = row.dated("createdAt", "updatedAt")
        updated = row.dated("updatedAt", "createdAt")
        yield RetentionSequence.model_construct(
            id=identity,
            name=row.name("name", f"Sequence {row.id}"[:200]),
            description=row.text("description", 10_000, blank=True),
            status=status,
            channels=channels_of(row),
            trigger_type=trigger,
            trigger_config=_trigger(desk, row, trigger),
            settings=dict(LATENESS),
            paused_at=updated if status == "PAUSED" else None,
            created_at=created,
            updated_at=updated,
        )
        desk.owed["searching"] += status == "ACTIVE" and trigger == "no_conversion"

    desk.each("RetentionSequence", one)


def _trigger(desk: Desk, row: Row, trigger: str) -> dict[str, Any]:
    """Who is enrolled by itself: the members that mean something to the trigger, with their values checked."""
    given = row.json_object("triggerConfig", 16_384) or {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in MEMBERS[trigger]:  # type: ignore[index]
            row.left_out("triggerConfig", "not_for_this_trigger", f"The trigger {trigger} has no {name[:60]}.", value)
            continue
        kept = _member(desk, name, value)
        if kept is None:
            row.left_out("triggerConfig", "wrong_value", f"{name} is not of the form that it has here.", value)
            continue
        if kept != value:
            row.normalised("triggerConfig", "wrong_value", f"Of {name} what is known here is kept.", value, kept)
        found[name] = kept
    return found


def _member(desk: Desk, name: str, value: Any) -> Any:
    """A member of a trigger's configuration as it is kept; None: not at all."""
    if name == "minDaysSinceLastContact":
        try:
            return cells.whole(value if not isinstance(value, list | dict | bool) else None, 0, 3650).value
        except UnreadableCellError:
            return None
    texts = [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else None
    if not texts:
        return None
    if name == "sources":
        return [one[:200] for one in texts[:50]]
    if name == "campaigns":
        return [here for one in texts[:100] if (here := desk.identities.of("Campaign", one)) is not None] or None
    meant = [words.LEAD_STATUS.meaning(one) for one in texts]
    return [one for one in dict.fromkeys(meant) if one in LEAD_STATUSES] or None


def steps(desk: Desk) -> dict[str, tuple[str, int, Any]]:
    """Every step. Gives the sequence, place and channel of each."""
    first = _first_places(desk)
    known: dict[str, tuple[str, int, Any]] = {}

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        sequence = desk.identities.parent(row, "sequenceId", "RetentionSequence")
        channel = row.word("channel", words.CHANNEL)
        unit, value = _delay(row)
        place = _place(row, first.get(row.reference("sequenceId") or "", 0))
        yield SequenceStep.model_construct(
            id=identity,
            sequence_id=sequence,
            step_order=place,
            channel=channel,
            script_id=desk.identities.optional(row, "scriptId", "Script"),
            delay_value=value,
            delay_unit=unit,
            conditions=_conditions(row),
            is_active=row.flag("isActive", True),
            settings={},
            created_at=row.dated("createdAt", "updatedAt"),
            updated_at=row.dated("updatedAt", "createdAt"),
        )
        known[identity] = (sequence, place, channel)

    desk.each("SequenceStep", one)
    return known


def _first_places(desk: Desk) -> dict[str, int]:
    """The smallest place of each sequence, by its id in the file: 1 where people counted from one."""
    places: dict[str, list[int]] = defaultdict(list)
    for held in desk.source.rows("SequenceStep", ["sequenceId", "stepOrder"]):
        try:
            place = cells.whole(held.get("stepOrder"), -MAX_STEP_ORDER, MAX_STEP_ORDER).value
        except UnreadableCellError:
            continue
        if place is not None:
            places[cells.text(held.get("sequenceId")).value or ""].append(place)
    return {sequence: first for sequence, found in places.items() if (first := min(found)) == 1 or first < 0}


def _place(row: Row, first: int) -> int:
    said = row.whole("stepOrder", -MAX_STEP_ORDER, MAX_STEP_ORDER)
    if said is None:
        row.normalised("stepOrder", "absent", "A step without a place comes last.", row["stepOrder"], MAX_STEP_ORDER)
        return MAX_STEP_ORDER
    if first:
        row.normalised(
            "stepOrder", "renumbered", f"Steps are numbered from 0; here they were from {first}.", said, said - first
        )
    return min(said - first, MAX_STEP_ORDER)


def _delay(row: Row) -> tuple[Any, int]:
    """Unit and number of units of a delay. Minutes become hours, never fewer."""
    value = row.whole("delayValue", 0, 2**31) or 0
    said = row.text("delayUnit", 50)
    if said is not None and words.folded(said) in words.MINUTES:
        hours = -(-value // 60)
        row.normalised(
            "delayUnit", "minutes", "Delays are in hours, days or weeks.", f"{value} {said}", f"{hours} HOURS"
        )
        row.normalised("delayValue", "minutes", "Delays are in hours, days or weeks.", value, hours)
        value, unit = hours, "HOURS"
    else:
        meant = words.DELAY_UNIT.meaning(said) if said is not None else "HOURS"
        unit = meant or "DAYS"
        if meant is None or meant != said:
            row.normalised("delayUnit", "word", "Delays are in HOURS, DAYS or WEEKS.", said, unit)
    most = _LONGEST // _HOURS[unit]
    if value > most:
        row.normalised("delayValue", "delay_too_long", "A delay is at most ten years.", value, most)
    return unit, min(value, most)


def _conditions(row: Row) -> dict[str, Any]:
    """When the step is taken. What this system cannot read stays as it was: such a step is passed over, never sent."""
    cell = row["conditions"]
    try:
        given = cells.data(cell).value
    except UnreadableCellError as error:
        row.normalised("conditions", error.code, f"{error.detail} {_PASSED_OVER}", cell, _UNREADABLE)
        return dict(_UNREADABLE)
    if given in (None, {}, []):
        return {}
    if not isinstance(given, dict) or len(jsontext.dump_bytes(given)) > _CONDITIONS:
        row.normalised("conditions", "unreadable_conditions", _PASSED_OVER, given, _UNREADABLE)
        return dict(_UNREADABLE)
    try:
        grammar.read(given)
    except grammar.UnreadableError:
        row.normalised("conditions", "unreadable_conditions", _PASSED_OVER, given)
    return given


_PASSED_OVER: Final = "These are no conditions of this system: the step is passed over until somebody writes them anew."
#: Conditions that nobody could have saved: they never hold.
_UNREADABLE: Final = {"predecessor": "unreadable"}
