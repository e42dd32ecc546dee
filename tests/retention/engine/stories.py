"""What may happen to a message on its way, told at every boundary, or by every schedule of two workers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from retention.engine.queue import Work
from retention.engine.worker import Worker
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Replace
from tests.integrity import problems
from tests.retention.engine.ledger import Mood
from tests.retention.engine.turns import Turns
from tests.retention.engine.world import LONG, Died, World, wrong

#: Boundaries that the sending of one message has, at most.
MANY: Final = 30


def sends(
    world: World,
    sequence: str,
    event: Callable[[str], object],
    *,
    moods: Sequence[Mood] = (),
    first: Callable[[], object] = lambda: None,
) -> Iterator[tuple[str, list[str], int]]:
    """A worker sends a message to a new lead, once for each boundary of its way, at which something happens.

    Gives the lead, the boundaries that were passed, and the number of the one at which it happened; the last time
    the way was over before.

    Args:
        event: what happens, to the lead.
        first: done before each.
    """
    for boundary in range(MANY):
        first()
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        world.ledger.moods = list(moods)
        with world.at_boundary(boundary, partial(event, lead)) as passed, suppress(Died):
            world.process(worker, due)
        yield lead, passed, boundary
        if len(passed) <= boundary:
            return


def at_each_boundary(world: World, event: Callable[[str], object], *, steps: int = 1) -> None:
    """At each boundary of a send in turn, something happens."""
    for lead, passed, boundary in sends(world, world.sequence(*[0] * steps), event):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"


def side_by_side(world: World) -> None:
    """Two workers take the same message: the first goes some way, then the other, then the first to its end."""
    two_workers(world, range(1, 9), range(1, 9))


def a_refusal_comes_late(world: World) -> None:
    """A worker hears that the provider is busy when another one has long taken over, looked up, and sent again."""
    two_workers(world, [8], range(9, 23), moods=["busy"], pause=LONG, rounds=2)


def two_workers(
    world: World,
    firsts: Iterable[int],
    others: Iterable[int],
    *,
    moods: Sequence[Mood] = (),
    pause: int = 0,
    rounds: int = 1,
) -> None:
    """Two workers with the same message, by schedules: boundaries of the first, a pause, boundaries of the other.

    Args:
        rounds: how often the other is given the message.
    """
    sequence = world.sequence(0)
    for first in firsts:
        for other in others:
            lead = world.lead()
            world.enroll(sequence, lead)
            world.ledger.moods = list(moods)
            due, workers = world.due(lead), (world.worker(), world.worker())
            turns = Turns(world, partial(workers[0].process, due), partial(_again_and_again, workers[1], due, rounds))
            turns.play([0] * first + [lambda: world.clock.advance(pause)] + [1] * other + [0] * MANY)
            world.heal(lead)
            assert wrong(world, lead) == [], f"after {first} and {other} boundaries"


def _again_and_again(one: Worker, due: Sequence[Work], rounds: int) -> None:
    for _ in range(rounds):
        one.process(due)


def step_switched_off(world: World) -> None:
    """The step is switched off, and a worker that knows passes over it, while another one is under way."""
    sequence = world.sequence(0)
    first = world.app.sequences.get(sequence).steps[0].id

    def pass_over(lead: str) -> None:
        world.app.steps.update(sequence, first, {"isActive": False}, if_match=None)
        world.work(lead)

    def switch_on() -> None:
        world.app.steps.update(sequence, first, {"isActive": True}, if_match=None)

    for lead, passed, boundary in sends(world, sequence, pass_over, first=switch_on):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"


def one_knows_that_the_step_is_off(world: World) -> None:
    """Two workers, of which one still believes that the step is switched on."""
    sequence = world.sequence(0)
    first = world.app.sequences.get(sequence).steps[0].id
    for ahead in range(1, 9):
        world.app.steps.update(sequence, first, {"isActive": True}, if_match=None)
        lead = world.lead()
        world.enroll(sequence, lead)
        due, believing = world.due(lead), world.worker()
        world.app.steps.update(sequence, first, {"isActive": False}, if_match=None)
        knowing = world.worker()
        turns = Turns(world, partial(knowing.process, due), partial(believing.process, due))
        turns.play([0] * 4 + [1] * ahead + [0] * MANY)
        world.heal(lead)
        assert wrong(world, lead) == [], f"the believing one went {ahead} boundaries"


def opt_out_and_death(world: World) -> None:
    """The lead opts out, and the worker dies at the same moment."""
    calls: list[int] = []

    def event(lead: str) -> None:
        world.stop(lead)
        calls[:] = [world.ledger.calls]
        raise Died

    for lead, passed, boundary in sends(world, world.sequence(0), event):
        world.heal(lead)
        assert wrong(world, lead) == []
        if boundary < len(passed):
            assert world.ledger.calls == calls[0], f"sent after the opt-out, {passed[boundary]}"


def lead_deleted(world: World) -> None:
    """The lead is deleted, step by step, while its message is being settled; nothing of it comes back."""
    sequence = world.sequence(0, 0)
    for ahead in range(1, 20):
        lead = world.lead(status="CONTACTED")
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        turns = Turns(world, partial(worker.process, due), partial(world.app.deletion.lead, lead))
        turns.play([0] * 8 + [1] * ahead + [0] * MANY)
        world.clock.advance(LONG)
        world.run_jobs()
    assert problems(world.app) == []


def cancelled(world: World) -> None:
    """The enrollment is cancelled; nothing follows."""
    at_each_boundary(world, world.cancel, steps=2)


def blind(world: World) -> None:
    """The provider takes the message, its answer is lost, and its records cannot be read for a while."""
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    world.ledger.moods = ["accept_silently"]
    world.ledger.blind = True
    for _ in range(3):
        world.work(lead)
        world.clock.advance(LONG)
    assert world.flights(lead) == set(), "its channel is not released"
    world.ledger.blind = False
    world.heal(lead, seconds=4000)
    assert wrong(world, lead) == []


def the_same_text_twice(world: World) -> None:
    """Two steps say the same; the second is lost on its way while the first is among the provider's records."""
    world.ledger.fuzzy = True
    lead = world.lead()
    world.enroll(world.sequence(0, 0), lead)
    world.work(lead)
    world.ledger.moods = ["lose"]
    world.work(lead)
    world.heal(lead)
    assert wrong(world, lead) == []


