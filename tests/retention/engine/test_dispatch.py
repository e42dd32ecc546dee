"""The dispatcher: everything is delivered, never early, and within about a second of when it is due."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine import dispatch
from retention.engine.dispatch import Dispatcher, tick_of
from retention.engine.queue import CHUNK, SKEW
from retention.engine.sweep import Sweep
from retention.jsontext import format_instant
from retention.table.keys import index_partitions, shard_of
from retention.table.writes import Create
from tests.factories import a_lead, a_sequence, a_step, an_enrollment, an_execution, load
from tests.retention.engine.owing import owed
from tests.retention.engine.simulated_queue import SimulatedQueue
from tests.start import START
from tools.bench_engine.cost import counting

#: Minutes that the simulations last.
MINUTES = 8


def scattered(number: int, what: str, below: int) -> int:
    """A whole number below a bound that looks like chance and is the same each time."""
    return shard_of(f"{what} {number}", below)


def some_time(number: int) -> datetime:
    """An instant to the millisecond, from two minutes after the start on: what is sooner its creator queues."""
    return START + timedelta(minutes=2, milliseconds=scattered(number, "due", (MINUTES - 2) * 60_000))


class Simulation:
    """Ticks over a table and a queue, on a clock that is moved from one to the next."""

    def __init__(self, app: Application, clock: ManualClock, *, keeps_process: bool = True) -> None:
        self.app, self.clock, self.keeps_process = app, clock, keeps_process
        self.queue = SimulatedQueue(clock)
        self.sweep = Sweep(app.core.store, clock, self.queue, self.queue.waiting)
        self.dispatcher = Dispatcher(app.core.store, clock, self.queue)

    def tick(self, at: datetime, *, told: datetime | None = None) -> int:
        """One tick at an instant, for the time that the schedule tells; returns how many were queued for later."""
        self.clock.advance((at - self.clock.now()).total_seconds())
        if not self.keeps_process:
            self.dispatcher = Dispatcher(self.app.core.store, self.clock, self.queue)
        done = self.dispatcher.tick({"time": format_instant(told or at)})
        self.sweep.requeue(done.overdue)
        return done.queued

    def lateness(self, due: Mapping[str, datetime]) -> list[float]:
        """Seconds between when each was due and when it was first delivered, the shortest first."""
        delivered = self.queue.all_by_id()
        assert delivered.keys() == due.keys(), "everything is delivered, and nothing else"
        return sorted((delivered[name][0] - at).total_seconds() for name, at in due.items())


def check_accuracy(late: list[float]) -> None:
    assert late[0] >= SKEW, "never early, even for a clock that is a little behind"
    assert late[len(late) // 2] <= 1
    assert late[len(late) * 99 // 100] <= 2


@pytest.mark.parametrize("keeps_process", [True, False])
def test_steps_run_within_about_a_second_wherever_in_its_minute_the_rule_ticks(
    app: Application, clock: ManualClock, keeps_process: bool
) -> None:
    due = owed(app, [some_time(number) for number in range(2000)])
    simulation = Simulation(app, clock, keeps_process=keeps_process)

    ticks = [timedelta(minutes=minute, milliseconds=scattered(minute, "tick", 60_000)) for minute in range(MINUTES)]
    queued = sum(simulation.tick(START + tick) for tick in ticks)

    check_accuracy(simulation.lateness(due))
    assert queued == len(due) or not keeps_process, "a process queues each once"


@pytest.mark.parametrize("second", [0, 1, 29, 58, 59])
def test_a_tick_that_begins_late_is_for_its_own_window(app: Application, clock: ManualClock, second: int) -> None:
    due = owed(app, [some_time(number) for number in range(300)])
    simulation = Simulation(app, clock)

    for minute in range(MINUTES):
        told = START + timedelta(minutes=minute, seconds=second)
        simulation.tick(told + timedelta(milliseconds=scattered(minute, "late", 58_000)), told=told)

    check_accuracy(simulation.lateness(due))


@pytest.mark.parametrize(("keeps_process", "worst"), [(True, 61), (False, 121)])
def test_what_a_dropped_tick_leaves_out_runs_a_minute_or_two_late(
    app: Application, clock: ManualClock, keeps_process: bool, worst: float
) -> None:
    due = owed(app, [some_time(number) for number in range(300)])
    simulation = Simulation(app, clock, keeps_process=keeps_process)

    for minute in [0, 1, 2, 5, 6, 7, 8, 9]:
        simulation.tick(START + timedelta(minutes=minute))

    late = simulation.lateness(due)
    assert late[0] >= 0
    assert late[-1] <= 60 + worst
    assert late[len(late) // 2] <= 1


@pytest.mark.parametrize("keeps_process", [True, False])
def test_a_tick_that_comes_twice_loses_nothing(app: Application, clock: ManualClock, keeps_process: bool) -> None:
    due = owed(app, [some_time(number) for number in range(300)])
    simulation = Simulation(app, clock, keeps_process=keeps_process)

    for minute in range(MINUTES):
        at = START + timedelta(minutes=minute, seconds=10)
        simulation.tick(at)
        simulation.tick(at + timedelta(seconds=3), told=at)

    check_accuracy(simulation.lateness(due))


def test_a_tick_that_failed_is_made_up_for_by_the_next(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = owed(app, [START + timedelta(seconds=150)])
    simulation = Simulation(app, clock)
    simulation.tick(START)
    with monkeypatch.context() as broken:
        broken.setattr(simulation.queue, "send", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            simulation.tick(START + timedelta(seconds=60))

    simulation.tick(START + timedelta(seconds=120))

    check_accuracy(simulation.lateness(due))


def test_nothing_comes_early_although_sending_takes_its_time(app: Application, clock: ManualClock) -> None:
    due = owed(app, [START + timedelta(seconds=60 + number / 40) for number in range(1600)])
    simulation = Simulation(app, clock)
    simulation.queue.seconds_each = 0.02

    simulation.tick(START)

    check_accuracy(simulation.lateness(due))


def test_a_tick_that_was_held_up_for_minutes_sweeps_up_to_the_present(app: Application, clock: ManualClock) -> None:
    due = owed(app, [START + timedelta(seconds=second) for second in (70, 130, 230)])
    simulation = Simulation(app, clock)

    simulation.tick(START + timedelta(minutes=5), told=START)

    assert len(simulation.lateness(due)) == 3


def test_an_event_that_tells_no_time_or_one_to_come_means_now(app: Application, clock: ManualClock) -> None:
    told: list[object] = ["today", 7, "2026-01-01T00:00:00", format_instant(START + timedelta(days=1))]

    assert {tick_of(event, clock).at for event in [{}, *({"time": one} for one in told)]} == {clock.now()}
    assert tick_of({"time": "2026-01-01T00:00:00Z"}, clock).at == datetime.fromisoformat("2026-01-01T00:00:00Z")


def test_a_clock_of_another_pace_is_asked_itself(clock: ManualClock) -> None:
    class Fast(ManualClock):
        pace = 60.0  # type: ignore[misc]

    tick = tick_of({"time": "2026-01-01T00:00:00Z", "periodSeconds": 5}, Fast(START))

    assert (tick.at, tick.period) == (START, timedelta(minutes=5))


def test_a_message_names_what_one_delay_brings_through_one_channel(app: Application, clock: ManualClock) -> None:
    base = START + timedelta(seconds=90)
    together = owed(app, [base + timedelta(milliseconds=ms) for ms in range(-900 - 50, 1 - 50, 15)])
    other_channel = owed(app, [base - timedelta(milliseconds=50)], "EMAIL")
    other_second = owed(app, [base - timedelta(milliseconds=49)])
    simulation = Simulation(app, clock)

    assert simulation.tick(START) == len(together) + 2

    messages = simulation.queue.take()
    assert [len(message.work) for message in messages] == [1, CHUNK, CHUNK, 11, 1]
    assert {work.id for work in messages[0].work} == other_channel.keys()
    assert {work.id for work in messages[-1].work} == other_second.keys()
    assert {work.id for message in messages[1:-1] for work in message.work} == together.keys()
    assert {work.kind for message in messages for work in message.work} == {"SequenceStepExecution"}


def test_an_idle_minute_reads_one_small_query_a_shard_and_writes_nothing(app: Application, clock: ManualClock) -> None:
    owed(app, [START + timedelta(minutes=3)])
    simulation = Simulation(app, clock)

    with counting(app) as cost:
        assert simulation.tick(START) == 0

    assert cost.requests == ["Query"] * len(index_partitions("SequenceStepExecution", "due"))
    assert simulation.queue.asked == []


def test_a_shard_with_more_than_one_look_holds_is_read_to_the_end(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "FIRST_LOOK", 3)
    on_their_way = owed(app, spread(START - timedelta(seconds=50), START + timedelta(seconds=59), 60))
    window = owed(app, spread(START + timedelta(seconds=60), START + timedelta(seconds=119), 80))
    simulation = Simulation(app, clock)

    assert simulation.tick(START) == len(window)

    assert simulation.queue.all_by_id().keys() == window.keys()
    assert not simulation.queue.all_by_id().keys() & on_their_way.keys()


def spread(first: datetime, last: datetime, count: int) -> Iterable[datetime]:
    """So many instants, evenly from the first to the last."""
    return [first + (last - first) * number / (count - 1) for number in range(count)]


def test_what_is_held_or_over_is_not_queued(app: Application, clock: ManualClock) -> None:
    sequence = a_sequence()
    step, soon = a_step(sequence), START + timedelta(seconds=90)
    enrollments = [an_enrollment(a_lead(), sequence, generation=1) for _ in range(3)]
    held = an_execution(enrollments[0], step, status="PENDING", held_due_at=soon, held_since=START)
    over = an_execution(enrollments[1], step, status="SENT", executed_at=START)
    leaving = an_execution(enrollments[2], step, status="SCHEDULED", due_at=soon, deleting=True)
    load(app, [held, over, leaving])

    assert Simulation(app, clock).tick(START) == 0


def test_a_row_that_nobody_understands_holds_up_nobody(app: Application, clock: ManualClock) -> None:
    due = owed(app, [START + timedelta(seconds=90)])
    sequence = a_sequence()
    strange = an_execution(
        an_enrollment(a_lead(), sequence, generation=1),
        a_step(sequence),
        status="SCHEDULED",
        due_at=START + timedelta(seconds=80),
        channel="PIGEON",
    )
    app.core.store.write(Create(strange))
    simulation = Simulation(app, clock)

    assert simulation.tick(START) == 1

    check_accuracy(simulation.lateness(due))
