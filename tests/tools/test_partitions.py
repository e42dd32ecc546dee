"""What the stand-in looks at to answer a statement that names partitions."""

from typing import Any

import pytest

from tools.stack.host.partitions import narrowed

TABLE = {"pk_name": "pk", "items": {name: {"sk": {"pk": {"S": name}}} for name in ("a", "b", "c")}}


def seen(where: Any) -> set[str]:
    """The partitions that a SELECT with this condition is shown."""
    select = narrowed(lambda table, parsed: set(table["items"]), lambda value: str(value["S"]))
    return set(select(TABLE, {"where": where}))


def values(*names: str) -> tuple[str, list[Any]]:
    return "options", [("lit", {"S": name}, "param") for name in names]


def test_only_the_partitions_that_are_named() -> None:
    assert seen(("in", ("path", ["pk"], 24, 28), values("a", "c", "nowhere"))) == {"a", "c"}
    assert seen(("in", ("path", ["pk"], 24, 28), values("nowhere"))) == set()


@pytest.mark.parametrize(
    "where",
    [
        None,
        ("in", ("path", ["other"], 24, 28), values("a")),
        ("in", ("path", ["pk", "inner"], 24, 28), values("a")),
        ("in", ("path", ["pk"], 24, 28), ("options", [("path", ["other"], 1, 2)])),
        ("not", ("in", ("path", ["pk"], 24, 28), values("a"))),
        ("or", ("in", ("path", ["pk"], 24, 28), values("a")), ("in", ("path", ["x"], 1, 2), values("b"))),
    ],
)
def test_all_where_the_condition_may_be_true_of_others(where: Any) -> None:
    assert seen(where) == {"a", "b", "c"}
