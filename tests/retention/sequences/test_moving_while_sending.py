"""A sequence or an enrollment is paused, resumed or ended while a worker is sending: no message twice, none lost."""

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.obligation import Flight
from retention.errors import ConflictError
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table.writes import Change
from tests.integrity import problems
from tests.retention.engine.ledger import Mood
from tests.retention.engine.world import LONG, World, wrong

HOUR = 3600


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def enrollment_of(world: World, lead: str) -> SequenceEnrollment:
    (enrollment,) = world.of(SequenceEnrollment, lead)
    return enrollment


def pause_enrollment(world: World, lead: str) -> None:
    world.app.interventions.pause(enrollment_of(world, lead).id, if_match=None)


def pause_and_resume_enrollment(world: World, lead: str) -> None:
    pause_enrollment(world, lead)
    world.app.interventions.resume(enrollment_of(world, lead).id, "shift", if_match=None)


def pause_sequence(world: World, lead: str) -> None:
    world.app.lifecycle.pause(enrollment_of(world, lead).sequence_id, if_match=None)


def pause_and_resume_sequence(world: World, lead: str) -> None:
    pause_sequence(world, lead)
    world.app.lifecycle.resume(enrollment_of(world, lead).sequence_id, "shift", if_match=None)


def archive(world: World, lead: str) -> None:
    world.app.lifecycle.archive(enrollment_of(world, lead).sequence_id, if_match=None)


def nothing(world: World, lead: str) -> None:
    """Nothing is to be undone."""


def resume(world: World, lead: str) -> None:
    """Resume whatever is paused."""
    enrollment = enrollment_of(world, lead)
    try:
        world.app.lifecycle.resume(enrollment.sequence_id, "catch_up", if_match=None)
        world.app.interventions.resume(enrollment.id, "catch_up", if_match=None)
    except ConflictError:
        assert enrollment.status == "COMPLETED"


Event = Callable[[World, str], None]


@pytest.mark.parametrize(
    ("event", "undo", "mood"),
    [
        (pause_enrollment, resume, "accept"),
        (pause_enrollment, resume, "lose"),
        (pause_and_resume_enrollment, nothing, "busy"),
        (pause_sequence, resume, "accept"),
        (pause_sequence, resume, "accept_silently"),
        (pause_and_resume_sequence, nothing, "accept"),
        (archive, nothing, "accept"),
        (archive, nothing, "lose"),
    ],
)
def test_at_whatever_moment_it_comes(world: World, clock: ManualClock, event: Event, undo: Event, mood: Mood) -> None:
    sequence = world.sequence(0, 1)
    for boundary in count():
        lead = world.lead()
        if event is archive:
            sequence = world.sequence(0, 1)
            world.sequences = [sequence]
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        world.ledger.moods = [mood]
        with world.at_boundary(boundary, partial(event, world, lead)) as passed:
            world.process(worker, due)
        what = f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        world.ledger.moods = []
        came_first = len(passed) > boundary and "after BatchExecuteStatement" not in passed[: boundary + 1]
        if came_first and event not in (pause_and_resume_enrollment, pause_and_resume_sequence):
            assert not any(one.startswith(lead) for one in world.ledger.begun), what
        before = len(world.ledger.entries)
        if undo is resume and len(passed) > boundary:
            settle(world, lead)
            assert_at_rest(world, lead, before, what)
            undo(world, lead)
        world.heal(lead, seconds=HOUR)
        assert wrong(world, lead) == [], what
        expected = {"CANCELLED"} if event is archive and len(passed) > boundary else {"COMPLETED"}
        assert {one.status for one in world.of(SequenceEnrollment, lead)} == expected, what
        if len(passed) <= boundary:
            break
    assert problems(world.app) == []


def cancel_enrollment(world: World, lead: str) -> None:
    world.app.interventions.cancel(enrollment_of(world, lead).id, if_match=None)


def delete_enrollment(world: World, lead: str) -> None:
    world.app.deletion.enrollment(enrollment_of(world, lead).id)


