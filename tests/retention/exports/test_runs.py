"""Sorted runs, merged: what comes in any order, in any number of runs, goes out in the order of keys, once each."""

from array import array

import pytest

from retention.bootstrap import Application
from retention.exports.names import Names, name_of, to_bytes
from retention.exports.runs import Merge, Row, Run, extra_of, index_of
from retention.moving.storage import Transfers
from retention.table.keys import Key


def written(transfers: Transfers, name: str, keys: list[str], text: str) -> str:
    """A run of some rows of one kind, among rows of another one."""
    run = Run()
    for one in keys:
        run.add("Lead", Row(Key(one, 'a "sk"\t\n'), (7, 2**64 - 1), ((("x", "y"), 3),), f"{text} {one}\n".encode()))
    run.add("Contact", Row(Key("other", "x"), (), (), b"other\n"))
    run.write(transfers, name, b"extra")
    return name


@pytest.mark.usefixtures("bucket")
def test_rows_go_out_in_their_order_and_a_key_once(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retention.exports.runs.ALL_READ", 1)
    monkeypatch.setattr("retention.exports.runs.LEAST_READ", 50)
    transfers = Transfers(app.core)
    runs = [
        written(transfers, "one", ["d", "b", "h", "ä"], "old"),
        written(transfers, "two", ["c", "b", "a"], "new"),
        written(transfers, "three", ["😀", "e"], "new"),
    ]
    indexes = [index_of(transfers, run) for run in runs]
    expected = ["new a", "new b", "new c", "old d", "new e", "old h", "old ä", "new 😀"]

    assert [row.line.decode()[:-1] for row in Merge(transfers, runs, indexes, "Lead").rows()] == expected
    assert next(Merge(transfers, runs, indexes, "Lead").rows())[:3] == (
        Key("a", 'a "sk"\t\n'),
        (7, 2**64 - 1),
        ((("x", "y"), 3),),
    )
    for at in range(1, len(expected)):
        before, after = Merge(transfers, runs, indexes, "Lead"), Merge(transfers, runs, indexes, "Lead")
        rows = before.rows()
        begun = [next(rows) for _ in range(at)]
        assert [row.line.decode()[:-1] for row in [*begun, *after.rows(before.place)]] == expected
    assert extra_of(transfers, "two", indexes[1]) == b"extra"


def test_a_name_is_found_when_it_has_been_settled() -> None:
    names, kept = Names(), array("Q", [name_of(Key("LEAD#9", "LEAD"))])
    names.load(to_bytes(kept))
    for n in range(5000):
        names.add(name_of(Key(f"LEAD#{n * 2}", "LEAD")))
    names.settle()

    assert kept[0] in names
    assert [n for n in range(10_000) if name_of(Key(f"LEAD#{n}", "LEAD")) in names] == [
        n for n in range(10_000) if n % 2 == 0 or n == 9
    ]
