"""`make bench-campaign`: from the request that starts a campaign until the provider has every message."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.bench_campaign.audience import Audience
from tools.bench_engine.deployed import deployed
from tools.bench_engine.progress import Progress
from tools.stack import http
from tools.stack.__main__ import EXPECTED
from tools.stack.record import Record
from tools.stack.running import running_stack

#: Leads of the campaigns that are started before, so that no start of a function is in the figures.
WARMING: Final = (1, 25, 50)
#: Seconds that the system before this one took for 500 leads on one channel, at best, on a machine like this.
BEFORE: Final = 15.6
#: Leads that this was measured with, and how much faster is asked for.
SIZE: Final = 500
GOAL: Final = 10.0
#: Seconds between two looks, and without any progress after which nothing more is waited for.
LOOK: Final = 0.05
PATIENCE: Final = 150.0
#: People that there are made-up numbers for.
MOST: Final = 3900


class NotStartedError(Exception):
    """The campaign could not be started."""


@dataclass(frozen=True)
class Run:
    """What became of one campaign."""

    leads: int
    #: Seconds until the request was answered, until the provider had the first message, and all.
    answered: float
    first: float
    last: float
    once: int
    twice: int


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make bench-campaign", description=__doc__)
    parser.add_argument("--leads", type=int, default=SIZE, help=f"leads of the campaign ({SIZE})")
    parser.add_argument("--runs", type=int, default=3, help="how many such campaigns, one after the other (3)")
    given = parser.parse_args()
    if given.leads < 1 or given.runs < 1 or given.leads * given.runs + sum(WARMING) > MOST:
        parser.error(f"at least one lead and one run, and at most {MOST - sum(WARMING)} leads in all")
    return given


def started(running: Record, campaign: str, phones: set[str], progress: Progress) -> Run:
    """Start a campaign, and wait until its messages are with the provider."""
    before = _accepted(running)
    began = time.monotonic()
    answer = http.call("POST", f"{running.url}/v1/campaigns/{campaign}/start", running.apiKey)
    answered = time.monotonic() - began
    if answer.status != 200:
        raise NotStartedError(f"starting answers {answer.status} {answer.body.decode('utf-8', 'replace')[:300]}")
    first, last = 0.0, 0.0
    count, moved = 0, time.monotonic()
    while count < len(phones) and time.monotonic() - moved < PATIENCE:
        now = _accepted(running) - before
        if now != count:
            moved = last = time.monotonic()
            first, count = first or last, now
        progress.show(f"{len(phones)} leads:", f"{count} accepted")
        time.sleep(LOOK)
    sends = Counter(entry["to"] for entry in _ledger(running, before) if entry["to"] in phones)
    return Run(
        leads=len(phones),
        answered=answered,
        first=first - began,
        last=last - began,
        once=sum(count == 1 for count in sends.values()),
        twice=sum(count > 1 for count in sends.values()),
    )


def _accepted(running: Record) -> int:
    return int(http.call("GET", f"{running.sandboxUrl}/_sandbox").json()["entries"])


def _ledger(running: Record, since: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    while True:
        page = http.call("GET", f"{running.sandboxUrl}/_sandbox/ledger?since={since + len(entries)}").json()
        entries += page["entries"]
        if not page["more"]:
            return entries


def text(runs: list[Run], load: tuple[float, float]) -> str:
    """All figures, for people."""
    lines = [
        f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors, load before "
        f"{load[0]:.1f}, after {load[1]:.1f}. The table is the stand-in for AWS, the provider the sandbox, all here.",
        "",
        f"{'leads':>7}{'once':>7}{'twice':>7}{'lost':>6}{'answered, s':>13}{'first, s':>10}{'all, s':>9}{'leads/s':>9}",
    ]
    for one in runs:
        lost = one.leads - one.once - one.twice
        lines.append(
            f"{one.leads:7,}{one.once:7,}{one.twice:7,}{lost:6,}{one.answered:13.2f}{one.first:10.2f}{one.last:9.2f}"
            f"{one.leads / one.last if one.last else 0:9.1f}"
        )
    best = min(runs, key=lambda one: one.last)
    if best.leads == SIZE:
        ratio = BEFORE / best.last
        lines += ["", f"The best run took {best.last:.2f} s. Before it took {BEFORE} s: {ratio:.1f} times as long."]
        lines.append(f"The goal is {GOAL:.0f} times: {'reached' if ratio >= GOAL else 'missed'}.")
    return "\n".join(lines)


def main() -> int:
    """0 when each lead was contacted once, 1 when not, 2 when it could not be measured."""
    given, progress = arguments(), Progress()
    before = os.getloadavg()[0]
    runs = []
    try:
        progress.show("a stack starts, for this alone")
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            running_stack(state_dir=Path(folder)) as running,
            deployed(running) as stack,
        ):
            audience = Audience(stack.app, stack.endpoint, given.leads * given.runs + sum(WARMING))
            for size in WARMING:
                started(running, *audience.campaign(size), progress)
            for _ in range(given.runs):
                runs.append(started(running, *audience.campaign(given.leads), progress))
            progress.show("the stack stops")
    except KeyboardInterrupt:
        progress.clear()
        return 130
    except (NotStartedError, LookupError, OSError, *EXPECTED) as failure:
        progress.clear()
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 2
    progress.clear()
    print(text(runs, (before, os.getloadavg()[0])))
    return 0 if all(one.once == one.leads for one in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
