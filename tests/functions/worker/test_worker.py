"""The worker function: what becomes of the messages of a batch."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.errand import Errand
from retention.engine.loading import Loader
from retention.engine.queue import Message, Work, body_of
from retention.engine.reasons import Reason
from retention.engine.worker import Worker
from retention.sequences.model import SequenceStepExecution
from tests.door import Context
from tests.functions.queue import event_of
from tests.retention.engine.simulated_queue import SimulatedQueue
from tests.retention.engine.world import World
from worker import app as function
from worker.measures import COUNTED

SAMPLE = json.loads((Path(__file__).parents[3] / "events/queue/steps.json").read_text())

#: Reasons that are no event: somebody else had it, it is held, or it is never said by a worker.
UNCOUNTED = {
    Reason.NOT_DUE,
    Reason.ALREADY_DONE,
    Reason.IN_FLIGHT,
    Reason.LEAD_GONE,
    Reason.SENDING_HELD,
    Reason.SEQUENCE_PAUSED,
    Reason.CAMPAIGN_PAUSED,
    Reason.ENROLLMENT_PAUSED,
    Reason.CANCELLED,
    Reason.RESUMED,
    Reason.ENTERED_AGAIN,
    Reason.DELIVERED,
    Reason.UNDELIVERED,
    Reason.RESOLVED,
    Reason.REPORT_AWAITED,
    Reason.DUE,
    Reason.NOT_REACHED,
    Reason.ALREADY_PAST,
    Reason.NO_STEP_LEFT,
}


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    world = World(app, clock)
    world.core = replace(world.core, work_queue=SimulatedQueue(clock))
    return world


def due(world: World, count: int = 1) -> list[Work]:
    """First steps of so many leads, due now."""
    sequence = world.sequence(0)
    leads = [world.lead() for _ in range(count)]
    for lead in leads:
        world.enroll(sequence, lead)
    return world.due(*leads)


def message(world: World, *work: Work) -> str:
    return body_of(Message("SMS", world.clock.now(), work))


def handle(monkeypatch: pytest.MonkeyPatch, worker: Worker, *bodies: str, milliseconds_left: int = 60_000) -> list[str]:
    """Have the function do a batch; returns the positions of the messages that are to come again."""
    monkeypatch.setattr(function, "worker", lambda: worker)
    answer = function.lambda_handler(event_of(*bodies), Context(milliseconds_left=milliseconds_left))  # type: ignore[arg-type]
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def sent(world: World) -> Counter[str]:
    """How often each obligation was accepted by the provider."""
    return Counter(entry.work for entry in world.ledger.entries)


def once_each(work: list[Work]) -> Counter[str]:
    return Counter(one.id for one in work)


def queued_anew(world: World) -> list[Message]:
    queue = world.core.work_queue
    assert isinstance(queue, SimulatedQueue)
    return queue.take()


def measured(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The metrics that the function wrote, in CloudWatch's embedded format."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def failures(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """The causes in the log, by the message that failed."""
    said = [vars(record) for record in caplog.records if record.getMessage() == "message_failed"]
    caplog.clear()
    return {entry["message_id"]: entry["cause"] for entry in said}


def test_what_messages_name_is_done_together_and_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    work = due(world, 5)
    first, second = message(world, *work[:3]), message(world, *work[2:])

    assert handle(monkeypatch, world.worker(), first, second, first) == []

    assert sent(world) == once_each(work)


def test_46_copies_of_a_message_send_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    work = due(world)
    copies = [message(world, *work)] * 46

    for at in range(0, len(copies), 10):
        assert handle(monkeypatch, world.worker(), *copies[at : at + 10]) == []

    assert sent(world) == once_each(work)


STRANGE = [
    "",
    "x",
    "7",
    "null",
    "[]",
    "{}",
    '{"channel":"SMS"}',
    '{"channel":"SMS","work":7}',
    '{"channel":"SMS","work":[7]}',
    '{"channel":"FAX","work":[]}',
    '{"work":[["SequenceStepExecution","x"]]}',
    '{"jobId":"x"}',
    "[" * 100_000,
]


@pytest.mark.parametrize("body", STRANGE, ids=lambda body: body[:40])
def test_a_message_that_names_nothing_of_ours_harms_no_other_and_says_why_it_failed(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    work = due(world)

    assert handle(monkeypatch, world.worker(), body, message(world, *work), body) == ["0", "2"]

    assert sent(world) == once_each(work)
    assert failures(caplog) == {"0": "not a message of ours", "2": "not a message of ours"}


def test_work_of_another_version_or_that_is_gone_is_done_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [Work("SequenceStepExecution", "a.b.1.c"), Work("SomethingNew", "x"), Work("DirectContact", "")]

    assert handle(monkeypatch, world.worker(), message(world, *gone)) == []


class SpoiltError(Exception):
    """An item that cannot be read."""


@dataclass(frozen=True)
class SpoiltLoader(Loader):
    """Reads items, one of which breaks whatever reads it."""

    spoilt: str = ""

    def load(self, work: Any) -> dict[Work, Errand]:
        if self.spoilt in {one.id for one in work}:
            raise SpoiltError
        return super().load(work)


def test_one_broken_item_holds_up_nobody_but_itself(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work = due(world, 6)
    worker = world.worker()
    spoilt = replace(worker, loader=SpoiltLoader(world.core, worker.loader.kinds, spoilt=work[2].id))
    bodies = [message(world, *work[:4]), message(world, *work[4:])]

    assert handle(monkeypatch, spoilt, *bodies) == ["0"]

    assert sent(world) == once_each([one for one in work if one != work[2]])
    assert failures(caplog) == {"0": "SpoiltError"}
    assert handle(monkeypatch, world.worker(), bodies[0]) == [], "once it is repaired"
    assert sent(world) == once_each(work)


@contextmanager
def unreachable(world: World, operation: str = "") -> Iterator[None]:
    """Have every request to the table fail while the block runs, or those of one operation."""
    events: Any = world.core.store._low.client.meta.events
    requests = f"before-call.dynamodb{operation and '.'}{operation}"

    def fail(**_: Any) -> None:
        raise ConnectionResetError

    events.register(requests, fail)
    try:
        yield
    finally:
        events.unregister(requests, fail)


def test_a_table_that_does_not_answer_fails_all_and_sends_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work = due(world, 3)
    bodies = [message(world, *work[:2]), message(world, *work[1:])]

    worker = world.worker()
    with unreachable(world):
        assert handle(monkeypatch, worker, *bodies) == ["0", "1"]
    assert failures(caplog) == {"0": "ConnectionResetError", "1": "ConnectionResetError"}
    with unreachable(world, "BatchExecuteStatement"):
        assert handle(monkeypatch, world.worker(), *bodies) == ["0", "1"]
    assert sent(world) == Counter()

    assert handle(monkeypatch, world.worker(), *bodies) == []
    assert sent(world) == once_each(work)


def test_what_there_is_no_time_for_goes_back_to_its_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    work = due(world, 4)
    bodies = [message(world, *work[:3]), message(world, *work[2:])]

    assert handle(monkeypatch, world.worker(), *bodies, milliseconds_left=9_000) == []

    assert sent(world) == Counter()
    again = queued_anew(world)
    assert [(one.channel, one.due) for one in again] == [("SMS", world.clock.now())] * 2
    assert sorted(one for part in again for one in part.work) == sorted(work), "each once"


def test_what_happened_is_measured_and_what_did_not_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = due(world, 3)
    world.clock.advance(1.5)
    world.ledger.moods = ["reject"]

    handle(monkeypatch, world.worker(), message(world, *work))
    (document,) = measured(capsys)
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    told = {metric["Name"]: document[metric["Name"]] for metric in directive["Metrics"]}
    assert told == {"Sends": [2.0], "Failures": [1.0], "Lateness": [1.5] * 3}
    assert (document["service"], directive["Namespace"]) == ("worker", "RetentionCenter")

    handle(monkeypatch, world.worker(), message(world, *work))
    assert measured(capsys) == []


def test_a_send_whose_outcome_nobody_knows_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = due(world)
    world.ledger.moods, world.ledger.blind = ["lose"], True
    unknown = 0.0

    for _ in range(60):
        handle(monkeypatch, world.worker(), message(world, *work))
        unknown += sum(sum(entry.get("OutcomeUnknown", [])) for entry in measured(capsys))
        world.clock.advance(3600)

    assert unknown == 1


def test_every_reason_is_counted_once_or_is_no_event() -> None:
    counted = [reason for reasons in COUNTED.values() for reason in reasons]

    assert len(counted) == len(set(counted))
    assert set(counted) | UNCOUNTED == set(Reason)
    assert not set(counted) & UNCOUNTED


def test_a_process_puts_its_worker_together_and_takes_the_event_of_the_queue(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "settings", lambda: app.core.settings)
    function.worker.cache_clear()
    try:
        assert function.lambda_handler(SAMPLE, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
        (record,) = SAMPLE["Records"]
        assert function.asked_in([record])[0][0].work[0].kind == SequenceStepExecution.__name__
    finally:
        function.worker.cache_clear()
