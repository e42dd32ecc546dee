"""Takes what is due through the engine, a chunk at a time.

    load -> clear up what is in the dark -> decide -> gate -> provider -> settle
    (2 requests a chunk)   (each on its own)         (1)     (ten at once) (as they come back, together)

A chunk shares its loads and its gates, and settles share transactions; one that fails harms no other. What lost a
race is looked at again; what cannot be begun in the time that is left is handed back.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from retention.budgets.quoting import quote
from retention.budgets.reserving import Asked, Reserver
from retention.clock import machine_seconds, machine_time
from retention.contactrules.account import AccountRules
from retention.core import Core
from retention.engine import slots
from retention.engine.collecting import deliver_all
from retention.engine.commit import Written
from retention.engine.decide import Scene, decide
from retention.engine.decision import Decision, Defer, Drop, Park, Send, Skip
from retention.engine.errand import Errand
from retention.engine.hints import hint
from retention.engine.loading import Loader, lead_of
from retention.engine.obligation import Flight, Obligation
from retention.engine.order import order_for
from retention.engine.queue import CHUNK, Message, Work
from retention.engine.reasons import Reason
from retention.engine.reconcile import Providers, Reconciler
from retention.engine.sending import CALL_SECONDS, RECORD_SECONDS, Ready, Sender
from retention.engine.settle import Settler
from retention.engine.waiting import Waiter
from retention.errors import ContentionError
from retention.providers.port import Provider
from retention.reports.polling import Poller
from retention.templates.filling import NotFilledInError

logger = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")

#: Errands of a chunk that are worked on at once: enough to hide the network.
THREADS: Final = 10
#: How often something that lost a race is looked at again at once.
ROUNDS: Final = 4
#: Seconds of the machine until something is looked at again whose channel another send holds at this moment, or for
#: which the provider has no place.
BUSY_PAUSE: Final = 5.0
NO_SLOT_PAUSE: Final = 30.0


@dataclass
class Report:
    """What became of the work of one go."""

    #: What was not begun for lack of time, or was overtaken again and again: it must come again soon.
    left: list[Work] = field(default_factory=list)
    #: What met with something unforeseen, with the name of that.
    failed: dict[Work, str] = field(default_factory=dict)
    #: How many had which outcome, by reason.
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Seconds of the machine from due time to gate, of each send.
    lateness: list[float] = field(default_factory=list)


class Looked(NamedTuple):
    """What looking at an errand came to, short of a send."""

    reason: Reason
    written: Written


@dataclass(frozen=True)
class Worker:
    """Does what is due."""

    core: Core
    loader: Loader
    providers: Providers
    account: AccountRules
    settler: Settler
    waiter: Waiter
    reconciler: Reconciler
    poller: Poller
    sender: Sender
    reserver: Reserver
    pool: Executor

    def process(self, work: Sequence[Work], time_left: Callable[[], float] = lambda: 3600.0) -> Report:
        """Do work, and say what became of it.

        Args:
            time_left: seconds of the machine until this process may be stopped. Nothing is begun that could not be
                finished and written down within them.
        """
        report = Report()
        todo = list(dict.fromkeys(work))
        tried: Counter[Work] = Counter()
        while todo:
            chunk = _chunk(todo, time_left())
            if not chunk:
                report.left += todo
                return report
            todo = [one for one in todo if one not in chunk]
            tried.update(chunk)
            for one in self._round(chunk, report, time_left):
                (todo if tried[one] < ROUNDS else report.left).append(one)
        return report

    def _round(self, chunk: Sequence[Work], report: Report, time_left: Callable[[], float]) -> list[Work]:
        """Take a chunk through all stages; returns what lost a race and is to be looked at again."""
        try:
            errands = self.loader.load(chunk)
        except Exception as error:
            logger.exception("load_failed", extra={"work": [one.id for one in chunk]})
            report.failed.update(dict.fromkeys(chunk, type(error).__name__))
            return []
        report.outcomes[Reason.LEAD_GONE] += len(chunk) - len(errands)
        looked = self._each(list(errands.items()), lambda one: self._look(*one, time_left), lambda one: one[0], report)
        again: list[Work] = []
        ready: list[Ready] = []
        created: list[Obligation] = []
        for work, outcome in looked:
            if outcome is None:
                report.left.append(work)
            elif isinstance(outcome, Ready):
                ready.append(outcome)
            else:
                created += outcome.written.created
                self._note(work, outcome.reason, outcome.written, report, again)
        afforded, later = self._afforded(self._startable(ready, report, time_left()), report)
        for work, put_off in later:
            created += put_off.written.created
            self._note(work, put_off.reason, put_off.written, report, again)
        through, refused = self.sender.open_gates(afforded)
        again += [one.work for one in refused]
        for one in through:
            if one.ready.again is None and one.errand.work.due_at is not None:
                late = one.flight.at - one.errand.work.due_at
                report.lateness.append(machine_seconds(self.core.clock, late))
        for work, (reason, written) in deliver_all(self.sender, self.pool, through, time_left):
            created += written.created
            self._note(work, reason, written, report, None)
        self.reserver.done([*(one.errand for one in refused), *(one.errand for one in through)])
        # Together, so that what follows at once comes in one chunk again.
        hint(self.core, created)
        return again

    @staticmethod
    def _note(work: Work, reason: Reason, written: Written, report: Report, again: list[Work] | None) -> None:
        """Count an outcome; a decision that was overtaken is made again."""
        if written.done or again is None:
            report.outcomes[reason] += 1
        else:
            again.append(work)

    def _each(
        self, inputs: Sequence[T], act: Callable[[T], R], work_of: Callable[[T], Work], report: Report
    ) -> list[tuple[Work, R]]:
        """Do the same for many side by side. What fails is handed back."""
        futures = [(work_of(one), self.pool.submit(act, one)) for one in inputs]
        results: list[tuple[Work, R]] = []
        for work, future in futures:
            try:
                results.append((work, future.result()))
            except Exception as error:
                logger.exception("work_failed", extra={"work": work.id})
                report.failed[work] = type(error).__name__
        return results

    def _startable(self, ready: list[Ready], report: Report, seconds: float) -> list[Ready]:
        """Those that can be sent and settled in the time that is left; the others are handed back."""
        most = _waves(seconds) * THREADS
        for one in ready[most:]:
            report.left.append(one.work)
            self.sender.give_back(one)
        return ready[:most]

    def _afforded(self, ready: list[Ready], report: Report) -> tuple[list[Ready], list[tuple[Work, Looked]]]:
        """Those whose cost is set aside, or that no budget binds; and what became of the others."""
        try:
            answers = self.reserver.set_aside([Asked(one.work, one.errand, one.quote) for one in ready])
        except Exception as error:
            # Nobody can say what is left of the budgets. That is no matter of those without one.
            logger.exception("budgets_unreadable")
            bound = [one for one in ready if self.reserver.is_bound(one.errand)]
            report.failed.update({one.work: type(error).__name__ for one in bound})
            for one in bound:
                self.sender.give_back(one)
            return [one for one in ready if one not in bound], []
        pairs = list(zip(ready, answers, strict=True))
        short = [(one, defer) for one, defer in pairs if defer is not None]
        later = self._each(short, lambda pair: self._put_off(*pair), lambda pair: pair[0].work, report)
        return [one for one, defer in pairs if defer is None], later

    def _put_off(self, ready: Ready, defer: Defer) -> Looked:
        self.sender.give_back(ready)
        return self._carry_out(ready.work, ready.errand, defer)

    def _look(self, work: Work, errand: Errand, time_left: Callable[[], float]) -> Ready | Looked | None:
        """Clear up what is in the dark, decide, carry out whatever is no send; None when there is no time for it."""
        outcome = self._looked_at(work, errand, time_left)
        if isinstance(outcome, Looked) and (errand.doubtful is not None or self.poller.is_owed(errand.work)):
            self.reserver.done([errand])
        return outcome

    def _looked_at(self, work: Work, errand: Errand, time_left: Callable[[], float]) -> Ready | Looked | None:
        if self.poller.is_owed(errand.work):
            # Two questions at most: what the call is named there, and how it ended.
            return None if _waves(time_left()) < 2 else Looked(*self.poller.look(errand))
        flight = self.reconciler.in_question(errand)
        if flight is not None:
            if _waves(time_left()) == 0:
                return None
            cleared = self.reconciler.clear_up(errand, flight)
            if cleared is not None:
                return Looked(*cleared)
        provider = self.providers.provider_for(errand.channel)
        scene = Scene(errand, self.core.now(), self.account, provider is not None, again=flight)
        decision = decide(scene)
        if not isinstance(decision, Send):
            return self._carry_out(work, errand, decision)
        assert provider is not None
        try:
            order = order_for(self.core, errand, decision.to)
        except NotFilledInError as error:
            return self._carry_out(work, errand, Skip(Reason.NOT_RENDERED, {"detail": str(error)}, status="FAILED"))
        if not self._has_place(provider, work):
            until = self.core.now() + machine_time(self.core.clock, NO_SLOT_PAUSE)
            return self._carry_out(work, errand, Defer(Reason.NO_SLOT, until))
        return Ready(work, errand, order, provider, flight, quote(provider.prices, order))

    def _has_place(self, provider: Provider, work: Work) -> bool:
        """Take one of the few places that a provider has, where it has few."""
        if provider.places is None:
            return True
        try:
            return slots.take(self.core, provider.name, work.id, places=provider.places, lease_seconds=slots.CALL_LEASE)
        except ContentionError:
            return False

    def _carry_out(self, work: Work, errand: Errand, decision: Decision) -> Looked:
        if isinstance(decision, Skip):
            return Looked(decision.reason, self.settler.skipped(errand, decision))
        if isinstance(decision, Defer):
            return Looked(decision.reason, self.waiter.deferred(errand, decision))
        if isinstance(decision, Park):
            return Looked(decision.reason, self.waiter.parked(errand, decision))
        assert isinstance(decision, Drop)
        if decision.reason == Reason.IN_FLIGHT:
            self._come_back(work, errand)
        return Looked(decision.reason, Written(True))

    def _come_back(self, work: Work, errand: Errand) -> None:
        """Look again soon at what another send holds up at this moment. What takes longer is the sweep's."""
        holder: Flight | None = errand.flight
        now = self.core.now()
        if holder is None or holder.work == work.id or now - holder.at > machine_time(self.core.clock, 60.0):
            return
        due = now + machine_time(self.core.clock, BUSY_PAUSE)
        self.core.work_queue.send([Message(errand.channel, due, (work,))])


def _waves(seconds: float) -> int:
    """How many calls one after the other, the last one's outcome included, fit into a time."""
    return max(0, int((seconds - RECORD_SECONDS) // CALL_SECONDS))


def _chunk(todo: Sequence[Work], seconds: float) -> list[Work]:
    """What is begun next: as much as can be finished, and one obligation of a lead at a time."""
    most = min(CHUNK, _waves(seconds) * THREADS)
    chunk: dict[str, Work] = {}
    for one in todo:
        if len(chunk) >= most:
            break
        chunk.setdefault(lead_of(one), one)
    return list(chunk.values())
