"""`make bench-import`: rates of what comes in and goes out, and whether it is the same on the other side."""

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tools.bench_engine.progress import Progress
from tools.bench_import.account import WentWrongError
from tools.bench_import.stages import Bench, Figure
from tools.cli.exits import CommandError
from tools.stack.__main__ import EXPECTED

#: Leads of the file, and rows of the predecessor's database, unless told.
LEADS: Final = 20_000
PREDECESSOR: Final = 100_000


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make bench-import", description=__doc__)
    parser.add_argument("--rows", type=int, default=LEADS, help=f"leads of the CSV file ({LEADS:,}); 0: none")
    parser.add_argument("--people", type=int, help="how many different people they name, in turn (each row another)")
    parser.add_argument("--dry", action="store_true", help="only look through the CSV file: nothing is taken in")
    parser.add_argument(
        "--predecessor",
        type=int,
        default=PREDECESSOR,
        metavar="ROWS",
        help=f"rows of the predecessor's database ({PREDECESSOR:,}); 0: none",
    )
    given = parser.parse_args()
    if given.rows < 0 or given.predecessor < 0 or (given.dry and not given.rows):
        parser.error("rows cannot be negative, and a dry run needs some")
    given.people = given.rows if given.people is None else given.people
    if not min(1, given.rows) <= given.people <= given.rows or (given.dry and given.people < given.rows):
        parser.error("there are as many people as rows at most, one at least, and in a dry run each row is another")
    return given


def text(figures: list[Figure], load: tuple[float, float], seconds: float) -> str:
    """All figures, for people."""
    lines = [
        f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors, load before "
        f"{load[0]:.1f}, after {load[1]:.1f}; {seconds:,.0f} s in all. AWS is the stand-in on this machine.",
        "",
        f"{'':34}{'how many':>12} {'':8}{'seconds':>9}{'a second':>10}  {'jobs function, MB*':20}became",
    ]
    for one in figures:
        rate = f"{one.count / one.seconds:,.0f}" if one.seconds else ""
        spent = f"{one.seconds:,.1f}" if one.seconds else ""
        line = f"{one.what:34}{one.count:12,} {one.unit:8}{spent:>9}{rate:>10}  {one.memory:20}{one.outcome}"
        lines.append(line if one.wrong is None else f"{line}  WRONG: {one.wrong}")
    return "\n".join([*lines, "", "* resident: at the beginning / at the end / at most"])


def measured(bench: Bench, given: argparse.Namespace) -> None:
    """Measure what is asked for.

    Raises:
        WentWrongError: something did not end as it must.
    """
    if given.dry:
        bench.looked_through(given.rows)
        return
    if given.rows:
        bench.leads(given.rows, given.people)
    if given.predecessor:
        bench.round_trip(bench.predecessor(given.predecessor))


def main() -> int:
    """0 when everything is as it must be, 1 when not, 2 when it could not be measured."""
    given, progress = arguments(), Progress()
    load, began = os.getloadavg()[0], time.monotonic()
    failure: Exception | None = None
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), progress)
        try:
            measured(bench, given)
        except KeyboardInterrupt:
            progress.clear()
            return 130
        except (WentWrongError, CommandError, OSError, *EXPECTED) as error:
            failure = error
    progress.clear()
    if bench.figures:
        print(text(bench.figures, (load, os.getloadavg()[0]), time.monotonic() - began))
    if failure is not None:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1 if isinstance(failure, WentWrongError) else 2
    return 1 if any(one.wrong for one in bench.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
