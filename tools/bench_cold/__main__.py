"""`python -m tools.bench_cold`: prints how long each function takes to start. Writes nothing unless asked to."""

import argparse
import json
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tools.bench_cold.endpoint import answering
from tools.bench_cold.layout import Layout, lay_out
from tools.bench_cold.measure import Start, StartFailedError, import_times, measure
from tools.bench_cold.runtime import emulator, init_milliseconds
from tools.bench_cold.subjects import Subject, subjects


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_cold", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="starts per function, of which the best counts (10)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure these functions only (and the floor)")
    parser.add_argument("--no-byte-code", action="store_true", help="as if the build had found no Python 3.13")
    parser.add_argument("--full-botocore", action="store_true", help="with the descriptions of all AWS services")
    parser.add_argument("--modules", type=int, metavar="N", help="name the N dearest modules of each function")
    parser.add_argument("--no-runtime", action="store_true", help="leave out the measurement in Lambda's runtime")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    given = parser.parse_args()
    if given.runs < 1:
        parser.error("--runs must be at least 1")
    return given


def wanted(only: list[str] | None) -> list[Subject]:
    """The subjects that were asked for, the floor first.

    Raises:
        SystemExit: one of them does not exist.
    """
    known = subjects()
    unknown = set(only or ()) - {subject.name for subject in known}
    if unknown:
        sys.exit(f"No such function: {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in known[1:])}.")
    return [subject for subject in known if only is None or subject.name in {"floor", *only}]


def runtime_inits(chosen: list[Subject], layout: Layout, endpoint: str, runs: int) -> dict[str, float]:
    """Best init in Lambda's own runtime, wall milliseconds; empty where the emulator does not run."""
    binary = emulator()
    if binary is None:
        sys.stderr.write("No runtime emulator here (it comes with the SAM command line, for Linux): column left out.\n")
        return {}
    functions = [subject for subject in chosen if subject.handler]
    return {
        subject.name: min(init_milliseconds(binary, subject, layout, endpoint) for _ in range(runs))
        for subject in functions
    }


def table(chosen: list[Subject], best: dict[str, Start], inits: dict[str, float]) -> str:
    """The figures as a table of text."""
    floor = best["floor"].init
    lines = [
        f"{'':12}{'import':>8}{'set-up':>8}{'together':>10}{'ratio':>7}{'budget':>8}{'':>6}"
        f"{'1st event':>11}{'runtime':>9}{'MB':>5}"
    ]
    for subject in chosen:
        start = best[subject.name]
        ratio = start.init / floor
        budget = f"{subject.budget:.1f}" if subject.budget else "-"
        verdict = "" if subject.budget is None else "ok" if ratio <= subject.budget else "OVER"
        runtime = f"{inits[subject.name]:.0f}" if subject.name in inits else "-"
        lines.append(
            f"{subject.name:12}{start.importing:8.0f}{start.setting_up:8.0f}{start.init:10.0f}{ratio:7.2f}{budget:>8}"
            f"{verdict:>6}{start.first_event:11.0f}{runtime:>9}{start.memory:5.0f}"
        )
    lines += ["", *(f"{name} answered its first event: {start.status}" for name, start in best.items())]
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    given = arguments()
    chosen = wanted(given.only)
    with tempfile.TemporaryDirectory(prefix="cold-") as scratch, answering() as endpoint:
        layout = lay_out(Path(scratch), byte_code=not given.no_byte_code, trimmed=not given.full_botocore)
        best = measure(chosen, layout, endpoint, given.runs)
        inits = {} if given.no_runtime else runtime_inits(chosen, layout, endpoint, max(1, given.runs // 3))
        sys.stdout.write(
            f"CPU milliseconds of fresh processes, best of {given.runs}, Python {platform.python_version()} on "
            f"{platform.machine()}. Budgets are ratios to the floor of this run;\n"
            "runtime: wall milliseconds of the init that Lambda's own runtime reports.\n\n"
        )
        sys.stdout.write(table(chosen, best, inits) + "\n")
        for subject in chosen if given.modules else []:
            dearest = import_times(subject, layout, endpoint)[: given.modules]
            sys.stdout.write(f"\n{subject.name}, dearest modules by themselves (ms):\n")
            sys.stdout.writelines(f"{spent:8.1f}  {name}\n" for spent, name in dearest)
    if given.json:
        figures = {name: asdict(start) | {"runtime": inits.get(name)} for name, start in best.items()}
        given.json.write_text(json.dumps(figures, indent=2, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except StartFailedError as error:
        sys.exit(f"A function did not start. {error}")
