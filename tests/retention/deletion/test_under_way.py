"""Deleting what is being sent at this moment: the send is finished and recorded, then everything goes."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.deletion.service import Deleted
from retention.jobs.model import Job
from retention.sequences.model import (
    RetentionSequence,
    SequenceEnrollment,
    SequenceStep,
    SequenceStepExecution,
)
from tests.integrity import everything, problems
from tests.retention.deletion.test_rules import work_off
from tests.retention.engine.ledger import Mood
from tests.retention.engine.world import LONG, Died, World


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def delete_sequence(app: Application, enrollment: SequenceEnrollment) -> Deleted:
    return app.deletion.sequence(enrollment.sequence_id)


def delete_first_step(app: Application, enrollment: SequenceEnrollment) -> Deleted:
    return app.deletion.step(enrollment.sequence_id, app.sequences.get(enrollment.sequence_id).steps[0].id)


def delete_enrollment(app: Application, enrollment: SequenceEnrollment) -> Deleted:
    return app.deletion.enrollment(enrollment.id)


Delete = Callable[[Application, SequenceEnrollment], Deleted]
DELETES: list[tuple[Delete, set[type]]] = [
    (delete_sequence, {RetentionSequence, SequenceStep, SequenceEnrollment, SequenceStepExecution}),
    (delete_enrollment, {SequenceEnrollment, SequenceStepExecution}),
    (delete_first_step, set()),
]


def executions(world: World, lead: str) -> list[SequenceStepExecution]:
    return world.of(SequenceStepExecution, lead)


@pytest.mark.parametrize(("delete", "gone"), DELETES)
def test_what_is_being_sent_is_finished_and_its_tombstone_waits_for_it(
    world: World, clock: ManualClock, delete: Delete, gone: set[type]
) -> None:
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0, 1), lead)
    deleted: list[Deleted] = []

    world.ledger.watch = lambda name: deleted.append(delete(world.app, enrollment)) if not deleted else None
    world.work(lead)
    world.ledger.watch = lambda _: None

    # Accepted while the delete was: the execution was there for its settle.
    (entry,) = world.ledger.entries
    (attempt,) = world.of(ContactAttempt, lead)
    assert (attempt.id, attempt.provider_ref) == (entry.work, entry.ref)
    (sent,) = [one for one in executions(world, lead) if one.status == "SENT"]
    assert sent.id == entry.work
    (job,) = deleted
    assert job.job is not None
    assert job.job.status == "waiting"

    work_off(world.app, clock)
    clock.advance(3600)
    world.work(lead)
    assert [one.id for one in executions(world, lead) if one.id == entry.work] == []
    assert not any(type(one) in gone for one in everything(world.app))
    assert len(world.ledger.entries) == (2 if delete is delete_first_step else 1)
    assert {one.status for one in everything(world.app) if isinstance(one, Job)} == {"succeeded"}
    assert problems(world.app) == []


@pytest.mark.parametrize("mood", ["accept_silently", "lose", "busy"])
@pytest.mark.parametrize(("delete", "gone"), DELETES)
def test_a_send_of_which_nobody_knows_yet_keeps_its_execution(
    world: World, clock: ManualClock, delete: Delete, gone: set[type], mood: Mood
) -> None:
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0), lead)
    world.ledger.moods = [mood]
    world.work(lead)
    (before,) = executions(world, lead)

    delete(world.app, enrollment)
    clock.advance(40)
    world.run_jobs()

    # A send that is known not to have been taken holds nothing up.
    assert [one.id for one in executions(world, lead)] == ([] if mood == "busy" else [before.id])
    for _ in range(4):
        clock.advance(LONG)
        world.work(lead)
        world.run_jobs()
    assert executions(world, lead) == []
    assert len(world.ledger.entries) == (1 if mood == "accept_silently" else 0)
    assert not any(type(one) in gone for one in everything(world.app))
    work_off(world.app, clock)
    assert problems(world.app) == []


@pytest.mark.parametrize(("delete", "gone"), DELETES)
def test_a_send_of_which_the_provider_tells_nothing_is_waited_for_until_it_is_given_up(
    world: World, clock: ManualClock, delete: Delete, gone: set[type]
) -> None:
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0), lead)
    world.ledger.moods, world.ledger.blind = ["accept_silently"], True
    world.work(lead)
    clock.advance(LONG)
    world.work(lead)
    assert world.flights(lead) == set()  # Its channel is free again.

    delete(world.app, enrollment)
    for _ in range(10):
        clock.advance(900)
        world.run_jobs()
        world.work(lead)
    assert [(one.status, one.phase) for one in executions(world, lead)] == [("SCHEDULED", "released")]
    world.ledger.blind = False
    for _ in range(10):
        clock.advance(900)
        world.work(lead)
        world.run_jobs()

    assert executions(world, lead) == []
    assert len(world.ledger.entries) == len(world.of(ContactAttempt, lead)) == 1
    assert problems(world.app) == []


def test_an_enrollment_that_was_deleted_a_moment_ago_is_not_sent_to(world: World) -> None:
    """The delete is accepted, and whoever accepted it dies before anything is removed."""

    def accept(enrollment: SequenceEnrollment) -> None:
        with suppress(Died), world.watching(die_when_accepted):
            delete_enrollment(world.app, enrollment)

    def die_when_accepted(boundary: str) -> None:
        if boundary == "after TransactWriteItems":
            raise Died

    for boundary in range(30):
        lead = world.lead()
        enrollment = world.enroll(world.sequence(0), lead)
        worker, due = world.worker(), world.due(lead)
        with world.at_boundary(boundary, partial(accept, enrollment)) as passed:
            world.process(worker, due)
        sent = any(entry.work.startswith(lead) for entry in world.ledger.entries)
        assert sent == ("after BatchExecuteStatement" in passed[: boundary + 1])
        if sent:
            return
    raise AssertionError("nothing was ever sent")


@pytest.mark.parametrize(("delete", "gone"), DELETES)
def test_at_whatever_moment_of_a_send_it_comes_one_message_at_most_and_nothing_is_left(
    world: World, clock: ManualClock, delete: Delete, gone: set[type]
) -> None:
    for boundary in range(30):
        lead = world.lead()
        enrollment = world.enroll(world.sequence(0, 1), lead)
        worker, due = world.worker(), world.due(lead)
        with world.at_boundary(boundary, partial(delete, world.app, enrollment)) as passed:
            world.process(worker, due)
        if len(passed) <= boundary:
            delete(world.app, enrollment)
        world.heal(lead)
        work_off(world.app, clock)

        what = f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        sent = [entry.work for entry in world.ledger.entries if entry.work.startswith(lead)]
        assert len(sent) == len(set(sent)), what
        assert {one.id for one in world.of(ContactAttempt, lead)} == set(sent), what
        # A step that follows one that was deleted is taken; nothing follows in what was deleted as a whole.
        assert len(executions(world, lead)) == (0 if gone else 1), what
        assert [one.status for one in world.of(SequenceEnrollment, lead)] == ([] if gone else ["COMPLETED"]), what
        if len(passed) <= boundary:
            assert problems(world.app) == []
            return
    raise AssertionError("more boundaries than were gone through")
