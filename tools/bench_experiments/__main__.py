"""`make bench-experiments`: false winners, and winners found."""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Final

from tools.bench_experiments.picture import plotted
from tools.bench_experiments.rules import RULES, confidence_sequence
from tools.bench_experiments.runs import EVERY, UP_TO, Outcome, run

#: What the rule has to keep.
MOST_FALSE: Final = 0.05
LEAST_FOUND: Final = 0.95
_OURS: Final = next(iter(RULES))


def main() -> int:
    """Run it; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="bench_experiments", description=__doc__)
    parser.add_argument("--tests", type=int, default=4_000, help="A/A tests (4000)")
    parser.add_argument("--lifts", type=int, default=1_000, help="tests with a better variant (1000)")
    parser.add_argument("--seed", default="retention", help="another seed, other chances")
    asked = parser.parse_args()
    began = time.monotonic()
    print(f"{asked.tests:,} A/A tests at 3.0 %, looked at every {EVERY} recipients of each variant up to {UP_TO:,}")
    same = run(asked.tests, (0.03, 0.03), RULES, f"{asked.seed} same", _progress("A/A", asked.tests))
    for name, outcome in same.items():
        print(f"  {name:<28}{outcome.share:>7.1%} false winners {_sides(outcome)}")
    print()
    print("\n".join(plotted(same, MOST_FALSE)))
    print()
    print(f"{asked.lifts:,} tests of 3.0 % against 3.9 %")
    ours = {_OURS: confidence_sequence}
    lifted = run(asked.lifts, (0.03, 0.039), ours, f"{asked.seed} lift", _progress("lift", asked.lifts))[_OURS]
    found = lifted.winners["B"] / asked.lifts
    print(f"  found the better one        {found:>7.1%}, the worse one {lifted.winners['A'] / asked.lifts:.1%}")
    if lifted.stopped_at:
        print(f"  recipients of each variant  {median(lifted.stopped_at):>7,.0f} in half of them")
    kept = same[_OURS].share <= MOST_FALSE and found >= LEAST_FOUND
    print(f"goals: at most {MOST_FALSE:.0%} false, at least {LEAST_FOUND:.0%} found: {'kept' if kept else 'MISSED'}")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if kept else 1


def _sides(outcome: Outcome) -> str:
    return f"(A {outcome.winners['A']:,}, B {outcome.winners['B']:,})"


def _progress(what: str, whole: int) -> Callable[[int], None]:
    def told(done: int) -> None:
        if sys.stderr.isatty() and (done % 50 == 0 or done == whole):
            sys.stderr.write(f"\r{what}: {done:,} of {whole:,}" + ("\n" if done == whole else ""))
            sys.stderr.flush()

    return told


if __name__ == "__main__":
    sys.exit(main())
