"""How jobs run: what a stage leaves is looked at again, and what recurs begins anew."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.core import Core
from retention.jobs.model import Job
from retention.jobs.runner import LEASE, Chunk, Plan, Runner
from retention.jobs.starting import begun
from retention.table.writes import Create
from tests.retention.deletion.test_rules import KilledError, dying


def nothing(_: Core, __: Mapping[str, str]) -> None:
    return None


class Wakes:
    """A queue that remembers with which delays it was to wake a job."""

    def __init__(self) -> None:
        self.delays: list[int] = []

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        self.delays.append(delay_seconds)

    def wake_for_arrivals(self, hints: Any) -> None:
        raise AssertionError("no arrivals here")

    def wake_for_deliveries(self, ids: Any, delay_seconds: int = 0) -> None:
        raise AssertionError("no deliveries here")


def a_runner(app: Application, plan: Plan) -> tuple[Runner, Wakes, Job]:
    """A runner with one plan, its queue, and a job for it."""
    wakes = Wakes()
    job = begun(app.core, "delete", {"kind": "Campaign", "id": "x"})
    app.core.store.write(Create(job))
    return Runner(app.core, wakes, {("delete", "Campaign"): plan}), wakes, job


def test_what_a_stage_leaves_is_looked_at_again_after_a_while_and_then_the_next_stage_begins(
    app: Application, clock: ManualClock
) -> None:
    left = [2, 1, 0]
    seen: list[tuple[str, Any]] = []

    def first(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        seen.append(("first", checkpoint))
        yield Chunk(changed=1, checkpoint="half")
        yield Chunk(left=left.pop(0), checkpoint="end")

    def second(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        seen.append(("second", checkpoint))
        yield Chunk(removed=5)

    runner, wakes, job = a_runner(app, Plan((first, second), nothing))

    after = runner.go_on(job, lambda: True)
    assert after is not None
    assert (after.status, after.due_at, after.failures) == ("waiting", clock.now() + timedelta(seconds=10), 0)
    assert runner.run(job.id, lambda: True) is None  # Not before its time.
    clock.advance(10)
    assert runner.run(job.id, lambda: True) is not None
    clock.advance(10)
    done = runner.run(job.id, lambda: True)

    assert done is not None
    assert (done.status, done.changed, done.removed, done.failures) == ("succeeded", 3, 5, 0)
    assert seen == [("first", None)] * 3 + [("second", None)]
    assert wakes.delays == [11, 11]


def test_what_can_be_dealt_with_at_a_known_time_is_waited_for_until_then_and_no_longer(
    app: Application, clock: ManualClock
) -> None:
    until = clock.now() + timedelta(seconds=5)

    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        yield Chunk(left=int(core.now() < until), left_until=until)

    runner, wakes, job = a_runner(app, Plan((stage,), nothing))
    after = runner.go_on(job, lambda: True)
    assert after is not None
    assert (after.status, after.due_at, wakes.delays) == ("waiting", until, [6])
    clock.advance(5)
    done = runner.run(job.id, lambda: True)

    assert done is not None
    assert done.status == "succeeded"


def test_a_job_that_failed_is_woken_when_its_pause_is_over(app: Application, clock: ManualClock) -> None:
    faults = [OSError("broken"), OSError("broken")]

    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        if faults:
            raise faults.pop()
        yield Chunk()

    runner, wakes, job = a_runner(app, Plan((stage,), nothing))
    with pytest.raises(OSError, match="broken"):
        runner.go_on(job, lambda: True)
    clock.advance(wakes.delays[-1])
    with pytest.raises(OSError, match="broken"):
        runner.run(job.id, lambda: True)
    clock.advance(wakes.delays[-1])
    done = runner.run(job.id, lambda: True)

    assert done is not None
    assert (done.status, wakes.delays) == ("succeeded", [6, 11])


def test_what_is_left_for_long_is_looked_at_less_often(app: Application, clock: ManualClock) -> None:
    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        yield Chunk(left=1)

    runner, wakes, job = a_runner(app, Plan((stage,), nothing))
    runner.go_on(job, lambda: True)
    while clock.now() < job.created_at + timedelta(days=1):
        clock.advance(wakes.delays[-1])
        runner.run(job.id, lambda: True)

    assert wakes.delays[:2] == [11, 11]
    assert max(wakes.delays) == 901
    assert len(wakes.delays) < 120


def test_what_was_left_is_remembered_when_time_runs_out_in_between(app: Application, clock: ManualClock) -> None:
    rounds: list[Any] = []

    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        rounds.append(checkpoint)
        if checkpoint is None:
            yield Chunk(left=1 if rounds.count(None) == 1 else 0, checkpoint="end")

    runner, _, job = a_runner(app, Plan((stage,), nothing))
    runner.go_on(job, lambda: False)
    assert runner.run(job.id, lambda: False) is not None
    clock.advance(10)
    runner.run(job.id, lambda: False)
    done = runner.run(job.id, lambda: False)

    assert done is not None
    assert done.status == "succeeded"
    assert rounds == [None, "end", None, "end"]


def test_a_job_that_recurs_begins_anew_at_its_time(app: Application, clock: ManualClock) -> None:
    rounds: list[Any] = []

    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        rounds.append(checkpoint)
        yield Chunk(changed=1)

    def again(core: Core, target: Mapping[str, str]) -> Any:
        return core.now() + timedelta(hours=6) if len(rounds) < 3 else None

    runner, wakes, job = a_runner(app, Plan((stage,), again))
    after = runner.go_on(job, lambda: True)
    assert after is not None
    assert (after.status, after.due_at) == ("waiting", clock.now() + timedelta(hours=6))
    for _ in range(2):
        clock.advance(6 * 3600)
        after = runner.run(job.id, lambda: True)

    assert after is not None
    assert (after.status, after.changed, rounds) == ("succeeded", 3, [None] * 3)
    assert wakes.delays == [21_601, 21_601]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2])
def test_what_was_found_stays_though_the_runner_dies_when_the_end_has_removed_it(
    app: Application, clock: ManualClock, at: int, moment: str
) -> None:
    there = ["somebody"]

    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        if there:
            yield Chunk(checkpoint="end", result={"found": list(there)})

    def end(core: Core, target: Mapping[str, str]) -> None:
        there.clear()

    runner, _, job = a_runner(app, Plan((stage,), end))
    with dying(app, at, moment), pytest.raises(KilledError):
        runner.go_on(job, lambda: True)
    clock.advance(LEASE)
    runner.run(job.id, lambda: True)

    done = app.jobs.get(job.id)
    assert (done.status, done.result) == ("succeeded", {"found": ["somebody"]})


def test_a_job_whose_caller_dies_is_due_when_its_lease_ends(app: Application, clock: ManualClock) -> None:
    runner, _, job = a_runner(app, Plan((), nothing))

    clock.advance(59)
    assert runner.run(job.id, lambda: True) is None
    clock.advance(1)
    done = runner.run(job.id, lambda: True)

    assert done is not None
    assert done.status == "succeeded"
