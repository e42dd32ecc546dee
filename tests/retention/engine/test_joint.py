"""Settles that go together: as many as fit share a transaction, and none is the worse for its brothers."""

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine import joint
from retention.engine.assembly import build_worker
from retention.providers.port import Order, Outcome
from retention.sequences.model import SequenceStepExecution
from tests.retention.engine.ledger import Ledger
from tests.retention.engine.world import LONG, Died, World, wrong
from tools.bench_engine.cost import counting


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def crowd(world: World, size: int, *delays: int) -> list[str]:
    """So many leads in a sequence of their own."""
    sequence, leads = world.sequence(*delays), [world.lead() for _ in range(size)]
    for lead in leads:
        world.enroll(sequence, lead)
    return leads


def statuses(world: World, lead: str) -> list[str]:
    return sorted(one.status for one in world.of(SequenceStepExecution, lead))


def test_one_whose_settle_is_refused_is_settled_as_things_are_now_and_the_others_together(world: World) -> None:
    leads = crowd(world, 6, 0, 1)
    due, worker = world.due(*leads), world.worker()

    def boundary(name: str) -> None:
        # Behind the gate, at its send: its enrollment is not what was loaded any more.
        if name == "after send" and world.ledger.calls == 3 and not world.cancelled:
            world.cancel(world.ledger.entries[2].work.partition(".")[0])

    with counting(world.app) as cost, world.watching(boundary):
        report = world.process(worker, due)

    assert report.outcomes["sent"] == 6
    cancelled = world.ledger.entries[2].work.partition(".")[0]
    assert {lead: statuses(world, lead) for lead in leads} == {
        lead: ["SENT"] if lead == cancelled else ["SCHEDULED", "SENT"] for lead in leads
    }
    # Cancelling, all six, the five, the one: nobody else went alone.
    assert cost.count("TransactWriteItems") == 4
    assert [fault for lead in leads for fault in wrong(world, lead)] == []


@dataclass
class Hanging(Ledger):
    """A provider that answers for one lead only once everybody else's sends are settled."""

    world: World | None = None
    slow: str = ""
    others: list[str] = field(default_factory=list)
    #: Whether they were, before it gave up.
    settled: bool = False

    def send(self, order: Order) -> Outcome:
        """Wait for the others, when it is the slow one's."""
        if self.world is not None and order.work.startswith(self.slow):
            looks = (all(statuses(self.world, other) == ["SENT"] for other in self.others) for _ in range(1000))
            self.settled = any(looks)
        return super().send(order)


def test_a_send_that_hangs_does_not_hold_up_the_settles_of_the_others(world: World) -> None:
    leads = crowd(world, 25, 0)
    provider = Hanging(world.clock, world=world, slow=leads[3], others=[one for one in leads if one != leads[3]])
    worker = build_worker(world.core, provider)

    report = worker.process(world.due(*leads))

    assert provider.settled
    assert report.outcomes["sent"] == 25


def test_a_death_at_any_point_of_a_chunk_neither_loses_nor_repeats_a_send(world: World) -> None:
    sequence, deaths = world.sequence(0), 0

    def die() -> None:
        raise Died

    for number in count():
        leads = [world.lead() for _ in range(3)]
        for lead in leads:
            world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(*leads)
        with suppress(Died), world.at_boundary(number, die) as passed:
            world.process(worker, due)
        if len(passed) <= number:
            break
        deaths += 1
        for _ in range(3):
            world.clock.advance(LONG)
            world.work(*leads)
        assert [statuses(world, lead) for lead in leads] == [["SENT"]] * 3, passed[-1]
        assert [fault for lead in leads for fault in wrong(world, lead)] == []
    assert deaths >= 12


def test_more_than_one_transaction_takes_goes_in_halves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "MOST_WRITES", 1000)
    leads = crowd(world, 25, 0, 1)
    due, worker = world.due(*leads), world.worker()

    with counting(world.app) as cost:
        report = world.process(worker, due)

    assert report.outcomes["sent"] == 25
    assert cost.count("TransactWriteItems") <= 4
    assert [len(world.of(ContactAttempt, lead)) for lead in leads] == [1] * 25