def over_and_still_due(world: World) -> None:
    """An execution is due though its enrollment is over."""
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0), lead)
    over = world.app.core.changed(enrollment, status="CANCELLED", waiting_for=None)
    world.app.core.store.write(Replace(over, before=enrollment))
    world.heal(lead)
    assert [one.status for one in world.of(SequenceStepExecution, lead)] == ["SKIPPED"]


def two_messages_to_one_lead(world: World) -> None:
    """Messages of two sequences to one lead are due at once, and come in one chunk."""
    lead = world.lead()
    for _ in range(2):
        world.enroll(world.sequence(0), lead)
    batches: list[list[str]] = []

    def note(params: Any, **_: Any) -> None:
        batches.append([one["Parameters"][-3]["S"] for one in params["Statements"]])

    events: Any = world.app.core.store._low.client.meta.events
    events.register("provide-client-params.dynamodb.BatchExecuteStatement", note)
    assert world.work(lead).left == []
    events.unregister("provide-client-params.dynamodb.BatchExecuteStatement", note)
    assert batches
    assert all(len(set(batch)) == len(batch) for batch in batches), "DynamoDB takes an item once in a batch"
    world.heal(lead)
    assert wrong(world, lead) == []
    assert len(world.ledger.entries) == 2


def busy_provider(world: World) -> None:
    """The provider refuses passingly: all that follows is written at once, and a death leaves nothing half done."""

    def event(lead: str) -> None:
        raise Died

    for lead, passed, boundary in sends(world, world.sequence(0), event, moods=["busy"]):
        (execution,) = world.of(SequenceStepExecution, lead)
        again = execution.due_at is not None and execution.due_at > world.clock.now()
        released = world.contact(lead).recent in (None, {})
        refused = "after send" in passed[: boundary + 1] and world.flights(lead) == set()
        assert (again, execution.tries == 1) == (refused, refused), f"boundary {boundary}"
        assert released or not refused, "the cap is used up"
