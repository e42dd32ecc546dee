"""Each rule of the send protocol, and what happens without it.

Every story is told twice: with the rule nothing goes wrong; with the rule taken out something does, so the story would
notice. The rules are numbered as in docs/engine.md.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine import commit, gate, reconcile, settle, waiting, worker
from retention.engine.decide import Scene, address_of, decide
from retention.engine.decision import Decision, Drop, Send
from retention.engine.errand import Errand
from retention.engine.kinds import step
from retention.engine.loading import Loader
from retention.engine.obligation import FLIGHT_FIELD, Flight, Phase
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.engine.waiting import Waiter
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.providers.port import Trace
from retention.sequences import progress
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Change, Replace, Write
from tests.integrity import problems
from tests.retention.engine.ledger import Mood
from tests.retention.engine.turns import Turns
from tests.retention.engine.world import LONG, Died, World, wrong

Patch = pytest.MonkeyPatch
Story = Callable[[World], None]


# --- stories -----------------------------------------------------------------------------------------------------

#: Boundaries that the sending of one message has, at most.
MANY = 30


def at_each_boundary(world: World, event: Callable[[str], object], *, steps: int = 1) -> None:
    """A worker sends a message; at each boundary of its way in turn, something happens."""
    sequence = world.sequence(*[0] * steps)
    for boundary in range(MANY):
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        with world.at_boundary(boundary, partial(event, lead)) as passed, suppress(Died):
            world.process(worker, due)
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        if len(passed) <= boundary:
            return


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


def _again_and_again(one: worker.Worker, due: Sequence[Work], rounds: int) -> None:
    for _ in range(rounds):
        one.process(due)


def step_switched_off(world: World) -> None:
    """The step is switched off, and a worker that knows passes over it, while another one is under way."""
    sequence = world.sequence(0)
    first = world.app.sequences.get(sequence).steps[0].id

    def pass_over(lead: str) -> None:
        world.app.steps.update(sequence, first, {"isActive": False}, if_match=None)
        world.work(lead)

    for boundary in range(MANY):
        world.app.steps.update(sequence, first, {"isActive": True}, if_match=None)
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        with world.at_boundary(boundary, partial(pass_over, lead)) as passed:
            world.process(worker, due)
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        if len(passed) <= boundary:
            return


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

    sequence = world.sequence(0)
    for boundary in range(MANY):
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        with world.at_boundary(boundary, partial(event, lead)) as passed, suppress(Died):
            world.process(worker, due)
        world.heal(lead)
        if len(passed) <= boundary:
            return
        assert wrong(world, lead) == []
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
    world.app.core.store.write(Replace(over, seen=enrollment.revision))
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

    sequence = world.sequence(0)
    for boundary in range(MANY):
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        world.ledger.moods = ["busy"]
        with world.at_boundary(boundary, partial(event, lead)) as passed, suppress(Died):
            world.process(worker, due)
        (execution,) = world.of(SequenceStepExecution, lead)
        again = execution.due_at is not None and execution.due_at > world.clock.now()
        released = world.contact(lead).recent in (None, {})
        refused = "after send" in passed[: boundary + 1] and world.flights(lead) == set()
        assert (again, execution.tries == 1) == (refused, refused), f"boundary {boundary}"
        assert released or not refused, "the cap is used up"
        if len(passed) <= boundary:
            return


# --- sabotage ----------------------------------------------------------------------------------------------------


def no_version_but_the_gates(patch: Patch) -> None:
    patch_contact_change(patch, lambda change: replace(change, add={}, set=change.set or {"erased": False}))


def patch_contact_change(patch: Patch, alter: Callable[[Change], Change]) -> None:
    honest = commit.contact_change

    def altered(*given: Any, **named: Any) -> Change:
        return alter(honest(*given, **named))

    for module in (settle, waiting):
        patch.setattr(module, "contact_change", altered)


def contact_read_last(patch: Patch) -> None:
    honest = Loader.load

    def load(self: Loader, work: Sequence[Work]) -> dict[Work, Errand]:
        stale = honest(self, work)
        contacts = self._contacts(list(stale))
        return {one: replace(errand, contact=contacts[one]) for one, errand in stale.items() if one in contacts}

    patch.setattr(Loader, "load", load)


def any_flight_of_the_work_is_ones_own(patch: Patch) -> None:
    def is_own(one: gate.Pass, contact: Contact | None) -> bool:
        there = None if contact is None else Flight.of(getattr(contact, FLIGHT_FIELD[one.errand.channel]))
        return there is not None and there.work == one.flight.work

    patch.setattr(gate, "_is_own", is_own)


def a_flight_is_taken_away_unseen(patch: Patch) -> None:
    def blindly(change: Change) -> Change:
        return replace(change, equal={"erased": False})

    patch_contact_change(patch, blindly)
    patch.setattr(Errand, "own_flight", property(lambda errand: _any_own(errand)))
    honest = Waiter.refused

    def refused(self: Waiter, errand: Errand, flight: Flight, answer: Any) -> Any:
        present = self.committer.loader.reload(Work(type(errand.work).__name__, errand.work.id)) or errand
        own = present.own_flight
        return honest(self, present, own or flight, answer)

    patch.setattr(Waiter, "refused", refused)


def _any_own(errand: Errand) -> Flight | None:
    flights = (Flight.of(getattr(errand.contact, name)) for name in FLIGHT_FIELD.values())
    return next((flight for flight in flights if flight is not None and flight.work == errand.work.id), None)


def a_resend_is_not_decided(patch: Patch) -> None:
    def hasty(scene: Scene) -> Decision:
        address = address_of(scene.errand)
        return Send(address) if scene.again and address else decide(scene)

    patch.setattr(worker, "decide", hasty)


def a_decision_holds_whatever_happened(patch: Patch) -> None:
    def anyhow(change: Change) -> Change:
        return replace(change, equal={name: value for name, value in change.equal.items() if name != "version"})

    patch_contact_change(patch, anyhow)


def what_is_over_is_dropped(patch: Patch) -> None:
    def standing(*given: Any) -> Decision | None:
        decision = honest(*given)
        return Drop(Reason.ENROLLMENT_OVER) if getattr(decision, "reason", None) == Reason.ENROLLMENT_OVER else decision

    honest = step._standing
    patch.setattr(step, "_standing", standing)


def the_enrollment_is_taken_for_active(patch: Patch) -> None:
    honest = progress.onward

    def onward(core: Any, planned: Any, enrollment: Any, *more: Any, **named: Any) -> Any:
        taken = None if enrollment is None else enrollment.model_copy(update={"status": "ACTIVE"})
        return honest(core, planned, taken, *more, **named)

    patch.setattr(step, "onward", onward)


def erased_leads_are_written_to(patch: Patch) -> None:
    def unasked(change: Change) -> Change:
        return replace(change, equal={name: value for name, value in change.equal.items() if name != "erased"})

    patch_contact_change(patch, unasked)
    patch.setattr(Loader, "_contacts", _contacts_of_anybody)


def _contacts_of_anybody(self: Loader, work: Sequence[Work]) -> dict[Work, Contact]:
    found = self.core.store.find_many([(Contact, contact_key(one.id.partition(".")[0])) for one in work])
    return {one: contact for one, contact in zip(work, found, strict=True) if contact is not None}


def a_released_send_is_not_marked(patch: Patch) -> None:
    honest = Waiter._awaiting

    def awaiting(self: Waiter, errand: Errand, flight: Flight, phase: Phase, *more: Any) -> tuple[Replace, list[Write]]:
        after, attempts = honest(self, errand, flight, phase, *more)
        unmarked = after.entity.model_copy(update={"phase": None, "flown": None})
        return (replace(after, entity=unmarked) if phase == "released" else after), attempts

    patch.setattr(Waiter, "_awaiting", awaiting)


def any_message_to_the_number_will_do(patch: Patch) -> None:
    patch.setattr(reconcile, "Trace", lambda **given: Trace(**{**given, "known_refs": frozenset()}))


def a_refusal_in_two_writes(patch: Patch) -> None:
    honest = Waiter.refused

    def refused(self: Waiter, errand: Errand, flight: Flight, answer: Any) -> Any:
        landing = commit.contact_change(errand, landing=flight, fresh=False, recent={})
        self.core.store.write(landing)
        unflown = errand.contact.model_copy(update={FLIGHT_FIELD[flight.channel]: None})
        return honest(self, replace(errand, contact=unflown), flight, answer)

    patch.setattr(Waiter, "refused", refused)


def a_lead_twice_in_a_chunk(patch: Patch) -> None:
    patch.setattr(worker, "_chunk", lambda todo, seconds: list(todo)[:25])


@dataclass(frozen=True)
class Rule:
    """A rule, a story in which it matters, and how it is taken out."""

    number: int
    name: str
    story: Story
    without: Callable[[Patch], None]


RULES = [
    Rule(1, "every change raises the version", step_switched_off, no_version_but_the_gates),
    Rule(2, "the contact item is read first", side_by_side, contact_read_last),
    Rule(3, "a refused gate is passed by its own nonce only", side_by_side, any_flight_of_the_work_is_ones_own),
    Rule(4, "a flight is taken away by its nonce only", a_refusal_comes_late, a_flight_is_taken_away_unseen),
    Rule(5, "a send that is repeated is decided anew", opt_out_and_death, a_resend_is_not_decided),
    Rule(6, "a passing refusal is one transaction", busy_provider, a_refusal_in_two_writes),
    Rule(7, "a skip requires what was seen", one_knows_that_the_step_is_off, a_decision_holds_whatever_happened),
    Rule(7, "what is over is brought to an end", over_and_still_due, what_is_over_is_dropped),
    Rule(8, "a settled step goes by the enrollment as it is", cancelled, the_enrollment_is_taken_for_active),
    Rule(10, "nothing is written for an erased lead", lead_deleted, erased_leads_are_written_to),
    Rule(11, "a released send is marked", blind, a_released_send_is_not_marked),
    Rule(12, "another attempt's message is no proof", the_same_text_twice, any_message_to_the_number_will_do),
    Rule(14, "one lead once in a batch of gates", two_messages_to_one_lead, a_lead_twice_in_a_chunk),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number}: {rule.name}")
def test_with_the_rule_nothing_goes_wrong(app: Application, clock: ManualClock, rule: Rule) -> None:
    rule.story(World(app, clock))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number}: {rule.name}")
def test_without_the_rule_the_story_ends_badly(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, rule: Rule
) -> None:
    rule.without(monkeypatch)

    with pytest.raises(AssertionError):
        rule.story(World(app, clock))
