"""What a step costs: requests to the table, requests to the provider, write units; counted at the wire."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.retention.engine.world import World
from tools.bench_engine.cost import counting

#: The design's budget of a step alone: gate 1, execution 4, attempt 3, enrollment 2, next execution 3, contact 2,
#: counters 2.
UNITS = 19
#: What a lead pays once more, with its first contact, for becoming CONTACTED: the lead and its place in the list.
FIRST_CONTACT_UNITS = 4


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def test_a_step_alone_takes_four_requests_one_call_and_seventeen_units(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0, 1, 2), lead)
    world.work(lead)  # The first contact makes the lead a contacted one.
    world.clock.advance(3600)
    due, worker = world.due(lead), world.worker()
    calls = world.ledger.calls

    with counting(world.app) as cost:
        report = worker.process(due)

    assert report.outcomes["sent"] == 1
    assert cost.requests == ["BatchGetItem", "BatchGetItem", "BatchExecuteStatement", "TransactWriteItems"]
    assert world.ledger.calls == calls + 1
    assert cost.write_units == UNITS


def test_the_first_contact_of_a_lead_costs_four_units_more(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0, 1), lead)
    due, worker = world.due(lead), world.worker()

    with counting(world.app) as cost:
        worker.process(due)

    assert cost.write_units == UNITS + FIRST_CONTACT_UNITS


def test_a_chunk_of_25_shares_its_loads_its_gates_and_its_transactions(world: World) -> None:
    sequence = world.sequence(0, 1)
    leads = [world.lead() for _ in range(25)]
    for lead in leads:
        world.enroll(sequence, lead)
    due, worker = world.due(*leads), world.worker()

    with counting(world.app) as cost:
        report = worker.process(due)

    assert report.outcomes["sent"] == 25
    assert len(cost.requests) / 25 <= 0.4
    assert cost.write_units / 25 <= UNITS + FIRST_CONTACT_UNITS - 1
