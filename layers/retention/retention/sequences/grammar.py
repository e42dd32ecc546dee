"""What the conditions of a step may say: a small closed language in JSON, read into parts, with every error named.

{}                                                         always
{"all": [..]}   {"any": [..]}   {"not": ..}                of other conditions
{"field": "meta.plan", "equals": "gold"}                   about the lead; also in, exists, contains, atLeast, atMost
{"converted": false}                                       whether the lead has converted
{"step": "previous", "outcome": "opened"}                  what came of an earlier step of this enrollment
{"daysSinceLastContact": {"atLeast": 3}}                   days of 24 hours since a provider last accepted a contact
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from retention.errors import FieldError
from retention.fields import json_object
from retention.leads.model import LeadSource, LeadStatus

#: Conditions as they are kept: 8 KB of JSON.
Conditions = json_object(8_192)
#: Levels of `all`, `any` and `not` within each other, and conditions in all.
MAX_DEPTH: Final = 8
MAX_PARTS: Final = 50
#: Values that `in` may list, characters of a text, and names in a path such as meta.plan.tier.
MAX_VALUES: Final = 100
MAX_TEXT: Final = 500
MAX_PATH: Final = 8
#: Most days that can be asked for.
MAX_DAYS: Final = 3650

Outcome = Literal["sent", "delivered", "opened", "clicked", "replied", "answered", "failed", "skipped"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
#: Instead of the id of a step.
PREVIOUS: Final = "previous"
ANY: Final = "any"

#: Fields of a lead by their public names, besides the members of meta.
FIELDS: Final[Mapping[str, str]] = {
    "status": "status",
    "source": "source",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "externalId": "external_id",
    "timeZone": "time_zone",
}
#: Fields that hold one of a few words: a word that they never hold is a slip.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"status": get_args(LeadStatus), "source": get_args(LeadSource)}


@dataclass(frozen=True)
class Group:
    """Several conditions, of which all or any must hold."""

    at: str
    every: bool
    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Negation:
    """A condition that must not hold."""

    at: str
    part: "Part"


@dataclass(frozen=True)
class FieldTest:
    """What a field of the lead must be like: every test must hold. `path` begins with the field's name."""

    at: str
    path: tuple[str, ...]
    tests: Mapping[str, Any]


@dataclass(frozen=True)
class Converted:
    """Whether the lead must have converted."""

    at: str
    expected: bool


@dataclass(frozen=True)
class StepOutcome:
    """What must have come of an earlier step: by its id, or `previous`, or `any`."""

    at: str
    step: str
    outcome: Outcome


@dataclass(frozen=True)
class SinceContact:
    """How many days ago the last contact must have been."""

    at: str
    at_least: int | None
    at_most: int | None


Part = Group | Negation | FieldTest | Converted | StepOutcome | SinceContact


