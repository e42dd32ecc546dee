"""What a step costs: requests to the table, requests to the provider, write units; counted at the wire."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.capacity import counting
from tests.retention.engine.world import World

#: The design's budget of a step alone: gate 1, execution 4, attempt 3, enrollment 2, next execution 3, contact 2,
#: counters 2.
UNITS = 17
#: What a lead pays once more, with its first contact, for becoming CONTACTED: the lead and its place in the list.
FIRST_CONTACT_UNITS = 4


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def test_a_step_alone_takes_four_requests_one_call_and_seventeen_units(world: World) -> None:
    world.enroll(world.sequence(0, 1, 2), world.lead())
    worker = world.worker()
    worker.process(world.due())  # The configuration is read with the first, and the lead becomes CONTACTED.
    world.clock.advance(4)
    worker.process(world.due())
    world.clock.advance(3600)
    due = world.due()
    # The configuration is kept for five seconds.
    assert due
    worker.loader.load(due)
    calls = world.ledger.calls

    with counting(world.app) as cost:
        report = worker.process(due)

    assert report.outcomes["sent"] == 1
    assert cost.requests == ["BatchGetItem", "BatchGetItem", "BatchExecuteStatement", "TransactWriteItems"]
    assert world.ledger.calls == calls + 1
    assert cost.write_units == UNITS


def test_the_first_contact_of_a_lead_costs_four_units_more(world: World) -> None:
    world.enroll(world.sequence(0, 1), world.lead())
    due, worker = world.due(), world.worker()
    worker.loader.load(due)

    with counting(world.app) as cost:
        worker.process(due)

    assert cost.write_units == UNITS + FIRST_CONTACT_UNITS


def test_a_chunk_of_25_shares_its_loads_and_its_gates(world: World) -> None:
    sequence = world.sequence(0, 1)
    for _ in range(25):
        world.enroll(sequence, world.lead())
    due, worker = world.due(), world.worker()
    worker.loader.load(due)

    with counting(world.app) as cost:
        report = worker.process(due)

    assert report.outcomes["sent"] == 25
    assert len(cost.requests) / 25 <= 1.3
