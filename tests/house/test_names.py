"""Names and sizes of files, and docstrings: what makes a rule findable."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Module, everything, layer, within

#: Names that say nothing.
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "base", "shared", "stuff"}
#: Lines that a file may have. One idea a file; most have below a hundred.
CEILING = 300
#: Files that are longer, with the reason.
LONGER: dict[str, str] = {"retention.table.layouts": "the key table is one table"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {module.name for module in everything() if FORBIDDEN & set(module.name.split("."))}


def test_no_file_is_longer_than_one_idea_needs() -> None:
    # Tests are lists of cases; their length says nothing.
    long = {one.name: len(one.text.splitlines()) for one in everything() if not within(one.name, "tests")}

    assert {name: lines for name, lines in long.items() if lines > CEILING and name not in LONGER} == {}


def test_every_exception_from_the_ceiling_is_still_needed() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in everything()}

    assert {name for name in LONGER if lengths.get(name, 0) <= CEILING} == set()


@pytest.mark.parametrize("module", layer(), ids=lambda module: module.name)
def test_everything_public_says_what_it_is(module: Module) -> None:
    assert ast.get_docstring(module.tree), f"{module.name} has no docstring"
    assert [name for name, node in _public(module.tree) if not ast.get_docstring(node)] == []


def _public(
    tree: ast.Module | ast.ClassDef, within: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Public classes, functions and methods. A `Meta` is a setting, and an override is told where it is overridden."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_") or node.name == "Meta" or _overrides(node, tree):
            continue
        yield f"{within}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _public(node, f"{within}{node.name}.")


def _overrides(node: ast.AST, owner: ast.Module | ast.ClassDef) -> bool:
    """Whether a method is one of the two that every PynamoDB attribute has."""
    return (
        isinstance(node, ast.FunctionDef)
        and isinstance(owner, ast.ClassDef)
        and node.name
        in (
            "serialize",
            "deserialize",
        )
    )
