"""The whole stack: the dispatcher looks ahead, the queues wait, the worker function sends."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from retention.clock import SystemClock
from retention.engine.queue import Message, SqsWorkQueue, Work
from retention.ids import SEPARATOR
from retention.sequences.model import SequenceStepExecution
from retention.table.keys import Key, key
from tools.bench_engine.crowd import Crowd, Owed
from tools.bench_engine.deployed import Deployed, messages_counted
from tools.bench_engine.lateness import Lateness
from tools.bench_engine.progress import Progress
from tools.sandbox.ledger import Entry
from tools.stack import http
from tools.stack.record import Record

#: Seconds from writing to the first due time. A tick looks up to 120 s ahead: what is due sooner may have been looked
#: past; the rest is for writing.
AHEAD: Final = 150.0
LOOKED_PAST: Final = 120.0
#: Steps that are sent before the count begins, so that no start of a function is in it.
WARMING: Final = 10
#: Seconds between two looks, and without any progress after which nothing more is waited for.
LOOK: Final = 0.5
PATIENCE: Final = 150.0


class TooSlowError(Exception):
    """The machine is too slow for this, or too busy."""


@dataclass(frozen=True)
class Passage:
    """What became of steps that went through the queues."""

    steps: int
    #: From due to gate (what `executedAt` tells), and to the provider's having it.
    gate: Lateness
    accepted: Lateness
    #: How many were sent once, more often, and never.
    once: int
    twice: int
    lost: int
    messages: int
    #: Gates that were opened together count once.
    gates: int
    #: Where all were due at once: from then until the provider had the last.
    seconds: float | None


@dataclass(frozen=True)
class Queues:
    """The queues of a running stack, and what comes out at their end."""

    running: Record
    stack: Deployed
    progress: Progress

    def warm(self, crowd: Crowd) -> None:
        """Have a few steps done at once, so that the worker has been started."""
        settings = self.stack.app.core.settings
        urls: dict[Any, str] = {"SMS": settings.sms_queue_url}
        before = self._accepted()
        owed = crowd.owe([self.stack.app.core.now()] * WARMING)
        queue = SqsWorkQueue(urls, settings.aws_region, SystemClock())
        queue.send([Message("SMS", one.due, (one.work,)) for one in owed])
        self._wait(lambda: self._accepted() - before, WARMING, "the worker starts:")

    def carry(self, crowd: Crowd, name: str, due_after: Callable[[datetime], Sequence[datetime]]) -> Passage:
        """Plan steps, wait until they are sent, and say how that went.

        Args:
            name: what is shown meanwhile.
            due_after: when steps are due, given the earliest instant for that.

        Raises:
            TooSlowError: they were not in place before the dispatcher looked.
        """
        core = self.stack.app.core
        begin = core.now() + timedelta(seconds=AHEAD)
        before = self._accepted()
        with messages_counted(self.running.awsEndpoint, core.settings.sms_queue_url) as messages:
            owed = crowd.owe(due_after(begin), lambda done: self.progress.show(name, f"{done:,} enrolled"))
            if core.now() > begin - timedelta(seconds=LOOKED_PAST):
                raise TooSlowError(f"enrolling took too long for {len(owed):,} steps")
            while (left := (begin - core.now()).total_seconds()) > 0:
                self.progress.show(name, f"due in {left:.0f} s")
                time.sleep(LOOK)
            self._wait(lambda: self._accepted() - before, len(owed), name)
            executions = self._settled([one.work for one in owed])
        return passage(owed, executions, self._ledger(before), messages.count)

    def _wait(self, done: Callable[[], int], wanted: int, name: str) -> None:
        """Look on until so many are done, or nothing moves any more."""
        count, moved = -1, time.monotonic()
        while (now := done()) < wanted and time.monotonic() - moved < PATIENCE:
            if now != count:
                count, moved = now, time.monotonic()
            self.progress.show(name, f"{now:,} of {wanted:,} sent")
            time.sleep(LOOK)

    def _settled(self, work: Sequence[Work]) -> list[SequenceStepExecution]:
        """The executions once their outcomes are written down, or that has taken too long."""
        core, until = self.stack.app.core, time.monotonic() + PATIENCE
        named = [(SequenceStepExecution, _key(one.id)) for one in work]
        while True:
            found: list[SequenceStepExecution] = [one for one in core.store.find_many(named) if one is not None]
            if not any(one.is_open for one in found) or time.monotonic() > until:
                return found
            time.sleep(LOOK)

    def _accepted(self) -> int:
        """How many messages the sandbox has accepted so far."""
        return int(http.call("GET", f"{self.running.sandboxUrl}/_sandbox").json()["entries"])

    def _ledger(self, since: int) -> list[Entry]:
        entries: list[Entry] = []
        while True:
            page = http.call("GET", f"{self.running.sandboxUrl}/_sandbox/ledger?since={since + len(entries)}").json()
            entries += [Entry.of(entry) for entry in page["entries"]]
            if not page["more"]:
                return entries


def _key(identifier: str) -> Key:
    lead_id, sequence_id, generation, step_id = identifier.split(SEPARATOR)
    return key(
        "SequenceStepExecution", lead_id=lead_id, sequence_id=sequence_id, generation=generation, step_id=step_id
    )


def passage(
    owed: Sequence[Owed], executions: Sequence[SequenceStepExecution], ledger: Sequence[Entry], messages: int
) -> Passage:
    """What became of steps, by the table and by the provider's ledger."""
    due_of = {one.work.id: one.due for one in owed}
    due_to = {one.phone: one.due for one in owed}
    sends = Counter(entry.to for entry in ledger if entry.to in due_to)
    gated = [
        (one.executed_at, due_of[one.id]) for one in executions if one.executed_at is not None and one.id in due_of
    ]
    took = [(entry.at, due_to[entry.to]) for entry in ledger if entry.to in due_to]
    last, at_once = max((at for at, _ in took), default=None), len(set(due_to.values())) == 1
    return Passage(
        steps=len(owed),
        gate=Lateness.of((at - due).total_seconds() for at, due in gated),
        accepted=Lateness.of((at - due).total_seconds() for at, due in took),
        once=sum(count == 1 for count in sends.values()),
        twice=sum(count > 1 for count in sends.values()),
        lost=len(due_to) - len(sends),
        messages=messages,
        gates=len({at for at, _ in gated}),
        seconds=(last - owed[0].due).total_seconds() if last is not None and at_once else None,
    )
