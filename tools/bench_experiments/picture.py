"""A plot in characters: shares by recipients."""

from collections.abc import Mapping
from typing import Final

from tools.bench_experiments.runs import UP_TO, Outcome

_WIDE: Final = 60
_HIGH: Final = 15
_MARKS: Final = "*+o"


def plotted(outcomes: Mapping[str, Outcome], goal: float) -> list[str]:
    """The share of tests that had named a winner, by recipients of an arm; a dotted line where the goal is."""
    rows = [[" "] * (_WIDE + 1) for _ in range(_HIGH + 1)]
    rows[_row(goal)] = list("." * (_WIDE + 1))
    for mark, outcome in zip(_MARKS, outcomes.values(), strict=False):
        for column in range(_WIDE + 1):
            rows[_row(outcome.share_by(UP_TO * column // _WIDE))][column] = mark
    lines = [f"{_label(at):>6} |{''.join(row)}" for at, row in enumerate(rows)]
    ends = f"0{UP_TO:>{_WIDE},} recipients of each variant"
    legend = "   ".join(f"{mark} {name}" for mark, name in zip(_MARKS, outcomes, strict=False))
    return [*lines, f"{'':>6} +{'-' * (_WIDE + 1)}", f"{'':>7} {ends}", f"{'':>7} {legend}"]


def _row(share: float) -> int:
    return round((1 - share) * _HIGH)


def _label(row: int) -> str:
    share = 1 - row / _HIGH
    return f"{share:.0%}" if row % 3 == 0 else ""
