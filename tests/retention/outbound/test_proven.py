"""A send of which nobody knew proves to have been taken: the team is told as it would have been told then."""

import json
from typing import Any

import pytest

from retention.attempts.resolving import Resolution
from retention.clock import ManualClock
from retention.engine.queue import Work
from retention.inbound.outcome import Applied
from retention.jsontext import format_instant
from retention.sequences.model import SequenceStepExecution
from tests.retention.engine.world import World
from tests.retention.outbound.team import Team, Woken
from tests.retention.reports.test_proof import a_report, given_up, reports
from tools.bench_engine.cost import counting


@pytest.fixture
def world(team: Team, clock: ManualClock) -> World:
    return World(team.app, clock)


def told(team: Team) -> list[Any]:
    """What the team was told, the first first."""
    return [json.loads(one.payload) for one in team.all()]


def by_hand(world: World, work: Work) -> None:
    world.app.resolving.attempt(work.id, Resolution(outcome="sent", provider_ref="ref-1"), by="somebody")


def by_report(world: World, work: Work) -> None:
    assert reports(world).twilio(a_report(world, work, "sent")) == Applied("sent")


@pytest.mark.parametrize("proves", [by_hand, by_report])
def test_it_is_told_as_the_engine_would_have_told_it(team: Team, world: World, proves: Any) -> None:
    team.endpoint(events=["message.sent", "message.failed"])
    lead, work = given_up(world)
    asked_at = world.app.attempts.get(work.id).started_at
    assert told(team) == []
    queue = team.app.core.jobs_queue
    assert isinstance(queue, Woken)

    with counting(team.app) as cost:
        proves(world, work)

    (event,) = told(team)
    execution = next(one for one in world.of(SequenceStepExecution, lead) if one.id == work.id)
    assert event["type"] == "message.sent"
    assert event["data"] == {
        "leadId": lead,
        "contactAttemptId": work.id,
        "channel": "SMS",
        "provider": "twilio",
        "providerRef": "ref-1",
        "at": format_instant(asked_at),
        "sequenceId": execution.sequence_id,
        "stepId": execution.step_id,
    }
    assert (cost.count("TransactWriteItems"), queue.deliveries) == (1, [team.only().id])


def test_a_send_that_was_not_made_is_told_to_nobody(team: Team, world: World) -> None:
    team.endpoint(events=["message.sent", "message.failed"])
    _, work = given_up(world)

    world.app.resolving.execution(work.id, Resolution(outcome="not_sent"), by="somebody")

    assert told(team) == []