class UnreadableError(Exception):
    """The conditions are not in this language."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors[0].detail)
        self.errors = errors


def read(conditions: Mapping[str, Any], *, at: str = "", steps: Collection[str] | None = None) -> Part | None:
    """The part that conditions consist of; None for `{}`, which always holds.

    Args:
        at: JSON pointer of the conditions.
        steps: ids that a condition may name; None: any.

    Raises:
        UnreadableError: with one entry for each thing that is wrong.
    """
    if not conditions:
        return None
    reader = _Reader(steps)
    part = reader.part(conditions, at, 1)
    if reader.errors or part is None:
        raise UnreadableError(reader.errors)
    return part


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool) or _is_number(value) or (isinstance(value, str) and 0 < len(value) <= MAX_TEXT)


#: What may be asked of a field: what the value must be, and the words for it.
_TESTS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "equals": (_is_plain, f"A text of 1 to {MAX_TEXT} characters, a number, or true or false; for none: exists."),
    "in": (
        lambda value: isinstance(value, list) and 0 < len(value) <= MAX_VALUES and all(map(_is_plain, value)),
        f"A list of 1 to {MAX_VALUES} texts, numbers, or true or false.",
    ),
    "exists": (lambda value: isinstance(value, bool), "true or false."),
    "contains": (_is_plain, "A text within a text, or an item of a list: a text, a number, or true or false."),
    "atLeast": (_is_number, "A number."),
    "atMost": (_is_number, "A number."),
}


class _Reader:
    """Reads conditions, and collects what is wrong with them."""

    def __init__(self, steps: Collection[str] | None) -> None:
        self.errors: list[FieldError] = []
        self._steps = steps
        self._count = 0

    def _wrong(self, at: str, code: str, detail: str) -> Part | None:
        """Note an error; None stands for the part that there would have been."""
        self.errors.append(FieldError(at, code, detail))
        return None

    def part(self, value: Any, at: str, depth: int) -> Part | None:
        """One condition; None when it is wrong."""
        self._count += 1
        if self._count > MAX_PARTS:
            if self._count == MAX_PARTS + 1:
                self._wrong(at, "too_many_conditions", f"At most {MAX_PARTS} conditions in all.")
            return None
        if not isinstance(value, dict):
            return self._wrong(at, "not_an_object", "A condition is a JSON object.")
        forms = [name for name in _FORMS if name in value]
        if len(forms) != 1:
            # A merge patch keeps the members that it does not set to null: most have two forms because of that.
            found = f"; here are {' and '.join(forms)}, set one of them to null" if forms else ""
            return self._wrong(at, "not_a_condition", f"Exactly one of {', '.join(_FORMS)} is needed{found}.")
        others, form = _FORMS[forms[0]]
        for name in value.keys() - {forms[0], *others}:
            escaped = name.replace("~", "~0").replace("/", "~1")
            self._wrong(f"{at}/{escaped}", "unknown_field", f"Not known beside {forms[0]}.")
        if depth > MAX_DEPTH:
            return self._wrong(at, "too_deep", f"Conditions may stand at most {MAX_DEPTH} levels within each other.")
        return form(self, value, at, depth)

    def group(self, value: dict[str, Any], at: str, depth: int) -> Part | None:
        """all, any."""
        name = "all" if "all" in value else "any"
        within = value[name]
        if not isinstance(within, list) or not within:
            return self._wrong(f"{at}/{name}", "not_a_list", "A list of at least one condition.")
        parts = [self.part(one, f"{at}/{name}/{place}", depth + 1) for place, one in enumerate(within)]
        return Group(at, name == "all", tuple(part for part in parts if part is not None))

    def negation(self, value: dict[str, Any], at: str, depth: int) -> Part | None:
        """not."""
        part = self.part(value["not"], f"{at}/not", depth + 1)
        return None if part is None else Negation(at, part)

    def field(self, value: dict[str, Any], at: str, _: int) -> Part | None:
        """field, with its tests."""
        name = value["field"]
        path = tuple(name.split(".")) if isinstance(name, str) and len(name) <= MAX_TEXT else ()
        free = len(path) > 1 and path[0] == "meta" and all(path) and len(path) <= MAX_PATH
        if not free and (len(path) != 1 or name not in FIELDS):
            known = f"{', '.join(FIELDS)}, or a member of meta such as meta.plan"
            return self._wrong(f"{at}/field", "unknown_lead_field", f"One of {known}.")
        tests = {test: value[test] for test in _TESTS if test in value}
        if not tests:
            return self._wrong(at, "nothing_asked", f"Say what is asked of the field: {', '.join(_TESTS)}.")
        for test, given in tests.items():
            self._test(name, test, given, f"{at}/{test}")
        return FieldTest(at, path, tests)

    def _test(self, name: str, test: str, given: Any, at: str) -> None:
        fits, expected = _TESTS[test]
        if not fits(given):
            self._wrong(at, "wrong_value", expected)
        elif name in _WORDS and test in ("equals", "in"):
            for word in given if test == "in" else [given]:
                if word not in _WORDS[name]:
                    self._wrong(at, "not_allowed", f"{name} is one of {', '.join(_WORDS[name])}.")
                    return

    def converted(self, value: dict[str, Any], at: str, _: int) -> Part | None:
        """converted."""
        if not isinstance(value["converted"], bool):
            return self._wrong(f"{at}/converted", "wrong_value", "true or false.")
        return Converted(at, value["converted"])

    def step(self, value: dict[str, Any], at: str, _: int) -> Part | None:
        """step, with outcome."""
        step, outcome = value["step"], value.get("outcome")
        if outcome not in OUTCOMES:
            self._wrong(f"{at}/outcome", "not_allowed", f"One of {', '.join(OUTCOMES)}.")
        if not isinstance(step, str):
            return self._wrong(f"{at}/step", "wrong_value", f"The id of a step, or {PREVIOUS}, or {ANY}.")
        if step not in (PREVIOUS, ANY) and self._steps is not None and step not in self._steps:
            self._wrong(f"{at}/step", "unknown_reference", f"The sequence has no step {step[:MAX_TEXT]}.")
        return StepOutcome(at, step, outcome) if outcome in OUTCOMES else None

    def since_contact(self, value: dict[str, Any], at: str, _: int) -> Part | None:
        """daysSinceLastContact."""
        here = f"{at}/daysSinceLastContact"
        bounds = value["daysSinceLastContact"]
        if not isinstance(bounds, dict) or not bounds or bounds.keys() - {"atLeast", "atMost"}:
            return self._wrong(here, "wrong_value", "An object with atLeast or atMost or both, in days.")
        for name, days in bounds.items():
            if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= MAX_DAYS:
                self._wrong(f"{here}/{name}", "wrong_value", f"A whole number of days from 0 to {MAX_DAYS}.")
        return SinceContact(at, bounds.get("atLeast"), bounds.get("atMost"))


_Form = Callable[[_Reader, dict[str, Any], str, int], Part | None]
#: By the member that tells a form: the members that may stand beside it, and how it is read.
_FORMS: Final[Mapping[str, tuple[Collection[str], _Form]]] = {
    "all": ((), _Reader.group),
    "any": ((), _Reader.group),
    "not": ((), _Reader.negation),
    "field": (tuple(_TESTS), _Reader.field),
    "converted": ((), _Reader.converted),
    "step": (("outcome",), _Reader.step),
    "daysSinceLastContact": ((), _Reader.since_contact),
}
