"""What the conditions of a step may say, and what is said about those that may not be."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.sequences import grammar
from retention.sequences.conditions import errors
from retention.sequences.grammar import MAX_DEPTH, MAX_PARTS

OK: dict[str, Any] = {"converted": False}


def wrong(conditions: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by its pointer."""
    return {error.pointer: error.code for error in errors(conditions, "/conditions", ["first", "second"])}


def nested(levels: int) -> dict[str, Any]:
    condition = OK
    for _ in range(levels - 1):
        condition = {"not": condition}
    return condition


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        OK,
        {"all": [OK, {"any": [OK]}, {"not": OK}]},
        {"field": "status", "equals": "NEW"},
        {"field": "source", "in": ["META", "API"]},
        {"field": "email", "exists": True},
        {"field": "timeZone", "contains": "Europe"},
        {"field": "meta.plan.tier", "equals": "gold"},
        {"field": "meta.age", "atLeast": 18, "atMost": Decimal("64.5")},
        {"field": "meta.vip", "equals": True},
        {"step": "previous", "outcome": "opened"},
        {"step": "any", "outcome": "replied"},
        {"step": "second", "outcome": "skipped"},
        {"daysSinceLastContact": {"atLeast": 3}},
        {"daysSinceLastContact": {"atLeast": 0, "atMost": 3650}},
        nested(MAX_DEPTH),
        {"all": [OK] * (MAX_PARTS - 1)},
    ],
)
def test_everything_that_the_language_has_is_accepted(conditions: dict[str, Any]) -> None:
    assert wrong(conditions) == {}


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"clicked": True}, {"": "not_a_condition"}),
        ({"all": [OK], "any": [OK]}, {"": "not_a_condition"}),
        ({"all": [{}]}, {"/all/0": "not_a_condition"}),
        ({"all": []}, {"/all": "not_a_list"}),
        ({"any": OK}, {"/any": "not_a_list"}),
        ({"any": [OK, "new", None]}, {"/any/1": "not_an_object", "/any/2": "not_an_object"}),
        ({"not": {"not": {"a": 1}}}, {"/not/not": "not_a_condition"}),
        ({**OK, "a/b~": 1}, {"/a~1b~0": "unknown_field"}),
        ({"converted": "no"}, {"/converted": "wrong_value"}),
        ({"field": "password", "equals": "x"}, {"/field": "unknown_lead_field"}),
        ({"field": "meta", "exists": True}, {"/field": "unknown_lead_field"}),
        ({"field": "meta.", "exists": True}, {"/field": "unknown_lead_field"}),
        ({"field": "meta." + ".".join("abcdefgh"), "exists": True}, {"/field": "unknown_lead_field"}),
        ({"field": "status.x", "exists": True}, {"/field": "unknown_lead_field"}),
        ({"field": 7, "exists": True}, {"/field": "unknown_lead_field"}),
        ({"field": "email"}, {"": "nothing_asked"}),
        ({"field": "email", "startsWith": "a"}, {"/startsWith": "unknown_field", "": "nothing_asked"}),
        ({"field": "status", "equals": "HOT"}, {"/equals": "not_allowed"}),
        ({"field": "source", "in": ["META", "FAX"]}, {"/in": "not_allowed"}),
        ({"field": "meta.a", "equals": None}, {"/equals": "wrong_value"}),
        ({"field": "meta.a", "equals": {"b": 1}}, {"/equals": "wrong_value"}),
        ({"field": "meta.a", "equals": "x" * 501}, {"/equals": "wrong_value"}),
        ({"field": "meta.a", "in": []}, {"/in": "wrong_value"}),
        ({"field": "meta.a", "in": ["a"] * 101}, {"/in": "wrong_value"}),
        ({"field": "meta.a", "exists": 1}, {"/exists": "wrong_value"}),
        ({"field": "meta.a", "contains": ""}, {"/contains": "wrong_value"}),
        ({"field": "meta.a", "atLeast": "3", "atMost": True}, {"/atLeast": "wrong_value", "/atMost": "wrong_value"}),
        ({"step": "third", "outcome": "sent"}, {"/step": "unknown_reference"}),
        ({"step": 1, "outcome": "bounced"}, {"/step": "wrong_value", "/outcome": "not_allowed"}),
        ({"step": "previous"}, {"/outcome": "not_allowed"}),
        ({"outcome": "sent"}, {"": "not_a_condition"}),
        ({"daysSinceLastContact": 3}, {"/daysSinceLastContact": "wrong_value"}),
        ({"daysSinceLastContact": {}}, {"/daysSinceLastContact": "wrong_value"}),
        ({"daysSinceLastContact": {"over": 3}}, {"/daysSinceLastContact": "wrong_value"}),
        ({"daysSinceLastContact": {"atLeast": -1}}, {"/daysSinceLastContact/atLeast": "wrong_value"}),
        ({"daysSinceLastContact": {"atMost": 3651}}, {"/daysSinceLastContact/atMost": "wrong_value"}),
        (nested(MAX_DEPTH + 1), {"/not" * MAX_DEPTH: "too_deep"}),
        ({"all": [OK] * MAX_PARTS}, {f"/all/{MAX_PARTS - 1}": "too_many_conditions"}),
        ({"all": [{"field": "x", "exists": True}, {"step": "y", "outcome": "z"}]},
         {"/all/0/field": "unknown_lead_field", "/all/1/outcome": "not_allowed", "/all/1/step": "unknown_reference"}),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_named_by_its_pointer(conditions: dict[str, Any], found: dict[str, str]) -> None:
    assert wrong(conditions) == {f"/conditions{pointer}": code for pointer, code in found.items()}


def test_two_forms_in_one_are_told_apart_from_none() -> None:
    (error,) = errors({"converted": True, "step": "any", "outcome": "sent"}, "/conditions")

    assert "here are converted and step" in error.detail


def test_the_examples_of_the_documentation_are_accepted() -> None:
    text = (Path(__file__).parents[3] / "docs/sequences.md").read_text(encoding="utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    examples += [json.loads(cell) for cell in re.findall(r"^\| `({[^`\[]*})`", text, re.MULTILINE) if "..." not in cell]
    conditions = [one for one in examples if "settings" not in one]

    assert len(conditions) >= 6
    assert [errors(one, "", []) for one in conditions] == [[]] * len(conditions)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["previous", "any", "meta.a"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*grammar._FORMS, *grammar._TESTS, "outcome", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*grammar._FORMS, "outcome", "x"]), JSON, max_size=3))
def test_whatever_comes_is_read_or_refused_with_pointers_into_it(conditions: dict[str, Any]) -> None:
    found = errors(conditions, "/conditions")

    assert all(one.pointer.startswith("/conditions") and one.detail for one in found)
    assert found or grammar.read(conditions) is not None or conditions == {}
