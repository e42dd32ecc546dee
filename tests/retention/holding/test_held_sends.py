"""While all sending is held nothing goes out and nothing is lost; afterwards everything goes out once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.contactrules.model import Lateness, SequenceSettings
from retention.engine.assembly import build_worker
from retention.engine.worker import Report, Worker
from retention.holding.model import HoldInput
from retention.holding.service import REMEMBERED, HoldingService
from retention.sequences.model import SequenceStepExecution
from tests.retention.engine.world import LONG, World, wrong
from tools.bench_engine.cost import counting

MOVING = HoldInput(reason="moving")
DAY = 86_400.0
#: Within which a hold is honoured.
FIVE_SECONDS = 5


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def elsewhere(app: Application, clock: ManualClock) -> Application:
    """The same stack in another process."""
    return build(app.core.settings, clock=clock, keyring=app.core.keyring)


def another_worker(world: World) -> Worker:
    """A worker in another process."""
    core = elsewhere(world.app, world.clock).core
    return build_worker(replace(core, settings=world.core.settings), world.ledger)


def came_of(report: Report) -> dict[str, int]:
    return dict(+report.outcomes)


def enrolled(world: World, count: int, *delays: int) -> list[str]:
    sequence = world.sequence(*(delays or (0,)))
    leads = [world.lead() for _ in range(count)]
    for lead in leads:
        world.enroll(sequence, lead)
    return leads


def test_nothing_is_sent_or_changed_while_it_is_held_and_everything_once_when_it_is_released(world: World) -> None:
    leads = enrolled(world, 5, 0, 24)
    before = [world.of(SequenceStepExecution, lead) for lead in leads]
    world.app.holding.hold(MOVING, by="key")

    for _ in range(3):
        assert came_of(world.work(*leads)) == {"sending_held": 5}
        world.clock.advance(DAY)

    assert world.ledger.calls == 0
    assert [world.of(SequenceStepExecution, lead) for lead in leads] == before, "no try is used up, no time is changed"
    world.app.holding.release()
    assert came_of(world.work(*leads)) == {"sent": 5}
    assert came_of(world.work(*leads)) == {}, "the next step is a day after the first one went out"
    world.clock.advance(DAY)
    assert came_of(world.work(*leads)) == {"sent": 5}
    assert [found for lead in leads for found in wrong(world, lead)] == []


def test_another_process_hears_of_it_within_five_seconds(world: World) -> None:
    """It knew that nothing was held; both for a hold and for its end."""
    first, second, third, fourth = enrolled(world, 4)
    worker, holding = another_worker(world), HoldingService(elsewhere(world.app, world.clock).core)
    assert came_of(worker.process(world.due(first))) == {"sent": 1}

    holding.hold(MOVING, by="key")
    assert came_of(worker.process(world.due(second))) == {"sent": 1}, "not heard of yet"
    world.clock.advance(FIVE_SECONDS)
    assert came_of(worker.process(world.due(third, fourth))) == {"sending_held": 2}

    holding.release()
    world.clock.advance(FIVE_SECONDS)
    assert came_of(worker.process(world.due(third, fourth))) == {"sent": 2}


def test_what_was_decided_before_a_hold_and_comes_to_its_gate_late_is_held(world: World) -> None:
    """It is decided on while nothing is held; then a question to the provider, for another one, takes its time."""
    lost, decided = enrolled(world, 2)
    world.ledger.moods = ["lose"]
    world.work(lost)
    world.clock.advance(LONG)
    due, worker, calls = world.due(decided) + world.due(lost), world.worker(), world.ledger.calls

    def meanwhile(what: str) -> None:
        if what == "before look-up":
            HoldingService(elsewhere(world.app, world.clock).core).hold(MOVING, by="key")
            world.clock.advance(FIVE_SECONDS)

    with world.watching(meanwhile):
        report = worker.process(due)

    assert (came_of(report), world.ledger.calls, world.flights(decided)) == ({"sending_held": 2}, calls, set())


def test_a_crowd_of_300_on_its_way_stops_within_five_seconds_and_goes_on_once(world: World) -> None:
    """Two processes send, a third holds after 40 messages; from then on each message takes a second of the clock."""
    leads = enrolled(world, 300)
    due = world.due(*leads)
    workers = [another_worker(world) for _ in range(2)]
    guard = Lock()
    held_at: list[datetime] = []

    def watch(what: str) -> None:
        if what != "before send":
            return
        with guard:
            if not held_at and world.ledger.calls >= 40:
                HoldingService(elsewhere(world.app, world.clock).core).hold(MOVING, by="key")
                held_at.append(world.clock.now())
            if held_at:
                world.clock.advance(1)

    world.ledger.watch = watch
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda at: workers[at].process(due[at::2]), range(2)))
    world.ledger.watch = lambda _: None

    sent = sum(report.outcomes["sent"] for report in reports)
    assert sent == len(world.ledger.entries)
    assert 40 <= sent <= 40 + 2 * 25 * 2, "what is behind its gate, and at most one more chunk of each"
    assert sent + sum(report.outcomes["sending_held"] for report in reports) == 300
    let_through = [one.sent_at for lead in leads for one in world.of(ContactAttempt, lead) if one.sent_at is not None]
    assert len(let_through) == sent
    assert max(let_through) < held_at[0] + timedelta(seconds=FIVE_SECONDS)

    world.clock.advance(FIVE_SECONDS)
    for worker in workers:
        assert worker.process(due).outcomes["sending_held"] == 300 - sent
    world.app.holding.release()
    world.clock.advance(FIVE_SECONDS)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.process(due), workers))
    assert len({entry.work for entry in world.ledger.entries}) == len(world.ledger.entries) == 300
    assert [found for lead in leads for found in wrong(world, lead)] == []


def test_how_an_earlier_send_ended_is_found_out_while_all_is_held(world: World) -> None:
    """One was taken though its answer was lost, one was not: neither question waits until the release."""
    taken, lost = enrolled(world, 2)
    world.ledger.moods = ["accept_silently", "lose"]
    world.work(taken)
    world.work(lost)
    world.app.holding.hold(MOVING, by="key")
    world.clock.advance(LONG)

    assert came_of(world.work(taken, lost)) == {"sent": 1, "sending_held": 1}

    assert (world.flights(taken), world.flights(lost)) == (set(), set()), "the channel is given back"
    (waiting,) = world.of(SequenceStepExecution, lost)
    assert (waiting.tries, waiting.phase, waiting.status) == (1, None, "SCHEDULED"), "no try for the hold"
    assert came_of(world.work(lost)) == {"sending_held": 1}
    world.app.holding.release()
    assert came_of(world.work(lost)) == {"sent": 1}
    assert [found for lead in (taken, lost) for found in wrong(world, lead)] == []


def test_a_step_that_must_not_be_late_is_not_late_for_a_hold(world: World) -> None:
    sequence = world.sequence(0, settings=SequenceSettings(lateness=Lateness(policy="skip", limit_minutes=5)))
    held, late = world.lead(), world.lead()
    world.enroll(sequence, held)
    for _ in range(2):
        world.app.holding.hold(MOVING, by="key")
        world.clock.advance(DAY)
        world.app.holding.release()
        world.clock.advance(60)

    assert came_of(world.work(held)) == {"sent": 1}
    world.enroll(sequence, late)
    world.clock.advance(301)
    assert came_of(world.work(late)) == {"too_late": 1}, "lateness of its own counts as ever"


def test_a_hold_costs_a_chunk_no_request_and_no_write(world: World) -> None:
    leads = enrolled(world, 25)
    due, worker = world.due(*leads), world.worker()
    world.app.holding.hold(MOVING, by="key")

    with counting(world.app) as first:
        worker.process(due)
    with counting(world.app) as second:
        worker.process(due)

    assert first.requests == second.requests == ["BatchGetItem", "BatchGetItem"]
    assert (first.write_units, second.write_units) == (0, 0)


def test_only_so_many_holds_are_remembered(world: World) -> None:
    for _ in range(REMEMBERED + 5):
        world.app.holding.hold(MOVING, by="key")
        world.clock.advance(10)
        world.app.holding.release()

    before = world.app.holding.get().as_hold().before
    assert len(before) == REMEMBERED
    assert before[-1].until == world.clock.now()


def test_of_many_who_hold_at_once_none_is_lost(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda n: world.app.holding.hold(HoldInput(reason=f"{n}"), by=f"key-{n}"), range(8)))

    assert all(one.held and one.since == world.clock.now() for one in held)
    assert (f"key-{world.app.holding.get().reason}") == world.app.holding.get().by