def delete_step(world: World, lead: str) -> None:
    sequence = enrollment_of(world, lead).sequence_id
    world.app.deletion.step(sequence, world.app.sequences.get(sequence).steps[0].id)


def delete_sequence(world: World, lead: str) -> None:
    world.app.deletion.sequence(enrollment_of(world, lead).sequence_id)


def sends(world: World, lead: str) -> None:
    """A worker sends what is due, and records it."""
    world.work(lead)


def dies_behind_the_gate(world: World, lead: str) -> None:
    """A worker lets what is due through, and is killed right there."""
    (work,) = world.due(lead)
    flight = Flight(work.id, "SMS", "nonce", world.clock.now(), "+12025550001", "digest")
    let_through = {"sms_flight": flight.as_json(), "version": world.contact(lead).version + 1}
    world.core.store.write(Change(Contact, contact_key(lead), set=let_through))


@pytest.mark.parametrize("meanwhile", [sends, dies_behind_the_gate])
@pytest.mark.parametrize(
    "event",
    [pause_enrollment, cancel_enrollment, pause_sequence, archive, delete_enrollment, delete_step, delete_sequence],
)
def test_what_a_worker_lets_through_at_whatever_moment_of_it_is_left_to_the_worker(
    world: World, event: Event, meanwhile: Event
) -> None:
    for boundary in count():
        lead = world.lead()
        sequence = world.sequence(0, 1)
        world.sequences = [sequence]
        world.enroll(sequence, lead)

        def act(lead: str = lead) -> None:
            if world.due(lead):
                meanwhile(world, lead)

        with world.at_boundary(boundary, act) as passed:
            event(world, lead)

        what = f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        found = {one.id: one.status for one in world.of(SequenceStepExecution, lead)}
        under_way = world.flights(lead)
        assert {work: found.get(work) for work in under_way} == dict.fromkeys(under_way, "SCHEDULED"), what
        sent = [one.work for one in world.ledger.entries if one.work in found]
        assert {found[work] for work in sent} <= {"SENT"}, what
        if len(passed) <= boundary:
            break


def settle(world: World, lead: str) -> None:
    """Let enough time pass for everything that is under way, and for the next step to be due."""
    for _ in range(4):
        world.clock.advance(max(LONG, HOUR))
        world.run_jobs()
        world.work(lead)


def assert_at_rest(world: World, lead: str, before: int, what: str) -> None:
    """Of what is paused nothing more is sent than what was under way; the rest is held, without a due time."""
    sent = world.ledger.entries[before:]
    assert sent == [], what
    waiting = [one for one in world.of(SequenceStepExecution, lead) if one.is_open]
    assert [(one.status, one.due_at) for one in waiting] == [("PENDING", None)] * len(waiting), what


def test_an_enrollment_that_ends_while_a_step_is_sent_waits_for_the_outcome_alone(world: World) -> None:
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0, 1), lead)
    seen: list[SequenceEnrollment] = []

    def cancel(_: str) -> None:
        if not seen:
            seen.append(world.app.interventions.cancel(enrollment.id, if_match=None))

    world.ledger.watch = cancel
    world.work(lead)

    assert (seen[0].status, seen[0].waiting_for, seen[0].current_step) == ("CANCELLED", enrollment.waiting_for, 0)
    after = enrollment_of(world, lead)
    assert (after.status, after.waiting_for, after.current_step) == ("CANCELLED", None, 1)
    assert [one.status for one in world.of(SequenceStepExecution, lead)] == ["SENT"]


def test_a_worker_that_knows_the_sequence_as_it_was_sends_nothing_after_some_seconds(
    world: World, clock: ManualClock
) -> None:
    lead = world.lead()
    enrollment = world.enroll(world.sequence(1), lead)
    worker = world.worker()
    clock.advance(HOUR)
    worker = world.worker()
    due = world.due(lead)
    clock.advance(5)

    world.app.lifecycle.pause(enrollment.sequence_id, if_match=None)
    world.process(worker, due)

    assert world.ledger.entries == []
    (execution,) = world.of(SequenceStepExecution, lead)
    assert (execution.status, execution.held_since) == ("PENDING", clock.now())
