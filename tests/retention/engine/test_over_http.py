"""Engine, adapters and sandbox over HTTP: what the ledger says after copies, deaths and lost answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.fields import Channel
from retention.integrations.model import IntegrationInput
from retention.integrations.service import IntegrationService
from retention.providers.directory import Directory
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceCreate, SequenceStepExecution, StepInput
from tests.retention.engine.world import LONG, Died, World
from tools.sandbox.running import Sandbox, running_sandbox

CHANNELS: tuple[Channel, ...] = ("SMS", "EMAIL", "CALL")
WORDS: dict[Channel, Any] = {
    "SMS": "Hi {{ firstName }}",
    "EMAIL": {"subject": "Hello", "html": "<p>Hi {{ firstName }}</p>"},
    "CALL": "Be brief.",
}


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now, concurrency=100) as running:
        yield running


@pytest.fixture
def world(app: Application, clock: ManualClock, sandbox: Sandbox) -> World:
    """A world whose integrations point at the sandbox, as those of the local stack do."""
    world = World(app, clock, public_base_url="https://retention.example", allowed_provider_urls=sandbox.url)
    integrations = IntegrationService(world.core, app.runner)
    for provider, given in sandbox.integrations(concurrency=100).items():
        integrations.put(provider, IntegrationInput.model_validate(given), if_match=None)
    world.providers = Directory(world.core)
    return world


def enrolled(world: World, channel: Channel) -> str:
    """A lead that is enrolled in a sequence of one step on a channel."""
    script = world.app.scripts.create(
        ScriptInput.model_validate({"name": "S", "type": channel, "content": WORDS[channel]})
    )
    step = StepInput(channel=channel, script_id=script.id)
    sequence = world.app.sequences.create(SequenceCreate(name="One", status="ACTIVE", steps=[step])).id
    world.sequences.append(sequence)
    lead = world.lead(email=f"ada.{world.people}@example.com")
    world.enroll(sequence, lead)
    return lead


@pytest.mark.parametrize("channel", CHANNELS)
def test_46_copies_in_eight_workers_are_one_entry_in_the_ledger(
    world: World, sandbox: Sandbox, channel: Channel
) -> None:
    due = world.due(enrolled(world, channel))
    workers = [build_worker(world.core, world.providers) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda copy: workers[copy % 8].process(due), range(46)))

    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_worker_that_is_killed_at_any_boundary_leaves_one_entry_in_the_ledger(
    world: World, sandbox: Sandbox, channel: Channel
) -> None:
    def die() -> None:
        raise Died

    # Calls go on: whether one has ended by the time that VAPI is asked about it depends on the speed of this machine.
    sandbox.faults({"kind": "outcome", "provider": "vapi", "outcome": "queued"})
    for boundary in range(20):
        lead = enrolled(world, channel)
        worker, due = world.worker(), world.due(lead)
        before = len(sandbox.ledger())
        with world.at_boundary(boundary, die) as passed, suppress(Died):
            world.process(worker, due)
        world.heal(lead, seconds=1000)

        assert len(sandbox.ledger()) == before + 1, f"killed {passed[boundary : boundary + 1]}"
        assert [one.status for one in world.of(SequenceStepExecution, lead)] == ["SENT"]
        if len(passed) <= boundary:
            return


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("fault", ["accept_reset", "drop", "accept_refuse"])
def test_an_answer_that_is_lost_or_wrong_is_cleared_up_from_the_providers_records(
    world: World, sandbox: Sandbox, channel: Channel, fault: str
) -> None:
    lead = enrolled(world, channel)
    sandbox.faults({"kind": fault, **({"status": 500} if fault == "accept_refuse" else {}), "times": 1})

    assert world.work(lead).outcomes["outcome_awaited"] == 1
    world.heal(lead, seconds=max(LONG, 1000))

    (entry,) = sandbox.ledger()
    (execution,) = world.of(SequenceStepExecution, lead)
    assert (execution.status, execution.result["providerRef"]) == ("SENT", entry.ref)
