"""The sweep: what is overdue comes up again until somebody takes it, however much of it there is."""

from datetime import timedelta

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine import dispatch, sweep
from retention.engine.dispatch import Dispatcher
from retention.engine.sweep import DEEP, Sweep
from retention.table.keys import shard_of
from retention.table.layouts import DUE_SHARDS
from tests.retention.engine.owing import owed
from tests.retention.engine.simulated_queue import SimulatedQueue
from tests.start import START
from tools.bench_engine.cost import counting

LONG_AGO = START - timedelta(hours=8)


@pytest.fixture
def queue(clock: ManualClock) -> SimulatedQueue:
    return SimulatedQueue(clock)


def swept(app: Application, queue: SimulatedQueue, *, rounds: int = 1000) -> list[str]:
    """One tick and its sweep, for so many rounds; returns the ids that were queued, in order."""
    left = iter(range(rounds - 1))
    overdue = Dispatcher(app.core.store, app.core.clock, queue).tick({}).overdue
    count = Sweep(app.core.store, app.core.clock, queue, queue.waiting).requeue(
        overdue, lambda: next(left, None) is not None
    )
    ids = [work.id for message in queue.take() for work in message.work]
    assert len(ids) == count
    return ids


def test_what_is_overdue_by_a_minute_is_queued_each_minute_until_somebody_takes_it(
    app: Application, clock: ManualClock, queue: SimulatedQueue
) -> None:
    late = owed(app, [START - timedelta(seconds=60, milliseconds=1)])
    on_their_way = owed(app, [START - timedelta(seconds=60), START])

    assert swept(app, queue) == list(late)
    assert swept(app, queue) == list(late)
    clock.advance(61)
    assert set(swept(app, queue)) == {*late, *on_their_way}


def test_a_sweep_queues_for_now(app: Application, queue: SimulatedQueue, clock: ManualClock) -> None:
    owed(app, [LONG_AGO, START - timedelta(minutes=2)])
    overdue = Dispatcher(app.core.store, clock, queue).tick({}).overdue

    Sweep(app.core.store, clock, queue, queue.waiting).requeue(overdue)

    assert [(one.at, len(one.message.work)) for one in queue.deliveries] == [(START, 2)]
    assert overdue.oldest() == LONG_AGO


def test_a_deep_queue_gets_no_more_and_holds_up_no_other(app: Application, queue: SimulatedQueue) -> None:
    owed(app, [LONG_AGO] * 40)
    emails = owed(app, [LONG_AGO + timedelta(hours=1)] * 3, "EMAIL")
    queue.depth = {"SMS": DEEP, "EMAIL": DEEP - 1}

    assert set(swept(app, queue)) == emails.keys()
    assert sorted(queue.asked) == ["EMAIL", "SMS"], "each is asked once"


def test_a_backlog_behind_a_deep_queue_is_reached(
    app: Application, queue: SimulatedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch)
    owed(app, [LONG_AGO] * 20 * DUE_SHARDS)
    emails = owed(app, [LONG_AGO + timedelta(hours=1)] * 2 * DUE_SHARDS, "EMAIL")
    queue.depth = {"SMS": DEEP}

    assert set(swept(app, queue)) == emails.keys()


def test_a_backlog_is_queued_whole_a_page_of_each_shard_in_turn(
    app: Application, queue: SimulatedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch)
    backlog = owed(app, [LONG_AGO + timedelta(seconds=n) for n in range(40 * DUE_SHARDS)])

    ids = swept(app, queue)

    assert sorted(ids) == sorted(backlog)
    first_round = ids[: 3 * DUE_SHARDS]
    assert {shard_of_lead(one) for one in first_round} == set(range(DUE_SHARDS)), "no shard waits for another"


def shard_of_lead(execution_id: str) -> int:
    """The shard of the due index that an execution stands in."""
    return shard_of(execution_id.partition(".")[0], DUE_SHARDS)


def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages so small that a test's backlog has many of them."""
    monkeypatch.setattr(dispatch, "FIRST_LOOK", 3)
    monkeypatch.setattr(sweep, "PAGE", 4)


def test_one_sweep_takes_a_bounded_share_of_a_backlog_the_oldest_first(
    app: Application, queue: SimulatedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch)
    monkeypatch.setattr(sweep, "MAX_SWEPT", 10)
    owed(app, [LONG_AGO + timedelta(hours=1)] * 5 * DUE_SHARDS)
    oldest = owed(app, [LONG_AGO + timedelta(seconds=n) for n in range(5)])

    ids = swept(app, queue)

    assert len(ids) == 10
    assert set(oldest) <= set(ids)


def test_a_sweep_stops_when_there_is_no_more_time(
    app: Application, queue: SimulatedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_pages(monkeypatch)
    monkeypatch.setattr(sweep, "ROUNDS", 3)
    owed(app, [LONG_AGO] * 40 * DUE_SHARDS)

    with counting(app) as cost:
        assert len(swept(app, queue, rounds=2)) == (3 + 4) * DUE_SHARDS
    assert cost.requests == ["Query"] * 3 * DUE_SHARDS, "what is overdue, the window behind it, one page more"
    assert len(swept(app, queue)) == (3 + 4 + 4) * DUE_SHARDS
