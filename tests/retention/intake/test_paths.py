"""A path finds a value in whatever a form sends, and what was found can be taken out."""

from typing import Any

import pytest

from retention.intake.paths import find, without

TYPEFORM = {"answers": [{"type": "email", "email": "ada@example.com", "field": {"id": "f1", "ref": "mail"}}]}
TALLY = {"data": {"fields": [{"key": "question_1", "label": "Your e-mail", "value": "ada@example.com"}]}}
META = {"field_data": [{"name": "email", "values": ["ada@example.com"]}, {"name": "size", "values": ["1", "2"]}]}


@pytest.mark.parametrize(
    ("data", "path", "value"),
    [
        ({"email": "a"}, "email", "a"),
        ({"data": {"contact": {"email": "a"}}}, "data.contact.email", "a"),
        ([{"email": "a"}], "0.email", "a"),
        (TYPEFORM, "answers.0.email", "ada@example.com"),
        (TALLY, "data.fields.question_1", "ada@example.com"),
        (TALLY, "data.fields.Your e-mail", "ada@example.com"),
        (META, "field_data.email", ["ada@example.com"]),
        (META, "field_data.size.1", "2"),
        ({"a.b": {"c": "x"}}, "a.b.c", "x"),
        ({"a": {"x": 1}, "a.b": "y"}, "a.b", "y"),
        ([{"id": 7, "value": "x"}], "7", "x"),
        ([{"name": "address", "value": {"city": "Köln"}}], "address.city", "Köln"),
        ([{"name": "address", "city": "Köln"}], "address.city", "Köln"),
        ({"a": None}, "a", None),
    ],
)
def test_a_path_leads_to_a_value(data: Any, path: str, value: Any) -> None:
    found = find(data, path)

    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"email": "a"}, "mail"),
        ({"email": "a"}, "email.0"),
        ([], "0"),
        (["a"], "1"),
        (["a"], "-1"),
        ("text", "a"),
        (None, "a"),
        ([{"name": True}], "True"),
        ([{"name": ["a"]}], "a"),
    ],
)
def test_where_nothing_is_nothing_is_found(data: Any, path: str) -> None:
    assert find(data, path) is None


def test_a_path_of_sixteen_parts_through_a_thicket_is_found_soon() -> None:
    # Every beginning of the path is a member, on every level: each is followed once.
    leaf: Any = {"b": "x"}
    for _ in range(15):
        leaf = {"a": leaf, "a.a": {}, "a.a.a": {}}

    assert find(leaf, ".".join(["a"] * 15 + ["b"])) is not None
    assert find(leaf, ".".join(["a"] * 15 + ["c"])) is None


@pytest.mark.parametrize(
    ("data", "taken", "left"),
    [
        ({"a": 1, "b": 2}, ["a"], {"b": 2}),
        ({"a": {"b": 1}, "c": 0}, ["a.b"], {"c": 0}),
        (META, ["field_data.email"], {"field_data": [{"name": "size", "values": ["1", "2"]}]}),
        ([{"name": "x", "value": {"y": 1, "z": 2}}], ["x.y"], [{"name": "x", "value": {"z": 2}}]),
        ({"a": None, "b": "", "c": False, "d": []}, [], {"c": False}),
        ([1, 2, 3], ["1"], [1, 3]),
    ],
)
def test_what_was_taken_is_left_out(data: Any, taken: list[str], left: Any) -> None:
    places = [found.place for path in taken if (found := find(data, path)) is not None]

    assert without(data, places) == left
