"""The distribution of lateness: its percentiles are values that occurred, and its plot leaves nothing out."""

import pytest

from tools.bench_engine.lateness import ROWS, Lateness, plot


@pytest.mark.parametrize(("part", "seconds"), [(0.5, 0.5), (0.9, 0.9), (0.99, 1.0), (1.0, 1.0)])
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(part: float, seconds: float) -> None:
    lateness = Lateness.of(number / 10 for number in range(10, 0, -1))

    assert lateness.within(part) == seconds


def test_of_one_value_every_percentile_is_that() -> None:
    assert [Lateness.of([0.3]).within(part) for part in (0.0, 0.5, 1.0)] == [0.3, 0.3, 0.3]


def test_what_came_too_early_is_counted() -> None:
    assert Lateness.of([0.0, 0.1, -0.001]).early == 1


def counts(rows: list[str]) -> list[int]:
    return [int(row.split()[-3].replace(",", "")) for row in rows]


def test_a_plot_shows_every_value_once() -> None:
    seconds = [-0.2, 0.0, 0.049, 0.4, 0.4, *(0.01 * number for number in range(1000)), 30.0]

    rows = plot(Lateness.of(seconds), "#")

    assert sum(counts(rows)) == len(seconds)
    assert rows[0].startswith(" " * 13 + "early")
    assert "and more" in rows[-1]
    assert rows[-1].endswith("100.0 %")
    assert len(rows) <= ROWS + 2


def test_one_late_step_among_many_is_seen() -> None:
    rows = plot(Lateness.of([0.1] * 5000 + [9.0]), "#")

    assert rows[-1].count("#") == 1
    assert counts(rows)[-1] == 1


def test_values_that_are_all_alike_make_one_row() -> None:
    assert counts(plot(Lateness.of([0.0, 0.0]))) == [2]


def test_nothing_has_no_shape() -> None:
    assert plot(Lateness.of([])) == []
