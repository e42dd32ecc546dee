"""Whether conditions hold, and why."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from retention.sequences.conditions import Subject, holds, steps_named
from retention.sequences.grammar import OUTCOMES
from retention.sequences.model import SequenceStep, SequenceStepExecution
from tests import factories as make
from tests.start import START

SEQUENCE = make.a_sequence()
FIRST, SECOND, THIRD, FOURTH = STEPS = [
    make.a_step(SEQUENCE, id=name, step_order=place)
    for place, name in enumerate(["first", "second", "third", "fourth"])
]
LEAD = make.a_lead(
    created_at=START - timedelta(days=30),
    email="ada@example.com",
    meta={
        "plan": {"tier": "gold"},
        "age": 36,
        "score": Decimal("7.50"),
        "tags": ["vip", 7],
        "vip": True,
        "nothing": None,
    },
)
ENROLLMENT = make.an_enrollment(LEAD, SEQUENCE)


def an_execution(step: SequenceStep, **fields: Any) -> SequenceStepExecution:
    return make.an_execution(ENROLLMENT, step, **fields)


def subject(*executions: SequenceStepExecution, step: SequenceStep = FOURTH, **contact: Any) -> Subject:
    return Subject(LEAD, make.a_contact(LEAD, **contact), START, STEPS, step, {one.step_id: one for one in executions})


@pytest.mark.parametrize(
    ("test", "held"),
    [
        ({"field": "firstName", "equals": "Ada"}, True),
        ({"field": "firstName", "equals": "ada"}, False),
        ({"field": "status", "in": ["NEW", "CONTACTED"]}, True),
        ({"field": "status", "in": ["LOST"]}, False),
        ({"field": "phone", "exists": True}, False),
        ({"field": "phone", "exists": False}, True),
        ({"field": "email", "contains": "@example."}, True),
        ({"field": "timeZone", "exists": False}, True),
        ({"field": "meta.plan.tier", "equals": "gold"}, True),
        ({"field": "meta.plan", "equals": "gold"}, False),
        ({"field": "meta.plan.tier.of", "exists": True}, False),
        ({"field": "meta.nothing", "exists": True}, False),
        ({"field": "meta.age", "equals": Decimal("36.0")}, True),
        ({"field": "meta.age", "equals": "36"}, False),
        ({"field": "meta.vip", "equals": True}, True),
        ({"field": "meta.vip", "equals": 1}, False),
        ({"field": "meta.age", "atLeast": 36, "atMost": 36}, True),
        ({"field": "meta.age", "atLeast": 30, "atMost": 35}, False),
        ({"field": "meta.score", "atLeast": Decimal("7.5")}, True),
        ({"field": "meta.score", "atMost": 7}, False),
        ({"field": "meta.vip", "atLeast": 0}, False),
        ({"field": "meta.plan.tier", "atLeast": 0}, False),
        ({"field": "meta.tags", "contains": "vip"}, True),
        ({"field": "meta.tags", "contains": 7}, True),
        ({"field": "meta.tags", "contains": "vi"}, False),
        ({"field": "meta.age", "contains": 3}, False),
        ({"field": "meta.absent", "in": ["a"]}, False),
    ],
)
def test_fields_of_the_lead(test: dict[str, Any], held: bool) -> None:
    assert holds(test, subject()).holds is held


@pytest.mark.parametrize(("status", "stop"), [("CONVERTED", None), ("NEW", "CONVERTED")])
def test_converted_by_its_status_or_by_its_stop(status: str, stop: str | None) -> None:
    converted = replace(subject(stop_reason=stop), lead=LEAD.model_copy(update={"status": status}))

    assert holds({"converted": True}, converted).holds
    assert not holds({"converted": False}, converted).holds
    assert holds({"converted": False}, subject()).holds


@pytest.mark.parametrize(
    ("fields", "came"),
    [
        ({"status": "SCHEDULED"}, set()),
        ({"status": "SENT"}, {"sent"}),
        ({"status": "DELIVERED"}, {"sent", "delivered"}),
        ({"status": "SENT", "result": {"openedAt": "x", "clickedAt": None}}, {"sent", "delivered", "opened"}),
        ({"status": "SENT", "result": {"clickedAt": "x"}}, {"sent", "delivered", "opened", "clicked"}),
        ({"status": "SENT", "result": {"repliedAt": "x"}}, {"sent", "delivered", "replied"}),
        ({"status": "DELIVERED", "result": {"answeredAt": "x"}}, {"sent", "delivered", "answered"}),
        ({"status": "FAILED"}, {"failed"}),
        ({"status": "SKIPPED"}, {"skipped"}),
    ],
)
def test_outcomes_of_an_earlier_step(fields: dict[str, Any], came: set[str]) -> None:
    there = subject(an_execution(SECOND, **fields))

    assert {one for one in OUTCOMES if holds({"step": "second", "outcome": one}, there).holds} == came
    assert {one for one in OUTCOMES if holds({"step": "any", "outcome": one}, there).holds} == came
    assert {one for one in OUTCOMES if holds({"step": "previous", "outcome": one}, there).holds} == came


def test_the_previous_step_is_the_nearest_that_this_lead_has_taken() -> None:
    there = subject(an_execution(FIRST, status="SENT"), an_execution(SECOND, status="SKIPPED"))

    assert holds({"step": "previous", "outcome": "skipped"}, there).holds
    assert not holds({"step": "previous", "outcome": "sent"}, there).holds
    assert holds({"step": "any", "outcome": "sent"}, there).holds
    assert holds({"step": "previous", "outcome": "sent"}, replace(there, step=SECOND)).holds


def test_nothing_came_of_a_step_that_was_not_taken_or_is_this_very_one() -> None:
    there = subject(an_execution(FOURTH, status="SENT"))

    for step in ("first", "fourth", "gone", "previous", "any"):
        assert not holds({"step": step, "outcome": "sent"}, there).holds
    assert holds({"step": "first", "outcome": "sent"}, there).why == {"part": "", "found": "not taken"}


def test_days_since_the_last_contact_are_24_hours_and_count_from_the_lead_itself_if_there_was_none() -> None:
    three_days = subject(last_contacted_at=START - timedelta(days=3))
    almost = subject(last_contacted_at=START - timedelta(days=3) + timedelta(milliseconds=1))

    assert holds({"daysSinceLastContact": {"atLeast": 3}}, three_days).holds
    assert holds({"daysSinceLastContact": {"atMost": 3}}, three_days).holds
    assert not holds({"daysSinceLastContact": {"atLeast": 3}}, almost).holds
    assert not holds({"daysSinceLastContact": {"atMost": 2}}, three_days).holds
    assert holds({"daysSinceLastContact": {"atLeast": 30}}, subject()).holds
    assert not holds({"daysSinceLastContact": {"atLeast": 31}}, subject()).holds


YES: dict[str, Any] = {"field": "firstName", "equals": "Ada"}
NO: dict[str, Any] = {"field": "firstName", "equals": "Bob"}


@pytest.mark.parametrize(
    ("conditions", "held", "why"),
    [
        ({}, True, {}),
        (NO, False, {"part": "", "found": "Ada"}),
        ({"all": [YES, NO, YES]}, False, {"part": "/all/1", "found": "Ada"}),
        ({"all": [YES, {"any": [YES, NO]}]}, True, {"part": "/all/1/any/0", "found": "Ada"}),
        ({"any": [NO, {"not": YES}]}, False, {"part": "/any/1/not", "found": "Ada"}),
        ({"any": [NO, YES, NO]}, True, {"part": "/any/1", "found": "Ada"}),
        ({"not": {"all": [YES, NO]}}, True, {"part": "/not/all/1", "found": "Ada"}),
        ({"not": {"any": [NO, NO]}}, True, {"part": "/not/any/1", "found": "Ada"}),
        ({"not": {"not": YES}}, True, {"part": "/not/not", "found": "Ada"}),
    ],
)
def test_the_first_part_that_decided_is_named(conditions: dict[str, Any], held: bool, why: dict[str, Any]) -> None:
    verdict = holds(conditions, subject())

    assert (verdict.holds, verdict.why) == (held, why)


def test_an_explanation_stays_small() -> None:
    long = replace(subject(), lead=LEAD.model_copy(update={"meta": {"text": "x" * 9000, "list": [1], "object": {}}}))

    found = [
        holds({"field": f"meta.{name}", "exists": False}, long).why["found"] for name in ("text", "list", "object")
    ]

    assert found == ["x" * 59 + "…", "a list", "an object"]


def test_conditions_that_cannot_be_read_do_not_hold() -> None:
    assert holds({"clicked": True}, subject()).why == {"part": "", "found": "unreadable"}
    assert not holds({"clicked": True}, subject()).holds
    assert steps_named({"clicked": True}, STEPS, FOURTH) == set()


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        ({}, set()),
        (YES, set()),
        ({"step": "first", "outcome": "sent"}, {"first"}),
        ({"step": "third", "outcome": "sent"}, set()),
        ({"step": "previous", "outcome": "sent"}, {"first", "second"}),
        ({"all": [{"not": {"step": "first", "outcome": "sent"}}, {"step": "any", "outcome": "sent"}]},
         {"first", "second", "fourth"}),
    ],
)  # fmt: skip
def test_only_the_steps_that_are_asked_about_must_be_known(conditions: dict[str, Any], named: set[str]) -> None:
    assert steps_named(conditions, STEPS, THIRD) == named
