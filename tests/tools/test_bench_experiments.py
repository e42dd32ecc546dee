"""The bench of experiments measures what it says it does."""

import pytest

from retention.experiments.inference import Arm
from tools.bench_experiments.picture import plotted
from tools.bench_experiments.rules import PATIENT, RULES, chi_square, confidence_sequence, ninety
from tools.bench_experiments.runs import UP_TO, Outcome, run


def silently(done: int) -> None:
    """Nobody watches."""


def test_the_same_seed_gives_the_same_and_a_certain_lift_is_found() -> None:
    first, again = (run(6, (0.03, 0.06), RULES, "one", silently) for _ in range(2))

    assert first == again
    for outcome in first.values():
        assert (outcome.winners, outcome.share) == ({"B": 6}, 1.0)
        assert all(at % 100 == 0 and 0 < at <= UP_TO for at in outcome.stopped_at)


def test_conversions_come_at_the_rate_that_is_asked_for() -> None:
    seen: list[Arm] = []

    def watch(a: Arm, b: Arm) -> str | None:
        seen.append(b)
        return None

    run(1, (0.5, 0.03), {"watch": watch}, "two", silently)

    assert len(seen) == UP_TO / 100
    assert seen[-1].recipients == UP_TO
    assert seen[-1].rate == pytest.approx(0.03, abs=4 * (0.03 * 0.97 / UP_TO) ** 0.5)


def test_the_rules_of_the_textbook_are_the_ones_that_they_are_called() -> None:
    # Pearson's chi-square by hand from the four cells: just beyond 3.841.
    a, b = Arm(1_000, 30), Arm(1_000, 47)
    cells = [(30, 38.5), (970, 961.5), (47, 38.5), (953, 961.5)]
    assert sum((seen - expected) ** 2 / expected for seen, expected in cells) == pytest.approx(3.903, abs=0.001)

    assert (chi_square(a, b), ninety(a, b), confidence_sequence(a, b)) == ("B", "B", None)
    assert (chi_square(Arm(1_000, 46), Arm(1_000, 30)), ninety(Arm(1_000, 40), Arm(1_000, 30))) == (None, None)
    assert (ninety(Arm(1_000, 41), Arm(1_000, 30)), ninety(Arm(PATIENT - 1, 90), Arm(PATIENT - 1, 5))) == ("A", None)


def test_the_plot_shows_where_a_rule_ends() -> None:
    outcomes = {name: Outcome(10, stopped_at=[100] * stopped) for name, stopped in zip("xyz", (0, 5, 10), strict=True)}

    lines = plotted(outcomes, 0.05)

    assert lines[0].endswith("o" * 60)
    assert "*" * 60 in lines[15]
    assert len({len(line) for line in lines[:16]}) == 1
