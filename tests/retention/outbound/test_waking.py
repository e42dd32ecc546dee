"""From the transaction to the team's server, through the queue, the jobs function and the dispatcher."""

import json
from typing import Any

import boto3
import pytest

from dispatcher import app as dispatcher
from jobs.app import lambda_handler
from retention.bootstrap import Application, install
from retention.clock import ManualClock
from retention.jobs.queue import DELIVERIES_EACH
from retention.jobs.sweep import DELIVERY_GRACE
from retention.jsontext import format_instant
from retention.outbound.announcing import announced
from retention.outbound.schedule import DELAYS
from retention.table.keys import index_partitions
from tests.door import Context
from tests.functions.queue import event_of, new_queue, take_all
from tests.retention.outbound.receiver import Receiver, Say
from tests.retention.outbound.team import Team, telling
from tools.bench_engine.cost import counting


@pytest.fixture
def queue(endpoint: str) -> str:
    return new_queue()


@pytest.fixture
def team(app: Application, clock: ManualClock, receiver: Receiver, queue: str) -> Team:
    """A team whose application has a queue."""
    return Team(telling(app, clock, receiver, jobs_queue_url=queue), clock, receiver)


def handle(team: Team, *bodies: str) -> list[str]:
    """Have the jobs function work on messages; returns those that are to come again."""
    install(team.app)
    answer = lambda_handler(event_of(*bodies), Context())  # type: ignore[arg-type]
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def tick(team: Team) -> dict[str, int]:
    """One tick of a dispatcher that has just started; returns what happened."""
    minute: Any = {"time": format_instant(team.clock.now())}
    done = dispatcher.tick(dispatcher.build(team.app.core.settings, team.clock), minute, lambda: True)
    return {name: count for name, count in done.items() if count}


def test_what_happens_is_told_at_once(team: Team, queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    team.endpoint()
    team.happens("c1")

    assert handle(team, *take_all(queue)) == []

    assert team.only().status == "delivered"
    assert '"DeliveriesMade"' in capsys.readouterr().out


def test_who_dies_before_the_queue_is_told_costs_a_minute_and_no_event(team: Team, queue: str) -> None:
    team.endpoint()
    team.app.core.store.write(*announced(team.app.core, "conversion.recorded", "c1", {}))
    assert tick(team) == {}  # It is still left to the message that comes with it.
    team.clock.advance(DELIVERY_GRACE + 0.001)

    assert tick(team) == {"DeliveriesSwept": 1}

    handle(team, *take_all(queue))
    assert team.only().status == "delivered"
    assert tick(team) == {}


def test_a_second_try_comes_by_the_queue_and_later_ones_by_the_sweep(team: Team, queue: str) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(500)
    team.happens("c1")
    handle(team, *take_all(queue))
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    for delay in DELAYS[:3]:
        team.clock.advance(delay * 1.2)
        team.deliver()
    assert team.only().tries == 4

    team.clock.advance(DELAYS[3] * 1.2 + DELIVERY_GRACE)

    assert tick(team)["DeliveriesSwept"] == 1


def test_many_deliveries_are_few_messages(team: Team, queue: str) -> None:
    ids = [f"d{number}" for number in range(DELIVERIES_EACH * 12 + 1)]

    team.app.core.jobs_queue.wake_for_deliveries(ids)

    bodies = [json.loads(body)["deliveries"] for body in take_all(queue)]
    assert len(bodies) == 13
    assert sorted(one for body in bodies for one in body) == sorted(ids)


@pytest.mark.parametrize(
    "body", ['{"deliveries": []}', '{"deliveries": "x"}', '{"deliveries": [7]}', '{"deliveries": [""]}']
)
def test_a_message_that_names_no_delivery_is_not_ours(team: Team, body: str) -> None:
    assert handle(team, body) == ["0"]


def test_a_message_of_deliveries_that_are_no_more_is_done(team: Team) -> None:
    assert handle(team, '{"deliveries": ["gone"]}') == []


def test_an_idle_minute_costs_one_small_query(team: Team) -> None:
    with counting(team.app) as cost:
        assert dispatcher.build(team.app.core.settings, team.clock).others.wake_due_deliveries().woken == 0

    assert cost.requests == ["Query"]
    assert len(index_partitions("Delivery", "due")) == 1
