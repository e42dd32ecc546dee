"""How far everything is: what the sandbox accepted, and what the application says has ended otherwise."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tools.demo.story import Api, RefusedError, Story
from tools.sandbox.ledger import Entry, Name
from tools.stack import http
from tools.stack.clock import FileClock

#: Which provider carries which channel in the sandbox.
PROVIDERS: Final[dict[str, Name]] = {"SMS": "twilio", "EMAIL": "sendgrid", "CALL": "vapi"}
#: Reasons that are no failure of a step: it was sent, or was not to be sent any more.
HARMLESS: Final = ("undelivered", "lead_stopped", "address_suppressed", "converted", "enrollment_over")
#: Seconds between two questions to the application, which has enough to do; and once all there is was accepted.
ASKED: Final = 5.0
ASKED_AT_LAST: Final = 0.5


@dataclass(frozen=True)
class Step:
    """How many leads stand where with one step."""

    channel: str
    sent: int
    #: Ended without being sent.
    failed: int
    #: Reached, and not due or not done.
    waiting: int
    to_come: int
    #: Not sent, since the lead is to be left in peace.
    spared: int = 0


@dataclass(frozen=True)
class Progress:
    """Everything at one moment."""

    #: What time it is by the clock of the stack, how fast that goes, and when it all began.
    now: datetime
    pace: float
    began: datetime
    #: Seconds of this machine since then.
    seconds: float
    steps: tuple[Step, ...]
    accepted: int
    #: Messages that were accepted although they had been before.
    twice: int
    #: Whether no enrollment is active any more.
    is_over: bool
    #: Clicks on the tracker's landing page, and purchases there.
    clicks: int = 0
    sales: int = 0

    @property
    def is_begun(self) -> bool:
        """Whether everybody has the first step behind them."""
        return not self.steps[0].waiting


class Books:
    """What the sandbox accepted for the leads of a story, since the books were opened."""

    def __init__(self, sandbox: str, story: Story) -> None:
        self.sandbox = sandbox
        self._addresses = {lead[name] for lead in story.leads.values() for name in ("phone", "email")}
        self._read_to = int(http.call("GET", f"{sandbox}/_sandbox").json()["entries"])
        self.entries: list[Entry] = []

    def read(self) -> None:
        """Read on to the end."""
        more = True
        while more:
            answer = http.call("GET", f"{self.sandbox}/_sandbox/ledger?since={self._read_to}").json()
            read = [Entry.of(entry) for entry in answer["entries"]]
            self.entries += [entry for entry in read if entry.to in self._addresses]
            self._read_to += len(read)
            more = answer["more"]

    def counts(self) -> Counter[tuple[str, str]]:
        """How many messages were accepted, by provider and address."""
        return Counter((entry.provider, entry.to) for entry in self.entries)


@dataclass
class Watcher:
    """Looks again and again."""

    api: Api
    story: Story
    books: Books
    clock: FileClock
    began: datetime
    _began: float = field(default_factory=time.monotonic)
    _asked: float = 0.0
    #: Asks beside, so that what is shown does not stand still meanwhile.
    _asker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "ask"))
    _answer: Future[None] | None = None
    _is_over: bool = False
    _failed: Counter[str] = field(default_factory=Counter)
    #: Leads whose enrollment ended early.
    _ended: set[str] = field(default_factory=set)
    _clicks: int = 0
    _sales: int = 0

    def look(self) -> Progress:
        """How far everything is now."""
        self.books.read()
        counts = self.books.counts()
        wanted = len(self.story.leads) * len(self.story.steps) - sum(step.spared for step in self._steps(counts))
        pause = ASKED if len(counts) < wanted else ASKED_AT_LAST
        if time.monotonic() - self._asked >= pause and (self._answer is None or self._answer.done()):
            self._answer, self._asked = self._asker.submit(self._ask), time.monotonic()
        return Progress(
            now=self.clock.now(),
            pace=self.clock.pace,
            began=self.began,
            seconds=time.monotonic() - self._began,
            steps=self._steps(counts),
            accepted=len(self.books.entries),
            twice=counts.total() - len(counts),
            is_over=self._is_over,
            clicks=self._clicks,
            sales=self._sales,
        )

    def _steps(self, counts: Counter[tuple[str, str]]) -> tuple[Step, ...]:
        steps, reached, everybody = [], len(self.story.leads), len(self.story.leads)
        for step in self.story.steps:
            provider, address = PROVIDERS[step["channel"]], "email" if step["channel"] == "EMAIL" else "phone"
            got = {lead for lead, row in self.story.leads.items() if counts[provider, row[address]]}
            done, failed, spared = len(got), self._failed[step["id"]], len(self._ended - got)
            # Its end may be known before that of the step before it.
            waiting = max(0, reached - done - failed - spared)
            to_come = everybody - done - failed - waiting - spared
            steps.append(Step(step["channel"], done, failed, waiting, to_come, spared))
            reached = done + failed + spared
        return tuple(steps)

    def close(self) -> None:
        """Ask no more."""
        self._asker.shutdown()

    def _ask(self) -> None:
        enrollments = f"/v1/sequences/{self.story.sequence['id']}/enrollments?status="
        # A busy laptop may fail to answer once; whoever waits for an answer in vain gives up later.
        with suppress(RefusedError, OSError):
            active = self.api.send("GET", f"{enrollments}ACTIVE&limit=1")["data"]
            for step in self.story.steps:
                path = f"/v1/executions?stepId={step['id']}&status="
                ended = [row for status in ("FAILED", "SKIPPED") for row in self.api.every(path + status)]
                self._failed[step["id"]] = sum(row["result"].get("reason") not in HARMLESS for row in ended)
            early = [row for status in ("CANCELLED", "CONVERTED") for row in self.api.every(enrollments + status)]
            self._ended = {row["leadId"] for row in early}
            tracker = http.call("GET", f"{self.books.sandbox}/_sandbox/tracker").json()
            self._clicks = len(tracker["clicks"])
            self._sales = sum(one["status"] == "sale" for one in tracker["postbacks"])
            self._is_over = not active
