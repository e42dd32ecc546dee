"""Whatever happens at whatever boundary of a worker: each message is sent once or not at all, and nothing is lost.

Each story is told once for every point just before or just after a request to the table or a call of the provider. At
that point something happens; then time passes without faults, and what must never be is looked for.
"""

from collections.abc import Callable
from functools import partial

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import sends
from tests.retention.engine.world import LONG, Died, World, wrong


def die(world: World, lead: str) -> None:
    """The worker is killed."""
    raise Died


def another_worker(world: World, lead: str) -> None:
    """A second worker takes the same message."""
    world.work(lead)


def frozen(world: World, lead: str) -> None:
    """The worker stands still until its send counts as lost, and another one takes over.

    On the very point of sending it does not wake again: by then its time is over, and the runtime has killed it.
    """
    world.ledger.accept_late()
    world.clock.advance(LONG)
    world.work(lead)
    if world.ledger.is_sending:
        raise Died


def opt_out(world: World, lead: str) -> None:
    """The lead asks to be left alone."""
    world.stop(lead)


def cancel(world: World, lead: str) -> None:
    """Somebody cancels the enrollment."""
    world.cancel(lead)


def delete_lead(world: World, lead: str) -> None:
    """Somebody deletes the lead."""
    world.app.deletion.lead(lead)


EVENTS = [die, another_worker, frozen, opt_out, cancel, delete_lead]


@pytest.mark.parametrize("mood", ["accept", "accept_silently", "lose", "accept_late", "busy", "reject"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_nothing_is_sent_twice_and_nothing_is_lost(
    app: Application, clock: ManualClock, event: Callable[[World, str], None], mood: Mood
) -> None:
    world, told = World(app, clock), 0

    for lead, passed, boundary in sends(world, world.sequence(0, 0), partial(event, world), moods=[mood]):
        world.heal(lead)
        assert wrong(world, lead) == [], f"{event.__name__} {passed[boundary : boundary + 1]}, boundary {boundary}"
        told = boundary

    assert told >= 10, "not all of the way was gone"
