"""Do the conditions of a step hold for a lead? Pure: the answer follows from what was read and from the clock."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from retention.errors import FieldError
from retention.leads.model import Contact, Lead
from retention.sequences import grammar
from retention.sequences.grammar import (
    Converted,
    FieldTest,
    Group,
    Negation,
    Outcome,
    Part,
    SinceContact,
    StepOutcome,
    UnreadableError,
)
from retention.sequences.model import SequenceStep, SequenceStepExecution

#: Characters of a value that an explanation repeats: it is kept with the execution, which must stay small.
MAX_FOUND: Final = 60

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Subject:
    """What conditions are asked about."""

    lead: Lead
    contact: Contact
    now: datetime
    #: The steps of the sequence in order, and the one that is to be taken.
    steps: Sequence[SequenceStep]
    step: SequenceStep
    #: Executions of this enrollment and generation by their step: at least those of `steps_named`.
    executions: Mapping[str, SequenceStepExecution]


@dataclass(frozen=True)
class Verdict:
    """Whether conditions hold, and the first part that decided, with what was found there; empty for `{}`."""

    holds: bool
    why: dict[str, Any]


def errors(conditions: Mapping[str, Any], at: str, steps: Collection[str] = ()) -> list[FieldError]:
    """What is wrong with conditions. `at` is their JSON pointer, `steps` are the ids that they may name."""
    try:
        grammar.read(conditions, at=at, steps=steps)
    except UnreadableError as error:
        return error.errors
    return []


def steps_named(conditions: Mapping[str, Any], steps: Sequence[SequenceStep], step: SequenceStep) -> set[str]:
    """The steps whose executions must be known to tell whether conditions of a step hold."""
    try:
        part = grammar.read(conditions)
    except UnreadableError:
        return set()
    named: set[str] = set()
    for one in _outcomes_in(part):
        if one.step == grammar.ANY:
            named |= {other.id for other in steps}
        elif one.step == grammar.PREVIOUS:
            named |= {other.id for other in _before(steps, step)}
        else:
            named.add(one.step)
    return named - {step.id}


def holds(conditions: Mapping[str, Any], subject: Subject) -> Verdict:
    """Whether conditions hold. Those that nobody could have saved do not: nothing is sent on the strength of them."""
    try:
        part = grammar.read(conditions)
    except UnreadableError as error:
        return Verdict(False, {"part": error.errors[0].pointer, "found": "unreadable"})
    return Verdict(True, {}) if part is None else _judge(part, subject)


def _judge(part: Part, subject: Subject) -> Verdict:
    if isinstance(part, Group):
        # The first part that goes against the group decides it; when none does, the last one completes it.
        verdict = Verdict(part.every, {})
        for one in part.parts:
            verdict = _judge(one, subject)
            if verdict.holds is not part.every:
                break
        return verdict
    if isinstance(part, Negation):
        verdict = _judge(part.part, subject)
        return Verdict(not verdict.holds, verdict.why)
    held, found = _leaf(part, subject)
    return Verdict(held, {"part": part.at, "found": found})


def _leaf(part: FieldTest | Converted | StepOutcome | SinceContact, subject: Subject) -> tuple[bool, Any]:
    """Whether a condition holds, and what was found."""
    if isinstance(part, FieldTest):
        value = _value(subject.lead, part.path)
        held = all(_PASSES[test](value, given) for test, given in part.tests.items())
        return held, _shown(value)
    if isinstance(part, Converted):
        converted = subject.lead.status == "CONVERTED" or subject.contact.stop_reason == "CONVERTED"
        return converted is part.expected, converted
    if isinstance(part, StepOutcome):
        return _happened(part, subject)
    since = subject.now - (subject.contact.last_contacted_at or subject.lead.created_at)
    enough = part.at_least is None or since >= part.at_least * _DAY
    return enough and (part.at_most is None or since <= part.at_most * _DAY), f"{since // _DAY} days"


# --- fields of the lead ----------------------------------------------------------------------------------------


def _value(lead: Lead, path: tuple[str, ...]) -> Any:
    if path[0] != "meta":
        return getattr(lead, grammar.FIELDS[path[0]], None)
    value: Any = lead.meta
    for name in path[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _equal(value: Any, given: Any) -> bool:
    """Equality as JSON means it: 1 and 1.0 are equal, 1 and true are not, nor are 1 and "1"."""
    return value == given and ((_is_number(value) and _is_number(given)) or type(value) is type(given))


def _contains(value: Any, given: Any) -> bool:
    if isinstance(value, str):
        return isinstance(given, str) and given in value
    return isinstance(value, list) and any(_equal(item, given) for item in value)


_PASSES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equals": _equal,
    "in": lambda value, given: any(_equal(value, one) for one in given),
    "exists": lambda value, given: (value is not None) is given,
    "contains": _contains,
    "atLeast": lambda value, given: _is_number(value) and value >= given,
    "atMost": lambda value, given: _is_number(value) and value <= given,
}


def _shown(value: Any) -> Any:
    """A value as an explanation repeats it: short."""
    if isinstance(value, str):
        return value if len(value) <= MAX_FOUND else f"{value[: MAX_FOUND - 1]}…"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list) else value


# --- earlier steps ---------------------------------------------------------------------------------------------


def _before(steps: Sequence[SequenceStep], step: SequenceStep) -> list[SequenceStep]:
    """The steps before one, the nearest first."""
    place = (step.step_order, step.id)
    return [other for other in reversed(steps) if (other.step_order, other.id) < place]


def _happened(part: StepOutcome, subject: Subject) -> tuple[bool, Any]:
    known = subject.executions
    if part.step == grammar.ANY:
        held = any(_CAME[part.outcome](one) for name, one in known.items() if name != subject.step.id)
        return held, part.outcome if held else f"not {part.outcome}"
    step_id: str | None = part.step
    if part.step == grammar.PREVIOUS:
        # The nearest one that this lead has taken: one that was switched off then says nothing.
        step_id = next((other.id for other in _before(subject.steps, subject.step) if other.id in known), None)
    execution = known.get(step_id) if step_id != subject.step.id and step_id is not None else None
    if execution is None:
        return False, "not taken"
    return _CAME[part.outcome](execution), execution.status


def _reported(*names: str) -> Callable[[SequenceStepExecution], bool]:
    """Whether one of these instants was reported."""
    return lambda execution: any(execution.result.get(name) for name in names)


#: What tells each outcome. Pictures are blocked and reports get lost: a click proves an opening, and that a delivery.
_CAME: Final[Mapping[Outcome, Callable[[SequenceStepExecution], bool]]] = {
    "sent": lambda execution: execution.status in ("SENT", "DELIVERED"),
    "delivered": lambda execution: (
        execution.status == "DELIVERED"
        # One that came back after all has not arrived, whatever was told of it before.
        or (
            execution.status != "FAILED"
            and _reported("deliveredAt", "openedAt", "clickedAt", "repliedAt", "answeredAt")(execution)
        )
    ),
    "opened": _reported("openedAt", "clickedAt"),
    "clicked": _reported("clickedAt"),
    "replied": _reported("repliedAt"),
    "answered": _reported("answeredAt"),
    "failed": lambda execution: execution.status == "FAILED",
    "skipped": lambda execution: execution.status == "SKIPPED",
}


def _outcomes_in(part: Part | None) -> Iterator[StepOutcome]:
    if isinstance(part, StepOutcome):
        yield part
    elif isinstance(part, Group):
        for one in part.parts:
            yield from _outcomes_in(one)
    elif isinstance(part, Negation):
        yield from _outcomes_in(part.part)
