"""The key table: one place, complete, and no two items in each other's way."""

import ast
import importlib
import re
from functools import cache
from itertools import combinations

import pytest

from retention.entity import Entity
from retention.table.layout import INDEXES, Layout
from retention.table.layouts import LAYOUTS
from tests.house.source import layer
from tests.infra.expansion import source

#: Fields whose text comes from outside and may hold any character. All others hold no `#`.
FREE = {"address", "external_id", "sub_id", "click_id", "source"}


@cache
def entities() -> dict[str, type[Entity]]:
    for module in layer():
        importlib.import_module(module.name)
    found: dict[str, type[Entity]] = {}
    todo: list[type[Entity]] = [Entity]
    while todo:
        kind = todo.pop()
        found[kind.__name__] = kind
        todo += kind.__subclasses__()
    return found


def placeholders(template: str) -> list[str]:
    return re.findall(r"{(\w+)}", template)


def templates(layout: Layout) -> list[str]:
    return [layout.pk, layout.sk, *(part for index in layout.indexes.values() for part in (index.pk, index.sk))]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_placeholder_is_a_field_of_its_entity(kind: str) -> None:
    layout = LAYOUTS[kind]
    named = {name for template in templates(layout) for name in placeholders(template)}
    if "shard" in named:
        named = named - {"shard"} | {layout.shard_by}

    assert named <= set(entities()[kind].model_fields)
    assert {index.only[0] for index in layout.indexes.values() if index.only} <= set(entities()[kind].model_fields)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_layout_gives_its_reason_and_uses_indexes_that_exist(kind: str) -> None:
    assert LAYOUTS[kind].why.endswith(".")
    assert set(LAYOUTS[kind].indexes) <= set(INDEXES)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_text_from_outside_stands_alone_in_its_key(kind: str) -> None:
    for template in (LAYOUTS[kind].pk, LAYOUTS[kind].sk):
        assert len(FREE & set(placeholders(template))) <= 1


def test_no_two_kinds_can_have_the_same_key() -> None:
    clashing = [
        (first, second)
        for (first, one), (second, other) in combinations(LAYOUTS.items(), 2)
        if may_be_equal(one.pk, other.pk) and may_be_equal(one.sk, other.sk)
    ]

    assert clashing == []


def test_the_check_for_equal_keys_sees_them() -> None:
    assert may_be_equal("A#{id}", "A#{lead_id}")
    assert may_be_equal("{source}#X", "A#{id}")
    assert not may_be_equal("A#{id}", "A#{id}#B")
    assert not may_be_equal("LEAD", "CONTACT")


def may_be_equal(one: str, other: str) -> bool:
    """Whether two templates can be filled so that they give the same text."""
    return _meet(_steps(one), _steps(other), {})


def _steps(template: str) -> tuple[tuple[str, bool], ...]:
    """A template as characters; a placeholder is a wildcard (`*` any text, `+` any text without `#`), at least one."""
    steps: list[tuple[str, bool]] = []
    for literal, name in re.findall(r"([^{]*)(?:{(\w+)})?", template):
        steps += [(character, False) for character in literal]
        if name:
            steps.append(("*" if name in FREE else "+", True))
    return tuple(steps)


def _meet(
    one: tuple[tuple[str, bool], ...],
    other: tuple[tuple[str, bool], ...],
    known: dict[tuple[int, int, bool, bool], bool],
    begun: tuple[bool, bool] = (False, False),
) -> bool:
    """Whether two sequences of characters and wildcards describe a common text; `begun`: has a head matched once?"""
    place = (len(one), len(other), *begun)
    if place not in known:
        known[place] = False
        known[place] = _meet_here(one, other, known, begun)
    return known[place]


def _meet_here(
    one: tuple[tuple[str, bool], ...],
    other: tuple[tuple[str, bool], ...],
    known: dict[tuple[int, int, bool, bool], bool],
    begun: tuple[bool, bool],
) -> bool:
    if begun[0] and _meet(one[1:], other, known, (False, begun[1])):
        return True
    if begun[1] and _meet(one, other[1:], known, (begun[0], False)):
        return True
    if not one or not other:
        return not one and not other
    (left, left_wild), (right, right_wild) = one[0], other[0]
    if left_wild and right_wild:
        return _meet(one, other, known, (True, True)) if begun != (True, True) else False
    if left_wild:
        return (left == "*" or right != "#") and _meet(one, other[1:], known, (True, False))
    if right_wild:
        return (right == "*" or left != "#") and _meet(one[1:], other, known, (False, True))
    return left == right and _meet(one[1:], other[1:], known, (False, False))


def test_keys_are_composed_in_the_key_table_only() -> None:
    composed = [
        f"{module.name}:{node.lineno}"
        for module in layer()
        if module.name != "retention.table.keys"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and "#" in str(part.value) for part in node.values)
    ]

    assert composed == []


def test_the_template_has_the_indexes_of_the_key_table() -> None:
    declared = source()["Resources"]["Table"]["Properties"]
    indexes = {
        index["IndexName"]: tuple(key["AttributeName"] for key in index["KeySchema"])
        for index in declared["GlobalSecondaryIndexes"]
    }

    assert indexes == {name: (pk, sk) for name, (pk, sk, _) in INDEXES.items()}
    assert [key["AttributeName"] for key in declared["KeySchema"]] == ["pk", "sk"]
    assert {attribute["AttributeName"] for attribute in declared["AttributeDefinitions"]} == {
        "pk",
        "sk",
        *(part for keys in indexes.values() for part in keys),
    }
