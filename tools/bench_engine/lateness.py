"""How late something was, as a distribution."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: Seconds that one row of a plot may stand for.
_WIDTHS: Final = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
#: Rows of a plot, without the last for what is out of its reach; and cells of its longest bar.
ROWS: Final = 14
BAR: Final = 40
#: The part of the values that a plot shows in detail.
SHOWN: Final = 0.99


@dataclass(frozen=True)
class Lateness:
    """Seconds from due to done, the shortest first."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Lateness":
        """The distribution of these."""
        return cls(tuple(sorted(seconds)))

    @property
    def early(self) -> int:
        """How many were done before they were due."""
        return sum(one < 0 for one in self.seconds)

    def within(self, part: float) -> float:
        """Seconds within which this part of them was done: the least value that so many do not exceed."""
        return self.seconds[max(0, math.ceil(part * len(self.seconds)) - 1)]


def plot(lateness: Lateness, full: str = "█") -> list[str]:
    """The shape of a distribution: a row for each span, with how many there are and what part of all was done by then.

    Args:
        full: the sign that bars are made of.
    """
    if not lateness.seconds:
        return []
    reach = max(0.0, lateness.within(SHOWN))
    width = next((one for one in _WIDTHS if reach < one * ROWS), _WIDTHS[-1])
    counts = [0] * (min(ROWS - 1, int(reach / width)) + 1)
    before = behind = 0
    for one in lateness.seconds:
        at = math.floor(one / width)
        if at < 0:
            before += 1
        elif at < len(counts):
            counts[at] += 1
        else:
            behind += 1
    spans = [(f"{at * width:6.2f} to {(at + 1) * width:6.2f} s", count) for at, count in enumerate(counts)]
    if before:
        spans.insert(0, (f"{'early':>18}", before))
    if behind:
        spans.append((f"{len(counts) * width:6.2f} s and more ", behind))
    return _rows(spans, len(lateness.seconds), full)


def _rows(spans: list[tuple[str, int]], total: int, full: str) -> list[str]:
    most, done, rows = max(count for _, count in spans), 0, []
    for name, count in spans:
        done += count
        # What is there is seen, however little it is.
        cells = math.ceil(BAR * count / most)
        rows.append(f"{name:18} {full * cells:{BAR}} {count:6,} {100 * done / total:5.1f} %")
    return rows
