"""The dispatcher: what one tick sets going."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from dispatcher import app as function
from dispatcher.app import TickFailedError
from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.engine import sweep
from retention.engine.queue import Work, work_in
from retention.fields import CHANNELS, Channel
from retention.holding.model import HoldInput
from retention.jobs import nightly
from retention.jobs.model import Job
from retention.jobs.sweep import MAX_PER_SHARD
from retention.jsontext import format_instant
from retention.sequences.model import Arrival
from retention.table import items
from retention.table.keys import index_partitions, shard_of
from retention.table.layouts import DUE_SHARDS
from retention.table.writes import Create
from tests.door import Context
from tests.factories import a_lead, load
from tests.functions.queue import new_queue, take_all
from tests.retention.engine.owing import owed
from tests.start import START

_TICK = json.loads((Path(__file__).parents[3] / "events/schedule/tick.json").read_text())
_TICK_OF_NOW = {**_TICK, "time": format_instant(START)}


@pytest.fixture
def queue(endpoint: str) -> str:
    return new_queue()


@pytest.fixture
def channels(endpoint: str) -> dict[Channel, str]:
    """The queue of each channel."""
    return {channel: new_queue() for channel in CHANNELS}


@pytest.fixture
def app(app: Application, clock: ManualClock, queue: str, channels: dict[Channel, str]) -> Application:
    """The application with its queues."""
    urls: dict[str, Any] = {f"{channel.lower()}_queue_url": url for channel, url in channels.items()}
    configured = replace(app.core.settings, jobs_queue_url=queue, **urls)
    return build(configured, clock=clock, keyring=app.core.keyring)


def tick(app: Application) -> dict[str, int]:
    """One tick of a process that has just started; returns what happened."""
    done = function.tick(function.build(app.core.settings, app.core.clock), _TICK_OF_NOW, lambda: True)
    return {name: count for name, count in done.items() if count}


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

    assert tick(app) == {"JobsSwept": 3, "OldestOverdueSeconds": 86_400}

    assert woken(queue) == sorted(due)


def test_a_tick_without_work_wakes_nobody(app: Application, queue: str) -> None:
    assert tick(app) == {}

    assert woken(queue) == []


def test_a_job_whose_message_was_lost_is_woken_again_until_somebody_takes_it(
    app: Application, queue: str, clock: ManualClock
) -> None:
    waiting = job(app, 30)

    assert tick(app) == {}
    clock.advance(60)
    assert tick(app) == {"JobsSwept": 1}
    clock.advance(60)
    assert tick(app) == {"JobsSwept": 1, "OldestOverdueSeconds": 90}
    assert woken(queue) == [waiting, waiting]

    app.runner.run(waiting, lambda: True)

    assert tick(app) == {}


def test_a_backlog_of_sends_does_not_hide_a_job(app: Application, queue: str, channels: dict[Channel, str]) -> None:
    overdue = owed(app, [app.core.now() - timedelta(days=1)] * 40 * DUE_SHARDS)
    due = job(app, 0)

    assert tick(app) == {"JobsSwept": 1, "StepsSwept": len(overdue), "OldestOverdueSeconds": 86_400}

    assert woken(queue) == [due]
    assert {work.id for work in brought(channels["SMS"])} == overdue.keys()


def brought(url: str) -> list[Work]:
    """What the messages of a queue name."""
    return [work for body in take_all(url) for work in work_in(body)]


def test_what_is_due_soon_waits_in_the_queue_of_its_channel(app: Application, channels: dict[Channel, str]) -> None:
    for channel in CHANNELS:
        owed(app, [START + timedelta(seconds=90)], channel)

    assert tick(app) == {"StepsQueued": 3}

    assert {channel: waiting(url) for channel, url in channels.items()} == dict.fromkeys(CHANNELS, (1, 0))


def waiting(url: str) -> tuple[int, int]:
    """How many messages of a queue are delayed, and can be received."""
    told = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(told["ApproximateNumberOfMessagesDelayed"]), int(told["ApproximateNumberOfMessages"])


def test_a_message_is_delayed_to_the_second(app: Application, channels: dict[Channel, str]) -> None:
    owed(app, [START + timedelta(seconds=seconds) for seconds in (60.2, 60.9, 61.7)])
    sent: list[tuple[int, int]] = []

    def before(params: dict[str, Any], **_: Any) -> None:
        sent.extend(
            (one["DelaySeconds"], len(work_in(one["MessageBody"]))) for one in json.loads(params["body"])["Entries"]
        )

    with at_the_queues(before):
        tick(app)

    assert sent == [(61, 2), (62, 1)]


@contextmanager
def at_the_queues(listen: Callable[..., object]) -> Iterator[None]:
    """Have somebody listen to what is sent to the queues, or answer in their place."""
    events = items.session().get_component("event_emitter")
    events.register("before-call.sqs.SendMessageBatch", listen)
    try:
        yield
    finally:
        events.unregister("before-call.sqs.SendMessageBatch", listen)


def test_what_a_queue_does_not_take_stays_due_and_is_queued_again(
    app: Application, clock: ManualClock, channels: dict[Channel, str]
) -> None:
    due = owed(app, [START + timedelta(seconds=90)])

    def refuse(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        failed = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
        return AWSResponse("", 200, HTTPHeaders(), BytesIO()), {"Failed": [failed]}

    with at_the_queues(refuse):
        assert tick(app) == {"StepsQueued": 1}
    assert waiting(channels["SMS"]) == (0, 0)

    clock.advance(151)
    assert tick(app) == {"StepsSwept": 1, "OldestOverdueSeconds": 61}
    assert {work.id for work in brought(channels["SMS"])} == due.keys()


def test_a_deep_queue_gets_no_more_of_a_backlog(
    app: Application, channels: dict[Channel, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "DEEP", 2)
    boto3.client("sqs").send_message(QueueUrl=channels["SMS"], MessageBody="{}")
    long_ago = START - timedelta(hours=1)
    owed(app, [long_ago])

    assert tick(app) == {"StepsSwept": 1, "OldestOverdueSeconds": 3600}
    assert tick(app) == {"OldestOverdueSeconds": 3600}


def test_while_all_sending_is_held_a_backlog_stays_where_it_is_and_is_nobodys_fault(
    app: Application, clock: ManualClock, queue: str, channels: dict[Channel, str]
) -> None:
    overdue = owed(app, [START - timedelta(minutes=age) for age in range(2, 40)])
    soon = owed(app, [START + timedelta(seconds=90)])
    app.holding.hold(HoldInput(reason="moving"), by="key")
    due = job(app, 0)

    assert tick(app) == {"JobsSwept": 1, "StepsQueued": 1, "SendingHeld": 1}
    assert (woken(queue), {work.id for work in brought(channels["SMS"])}) == ([due], set()), "jobs go on"
    clock.advance(3 * 86_400)
    assert tick(app) == {"JobsSwept": 1, "SendingHeld": 1, "OldestOverdueSeconds": 3 * 86_400}, "of the job"
    app.runner.run(due, lambda: True)
    assert tick(app) == {"SendingHeld": 1}

    app.holding.release()
    assert tick(app) == {"StepsSwept": 39, "OldestOverdueSeconds": 39 * 60}, "as old as it was when it was held"
    everything = overdue | soon
    woken_up = [work.id for work in brought(channels["SMS"])]
    assert woken_up == sorted(everything, key=lambda one: everything[one]), "in the order of their times"


def test_a_part_that_fails_is_told_and_is_no_reason_to_leave_out_another(
    app: Application, queue: str, channels: dict[Channel, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    due = job(app, 0)
    overdue = owed(app, [START - timedelta(hours=1)])
    parts = function.build(app.core.settings, app.core.clock)
    with monkeypatch.context() as broken:
        broken.setattr(parts.dispatcher, "tick", lambda _: 1 / 0)
        with pytest.raises(TickFailedError, match="steps"):
            function.tick(parts, _TICK_OF_NOW, lambda: True)
    assert woken(queue) == [due]

    with monkeypatch.context() as broken:
        broken.setattr(parts.others, "wake_due_jobs", lambda: 1 / 0)
        with pytest.raises(TickFailedError, match="jobs"):
            function.tick(parts, _TICK_OF_NOW, lambda: True)
    assert {work.id for work in brought(channels["SMS"])} == overdue.keys()


def test_an_arrival_that_nobody_looked_at_is_woken(app: Application, queue: str) -> None:
    lead = a_lead()
    late = START - timedelta(minutes=1)
    arrival = Arrival(lead_id=lead.id, what="lead", arrived_at=late, due_at=late, revision="r")
    app.core.store.write(Create(arrival))

    assert tick(app) == {"ArrivalsSwept": 1}

    assert [json.loads(body) for body in take_all(queue)] == [{"arrivals": [[lead.id, "lead", "r"]]}]


def test_one_tick_takes_a_bounded_share_of_a_backlog_oldest_first(app: Application, queue: str) -> None:
    shards = len(index_partitions("Job", "due"))
    same_shard = [f"job-{number}" for number in range(9999) if shard_of(f"job-{number}", shards) == 0]
    crowd = same_shard[: MAX_PER_SHARD + 3]
    load(app, [a_job(app, -1 - age, job_id) for age, job_id in enumerate(crowd)])

    assert tick(app) == {"JobsSwept": MAX_PER_SHARD, "OldestOverdueSeconds": MAX_PER_SHARD + 3}

    assert woken(queue) == sorted(crowd[3:])


def test_queues_that_are_down_cost_a_tick_and_no_more(app: Application) -> None:
    names = [field.name for field in fields(app.core.settings) if field.name.endswith("_queue_url")]
    gone: dict[str, Any] = dict.fromkeys(names, "http://127.0.0.1:9/none")
    nowhere = replace(app.core.settings, **gone)
    job(app, -1)
    owed(app, [START - timedelta(hours=1), START + timedelta(seconds=90)])

    assert tick(build(nowhere, clock=app.core.clock)).keys() >= {"JobsSwept", "StepsQueued", "StepsSwept"}


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

    kinds = ("SequenceStepExecution", "Job", "Arrival", "Delivery")
    shards = [shard for kind in kinds for shard in index_partitions(kind, "due")]
    assert asked == [("Query", None), *[("Query", "due")] * len(shards)], "whether all is held, and what is due"


def test_a_tick_tells_what_happened_and_an_idle_one_tells_nothing(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    tick(app)
    assert capsys.readouterr().out == "", "a metric costs by the hour in which it is heard of"
    job(app, 0)
    owed(app, [START - timedelta(seconds=90)])

    tick(app)

    (document,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    told = {"JobsSwept": [1.0], "StepsSwept": [1.0], "OldestOverdueSeconds": [90.0], "service": "dispatcher"}
    assert {name: document[name] for name in told} == told
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "RetentionCenter"


def test_the_handler_takes_the_event_of_the_schedule(
    app: Application, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = job(app, 0)
    parts = function.build(app.core.settings, app.core.clock)
    monkeypatch.setattr(function, "dispatcher", lambda: parts)

    assert function.lambda_handler(_TICK, Context())["JobsSwept"] == 1  # type: ignore[arg-type]

    assert woken(queue) == [due]


@pytest.mark.parametrize(
    ("at", "asks"), [("03:06:59", 0), ("03:07:00", 1), ("03:07:59", 1), ("03:08:00", 0), ("03:47:30", 1), ("15:07", 0)]
)
def test_the_work_of_the_night_is_asked_for_at_night(
    app: Application, queue: str, clock: ManualClock, at: str, asks: int
) -> None:
    clock.advance((datetime.fromisoformat(f"2026-02-19T{at}Z") - clock.now()).total_seconds())

    event = {"time": clock.now().isoformat(), "periodSeconds": 60}
    done = function.tick(function.build(app.core.settings, clock), event, lambda: True)

    assert done["NightlyAsked"] == len(nightly.TASKS) * asks
    wanted = [{"task": task, "day": "2026-02-19"} for task in nightly.TASKS]
    assert sorted(map(json.loads, take_all(queue)), key=str) == sorted(wanted * asks, key=str)
