"""The dispatcher: what one tick wakes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatcher.app import tick as dispatch
from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.jobs import sweep
from retention.jobs.model import Job
from retention.jobs.sweep import MAX_PER_SHARD
from retention.table.keys import index_partitions, shard_of
from retention.table.layouts import DUE_SHARDS
from retention.table.writes import Create
from tests.factories import a_lead, a_sequence, a_step, an_enrollment, an_execution, load
from tests.functions.queue import new_queue, take_all

_TICK = json.loads((Path(__file__).parents[3] / "events/schedule/tick.json").read_text())


@pytest.fixture
def queue(endpoint: str) -> str:
    return new_queue()


@pytest.fixture
def app(app: Application, clock: ManualClock, queue: str) -> Application:
    """The application with a queue."""
    configured = app.core.settings.model_copy(update={"jobs_queue_url": queue})
    return build(configured, clock=clock, keyring=app.core.keyring)


def tick(app: Application) -> dict[str, int]:
    return dispatch(sweep.build(app.core.settings, app.core.clock))


def woken(queue: str) -> list[str]:
    return sorted(json.loads(body)["jobId"] for body in take_all(queue))


def a_job(app: Application, due_in: float | None, job_id: str | None = None) -> Job:
    """A job that is due so many seconds from now, or has ended."""
    now = app.core.now()
    return Job(
        id=job_id or app.core.ids.new(),
        task="delete",
        target={"kind": "Lead", "id": "x", "leadId": "x"},
        status="succeeded" if due_in is None else "queued",
        created_at=now,
        updated_at=now,
        due_at=None if due_in is None else now + timedelta(seconds=due_in),
        revision=app.core.ids.revision(),
    )


def job(app: Application, due_in: float | None) -> str:
    """Put such a job."""
    made = a_job(app, due_in)
    app.core.store.write(Create(made))
    return made.id


def test_a_tick_wakes_what_is_due_and_nothing_else(app: Application, queue: str) -> None:
    due = [job(app, -86_400), job(app, -1), job(app, 0)]
    job(app, 0.001)
    job(app, 60)
    job(app, None)

    assert tick(app) == {"jobsSwept": 3}

    assert woken(queue) == sorted(due)


def test_a_tick_without_work_wakes_nobody(app: Application, queue: str) -> None:
    assert tick(app) == {"jobsSwept": 0}

    assert woken(queue) == []


def test_a_job_whose_message_was_lost_is_woken_again_until_somebody_takes_it(
    app: Application, queue: str, clock: ManualClock
) -> None:
    waiting = job(app, 30)

    assert tick(app) == {"jobsSwept": 0}
    clock.advance(60)
    assert tick(app) == {"jobsSwept": 1}
    clock.advance(60)
    assert tick(app) == {"jobsSwept": 1}
    assert woken(queue) == [waiting, waiting]

    app.runner.run(waiting, lambda: True)

    assert tick(app) == {"jobsSwept": 0}


def test_a_backlog_of_sends_does_not_hide_a_job(app: Application, queue: str) -> None:
    sequence = a_sequence()
    step = a_step(sequence)
    long_ago = app.core.now() - timedelta(days=1)
    overdue = {"status": "SCHEDULED", "due_at": long_ago}
    enrollments = [an_enrollment(a_lead(), sequence, generation=1) for _ in range(40 * DUE_SHARDS)]
    load(app, [an_execution(enrollment, step, **overdue) for enrollment in enrollments])
    due = job(app, 0)

    assert tick(app) == {"jobsSwept": 1}

    assert woken(queue) == [due]


def test_one_tick_takes_a_bounded_share_of_a_backlog_oldest_first(app: Application, queue: str) -> None:
    shards = len(index_partitions("Job", "due"))
    same_shard = [f"job-{number}" for number in range(9999) if shard_of(f"job-{number}", shards) == 0]
    crowd = same_shard[: MAX_PER_SHARD + 3]
    load(app, [a_job(app, -1 - age, job_id) for age, job_id in enumerate(crowd)])

    assert tick(app) == {"jobsSwept": MAX_PER_SHARD}

    assert woken(queue) == sorted(crowd[3:])


def test_a_queue_that_is_down_costs_a_tick_and_no_more(app: Application) -> None:
    nowhere = build(app.core.settings.model_copy(update={"jobs_queue_url": "http://127.0.0.1:9/none"}))
    job(app, -100_000_000)

    assert tick(nowhere) == {"jobsSwept": 1}


def test_a_tick_asks_for_what_its_role_allows_and_no_more(app: Application) -> None:
    job(app, 0)
    asked: list[tuple[str, str | None]] = []

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append((model.name, json.loads(params["body"]).get("IndexName")))

    events = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb", before)
    try:
        tick(app)
    finally:
        events.unregister("before-call.dynamodb", before)

    assert asked == [("Query", "due")] * len(index_partitions("Job", "due"))


def test_a_tick_tells_how_many_it_woke(app: Application, capsys: pytest.CaptureFixture[str]) -> None:
    job(app, 0)

    tick(app)

    (document,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (document["JobsSwept"], document["service"]) == ([1.0], "dispatcher")
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "RetentionCenter"
