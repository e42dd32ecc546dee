"""`make bench-engine`: how fast the engine is on this machine, what a step takes, and how late steps are."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tools.bench_engine import words
from tools.bench_engine.alone import NotSentError, Run, measure
from tools.bench_engine.crowd import Crowd, spread
from tools.bench_engine.deployed import Deployed, deployed, ticks_held
from tools.bench_engine.progress import Progress
from tools.bench_engine.whole import WARMING, Passage, Queues, TooSlowError
from tools.stack.__main__ import EXPECTED
from tools.stack.record import Record
from tools.stack.running import running_stack

#: Seconds over which the due times of steps are spread.
SPAN: Final = 60.0
#: People that there are made-up numbers for.
MOST: Final = 4000


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make bench-engine", description=__doc__)
    parser.add_argument("--steps", type=int, default=1000, help="steps in chunks of 25 in this process (1000)")
    parser.add_argument("--alone", type=int, default=100, help="steps one at a time in this process (100)")
    parser.add_argument("--spread", type=int, default=300, help="steps through the queues, due within a minute (300)")
    parser.add_argument("--burst", type=int, default=500, help="steps through the queues, due at once (500)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    given = parser.parse_args()
    counts = [given.steps, given.alone, given.spread, given.burst]
    if min(counts) < 0 or sum(counts) > MOST - 100:
        parser.error(f"each part takes none or some steps, all together at most {MOST - 100}")
    return given


@contextmanager
def _stack(progress: Progress) -> Iterator[tuple[Record, Deployed]]:
    """A stack for this alone, gone afterwards."""
    progress.show("a stack starts, for this alone")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        running_stack(state_dir=Path(folder)) as running,
        deployed(running) as stack,
    ):
        yield running, stack


def in_process(stack: Deployed, crowd: Crowd, progress: Progress, given: argparse.Namespace) -> dict[str, Run]:
    """The engine in this process."""
    runs = {}
    with ticks_held(stack.endpoint):
        if given.steps:
            runs["in chunks of 25"] = measure(stack, crowd, progress, given.steps)
        if given.alone:
            runs["a step alone"] = measure(stack, crowd, progress, given.alone, size=1)
    return runs


def through_queues(
    running: Record, stack: Deployed, crowd: Crowd, progress: Progress, given: argparse.Namespace
) -> dict[str, Passage]:
    """Everything about the engine, too."""
    passages: dict[str, Passage] = {}
    queues = Queues(running, stack, progress)
    if given.spread:
        queues.warm(crowd)
        passages["over a minute"] = queues.carry(
            crowd, "Over a minute:", lambda begin: spread(begin, SPAN, given.spread)
        )
    if given.burst:
        queues.warm(crowd)
        passages["all at once"] = queues.carry(crowd, "All at once:", lambda begin: [begin] * given.burst)
    return passages


def text(runs: dict[str, Run], passages: dict[str, Passage], load: tuple[float, float]) -> str:
    """All figures, for people."""
    full = "█" if "utf" in (sys.stdout.encoding or "").lower() else "#"
    lines = [
        f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors, load before "
        f"{load[0]:.1f}, after {load[1]:.1f}. The table is the stand-in for AWS, the provider the sandbox, all here."
    ]
    if runs:
        lines += ["", "The engine alone, in one process", "", *words.runs(runs)]
    if passages:
        lines += ["", "The whole stack: dispatcher, queue, worker function", "", *words.passages(passages)]
    if "over a minute" in passages:
        lines += ["", *words.shape(passages["over a minute"].gate, full)]
    return "\n".join(lines)


def is_good(passages: dict[str, Passage]) -> bool:
    """Whether each step was sent once, and none before its time."""
    return not any(one.twice or one.lost or one.gate.early or one.accepted.early for one in passages.values())


def main() -> int:
    """0 when each step was sent once and in time, 1 when not, 2 when it could not be measured."""
    given, progress = arguments(), Progress()
    before = os.getloadavg()[0]
    people = given.steps + given.alone + given.spread + given.burst + 2 * (25 + WARMING)
    try:
        with _stack(progress) as (running, stack):
            crowd = Crowd(stack.app, stack.endpoint, people)
            runs = in_process(stack, crowd, progress, given)
            passages = through_queues(running, stack, crowd, progress, given)
            progress.show("the stack stops")
    except KeyboardInterrupt:
        progress.clear()
        return 130
    except (NotSentError, TooSlowError, LookupError, OSError, *EXPECTED) as failure:
        progress.clear()
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 2
    progress.clear()
    print(text(runs, passages, (before, os.getloadavg()[0])))
    if given.json:
        figures = {name: asdict(run) for name, run in runs.items()}
        figures |= {name: asdict(passage) for name, passage in passages.items()}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if is_good(passages) else 1


if __name__ == "__main__":
    sys.exit(main())
