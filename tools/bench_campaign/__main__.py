"""`make bench-campaign`: from the request that starts a campaign until the provider has every message.

Once with a provider that takes messages at once and says no more, as the system before this one was measured; and once
with the sandbox as it is, which reports twice on each message within a fifth of a second, so that a thousand reports
are received and applied by the same processors meanwhile.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from retention.jobs.model import Job
from retention.table.keys import index_partitions
from retention.table.store import raw_key
from tools.bench_campaign.audience import Audience
from tools.bench_engine.deployed import HELD, Deployed, deployed
from tools.bench_engine.progress import Progress
from tools.stack import http
from tools.stack.__main__ import EXPECTED
from tools.stack.aws import client
from tools.stack.record import Record
from tools.stack.running import running_stack

#: Leads of the campaigns that are started before, so that no start of a function is in the figures.
WARMING: Final = (1, 50, 250)
#: Seconds that the system before this one took for 500 leads on one channel, at best, on a machine like this.
BEFORE: Final = 15.6
#: Leads that this was measured with, and how much faster is asked for.
SIZE: Final = 500
GOAL: Final = 10.0
#: Seconds between two looks, and without any progress after which nothing more is waited for.
LOOK: Final = 0.5
PATIENCE: Final = 150.0
#: Seconds between two looks whether the stack rests, and looks at which it must.
REST: Final = 0.5
QUIET_LOOKS: Final = 3
#: What the sandbox is told so that it reports on nothing.
SILENT: Final = {"faults": [{"kind": "callbacks", "when": "never"}]}
#: People that there are made-up numbers for.
MOST: Final = 3900


class NotStartedError(Exception):
    """The campaign could not be started."""


@dataclass(frozen=True)
class Run:
    """What became of one campaign."""

    #: Whether the provider reported on its messages meanwhile.
    reported: bool
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
    parser.add_argument("--runs", type=int, default=3, help="how many such campaigns of each kind (3)")
    given = parser.parse_args()
    if given.leads < 1 or given.runs < 1 or 2 * given.leads * given.runs + sum(WARMING) > MOST:
        parser.error(f"at least one lead and one run, and at most {MOST - sum(WARMING)} leads in all")
    return given


def started(running: Record, campaign: str, phones: set[str], progress: Progress, *, reported: bool = True) -> Run:
    """Start a campaign, and wait until its messages are with the provider."""
    before = _accepted(running)
    began = datetime.now(UTC)
    answer = http.call("POST", f"{running.url}/v1/campaigns/{campaign}/start", running.apiKey)
    answered = datetime.now(UTC) - began
    if answer.status != 200:
        raise NotStartedError(f"starting answers {answer.status} {answer.body.decode('utf-8', 'replace')[:300]}")
    count, moved = 0, time.monotonic()
    while count < len(phones) and time.monotonic() - moved < PATIENCE:
        time.sleep(LOOK)
        now = _accepted(running) - before
        if now != count:
            moved, count = time.monotonic(), now
        progress.show(f"{len(phones)} leads:", f"{count} accepted")
    # When each was accepted is in the ledger: to look often would take time from what is measured.
    entries = [entry for entry in _ledger(running, before) if entry["to"] in phones]
    accepted = sorted(datetime.fromisoformat(entry["at"]) - began for entry in entries) or [timedelta()]
    sends = Counter(entry["to"] for entry in entries)
    return Run(
        reported=reported,
        leads=len(phones),
        answered=answered.total_seconds(),
        first=accepted[0].total_seconds(),
        last=accepted[-1].total_seconds(),
        once=sum(count == 1 for count in sends.values()),
        twice=sum(count > 1 for count in sends.values()),
    )


def rested(stack: Deployed, progress: Progress) -> None:
    """Return when nothing of the campaigns before is left to be done, so that only one is measured at a time.

    Raises:
        NotStartedError: something goes on and on.
    """
    store, settings = stack.app.core.store, stack.app.core.settings
    sqs = client("sqs", stack.endpoint)

    def is_at_work() -> bool:
        due = [raw_key(row) for pk in index_partitions("Job", "due") for row in store.query(pk, index="due")]
        if any(job is not None and job.task == "start" for job in store.find_many([(Job, one) for one in due])):
            return True
        urls = (settings.sms_queue_url, settings.inbound_queue_url)
        told = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(HELD))["Attributes"] for url in urls]
        return any(int(number) for one in told for number in one.values())

    until = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < QUIET_LOOKS:
        if time.monotonic() > until:
            raise NotStartedError("the stack does not come to rest")
        progress.show("the stack comes to rest")
        time.sleep(REST)
        quiet = 0 if is_at_work() else quiet + 1


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
        f"{'reports':>8}{'leads':>7}{'once':>7}{'twice':>7}{'lost':>6}{'answered, s':>13}{'first, s':>10}{'all, s':>9}"
        f"{'leads/s':>9}",
    ]
    for one in runs:
        lost = one.leads - one.once - one.twice
        lines.append(
            f"{'yes' if one.reported else 'no':>8}{one.leads:7,}{one.once:7,}{one.twice:7,}{lost:6,}"
            f"{one.answered:13.2f}{one.first:10.2f}{one.last:9.2f}{one.leads / one.last if one.last else 0:9.1f}"
        )
    for reported in (False, True):
        best = min((one for one in runs if one.reported == reported), key=lambda one: one.last)
        if best.leads == SIZE:
            ratio = BEFORE / best.last
            how = "reports on each message twice meanwhile" if reported else "takes messages at once, as it did before"
            lines += ["", f"A provider that {how}: the best run took {best.last:.2f} s. Before it took {BEFORE} s:"]
            # The system before this one was measured without reports.
            goal = "" if reported else f" The goal of {GOAL:.0f} times is {'reached' if ratio >= GOAL else 'missed'}."
            lines.append(f"{ratio:.1f} times as long.{goal}")
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
            audience = Audience(stack.app, stack.endpoint, 2 * given.leads * given.runs + sum(WARMING))
            for size in WARMING:
                started(running, *audience.campaign(size), progress)
            for reported in [False] * given.runs + [True] * given.runs:
                campaign, phones = audience.campaign(given.leads)
                rested(stack, progress)
                http.call("PUT", f"{running.sandboxUrl}/_sandbox/faults", body={"faults": []} if reported else SILENT)
                runs.append(started(running, campaign, phones, progress, reported=reported))
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
