"""The measurement of imports: its file, its table of figures, and what it takes for wrong."""

import csv
import os
from pathlib import Path
from typing import Any

import pytest

from tools.bench_engine.progress import Progress
from tools.bench_import import memory, people
from tools.bench_import.__main__ import text
from tools.bench_import.memory import Memory
from tools.bench_import.stages import Bench, Figure


def test_the_file_is_the_same_each_time_and_nobody_stands_in_it_twice(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"

    assert people.write(one, 500, 500) == people.write(other, 500, 500) == one.stat().st_size
    assert one.read_bytes() == other.read_bytes()
    with one.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [len({row[name] for row in rows}) for name in ("Email", "Phone", "External Id")] == [500] * 3


def test_rows_may_name_the_same_people_again_in_turn(tmp_path: Path) -> None:
    people.write(tmp_path / "rows.csv", 7, 3)

    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        first, second, third, *rest = csv.DictReader(file)
    assert rest == [first, second, third, first]
    assert len({row["Email"] for row in (first, second, third)}) == 3


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        ({"created": 3}, False),
        ({"created": 3, "rejected": None}, False),
        ({"created": 2, "rejected": 1}, True),
        ({"created": 3, "skipped": 1}, True),
        ({}, True),
    ],
)
def test_each_row_must_have_become_what_it_was_to_be(tmp_path: Path, found: dict[str, Any], wrong: bool) -> None:
    bench = Bench(tmp_path, Progress())

    bench._note("leads", 3, "rows", 1.5, found, {"created": 3}, Memory())

    (figure,) = bench.figures
    assert (figure.wrong is not None) is wrong
    assert ("WRONG" in text(bench.figures, (0.0, 0.0), 1.0)) is wrong


def test_the_table_tells_the_rate() -> None:
    told = text([Figure("leads", 20_000, "rows", 40.0, "20,000 created", "90 / 91 / 92")], (0.1, 0.2), 41.0)

    (line,) = [line for line in told.splitlines() if line.startswith("leads")]
    assert line.split() == ["leads", "20,000", "rows", "40.0", "500", "90", "/", "91", "/", "92", "20,000", "created"]


def test_memory_is_told_at_the_beginning_at_the_end_and_at_most() -> None:
    assert Memory([10.0, *[50.0] * 8, 40.0]).text() == "10 / 40 / 50"
    assert Memory().text() == "-"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_a_process_is_found_by_its_environment_and_its_memory_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "environ").write_bytes(b"TABLE_NAME=t\0POWERTOOLS_SERVICE_NAME=jobs\0PATH=/bin\0")
    (tmp_path / "8").mkdir()
    (tmp_path / "8" / "environ").write_bytes(b"TABLE_NAME=other\0POWERTOOLS_SERVICE_NAME=jobs\0")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "_PROC", tmp_path)
        assert [process.name for process in memory._processes("jobs", "t")] == ["7"]
    held = memory._resident(Path("/proc") / str(os.getpid()))
    assert held is not None
    assert held > 1
