"""The steps of a running sequence are edited: everybody keeps their progress, and nobody is stranded."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution, StepInput
from tests.integrity import problems
from tests.retention.deletion.test_rules import work_off
from tests.retention.engine.world import World, wrong
from tests.start import START

HOUR = 3600


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


class Course:
    """One lead in one sequence, whose steps are called by their places when they were planned."""

    def __init__(self, world: World, *delays: int) -> None:
        self.world = world
        self.sequence = world.sequence(*delays)
        self.steps = [step.id for step in world.app.sequences.get(self.sequence).steps]
        self.lead = world.lead()
        world.enroll(self.sequence, self.lead)

    @property
    def enrollment(self) -> SequenceEnrollment:
        (enrollment,) = self.world.of(SequenceEnrollment, self.lead)
        return enrollment

    @property
    def waiting(self) -> SequenceStepExecution:
        """What it waits for."""
        (execution,) = [one for one in self.world.of(SequenceStepExecution, self.lead) if one.is_open]
        return execution

    def waits_for(self) -> tuple[int, float | None]:
        """The step that it waits for, and in how many hours since the beginning that is due."""
        execution = self.waiting
        due = execution.due_at
        return self.steps.index(execution.step_id), None if due is None else (due - START).total_seconds() / HOUR

    def taken(self) -> list[int]:
        """The steps that were sent, in their order."""
        return [self.steps.index(entry.work.split(".")[3]) for entry in self.world.ledger.entries]

    def pass_hours(self, hours: float) -> None:
        """Let time pass, with a look at what is due each hour and whatever jobs there are."""
        for _ in range(int(hours)):
            self.world.clock.advance(HOUR)
            self.world.run_jobs()
            self.world.work(self.lead)

    def begin(self) -> None:
        """Take the first step."""
        self.world.work(self.lead)

    def change(self, step: int, **fields: Any) -> None:
        self.world.app.steps.update(self.sequence, self.steps[step], fields, if_match=None)

    def add(self, **fields: Any) -> int:
        given = StepInput(channel="SMS", script_id=self.world.script, **fields)
        self.steps.append(self.world.app.steps.create(self.sequence, given).id)
        return len(self.steps) - 1

    def delete(self, step: int) -> None:
        self.world.app.deletion.step(self.sequence, self.steps[step])

    def check(self) -> None:
        """Nothing is wrong with it."""
        work_off(self.world.app, self.world.clock)
        assert wrong(self.world, self.lead) == []
        assert problems(self.world.app) == []


def test_a_step_that_is_added_is_taken_in_its_place(world: World) -> None:
    course = Course(world, 0, 10)
    course.begin()

    last = course.add(delay_value=1)
    between = course.add(delay_value=2, step_order=0)
    course.pass_hours(10)

    # It already waited for the second step when the third one was put before that.
    assert course.taken() == [0, 1]
    assert course.waits_for() == (last, 11)
    course.pass_hours(1)
    assert (course.taken(), course.enrollment.status) == ([0, 1, last], "COMPLETED")
    assert between not in course.taken()
    course.check()


def test_steps_that_are_put_in_another_order_are_each_taken_once(world: World) -> None:
    course = Course(world, 0, 1, 1, 1)
    course.begin()
    course.pass_hours(1)
    assert course.taken() == [0, 1]

    # The third is waited for; what was sent moves behind it, and the last one stays behind everything.
    order = [course.steps[place] for place in (2, 1, 0, 3)]
    world.app.steps.put_in_order(course.sequence, order, if_match=None)
    course.pass_hours(5)

    assert (course.taken(), course.enrollment.status) == ([0, 1, 2, 3], "COMPLETED")
    course.check()


def test_a_step_that_is_switched_off_is_passed_over_at_its_time(world: World) -> None:
    course = Course(world, 0, 2, 3)
    course.begin()
    course.change(1, isActive=False)
    course.pass_hours(2)

    assert course.waits_for() == (2, 5)
    course.pass_hours(3)
    assert (course.taken(), course.enrollment.current_step, course.enrollment.status) == ([0, 2], 3, "COMPLETED")
    course.check()


def test_whoever_waits_for_a_step_that_is_deleted_goes_on_as_if_it_had_been_passed_over(world: World) -> None:
    course = Course(world, 0, 2, 3)
    course.begin()
    assert course.waits_for() == (1, 2)

    course.delete(1)

    assert course.waits_for() == (2, 5)
    assert (course.enrollment.current_step, course.enrollment.waiting_for) == (1, course.steps[2])
    course.pass_hours(5)
    assert (course.taken(), course.enrollment.status) == ([0, 2], "COMPLETED")
    course.check()


def test_a_step_that_is_deleted_after_it_was_taken_changes_nothing_about_what_is_to_come(world: World) -> None:
    course = Course(world, 0, 2, 3)
    course.begin()

    course.delete(0)

    assert course.waits_for() == (1, 2)
    assert course.enrollment.current_step == 0
    course.pass_hours(5)
    assert (course.taken(), course.enrollment.current_step, course.enrollment.status) == ([0, 1, 2], 2, "COMPLETED")
    course.check()


def test_the_last_step_that_is_deleted_completes_whoever_waits_for_it(world: World) -> None:
    course = Course(world, 0, 2)
    course.begin()

    course.delete(1)

    assert (course.enrollment.status, course.enrollment.current_step) == ("COMPLETED", 1)
    assert course.enrollment.completed_at == world.clock.now()
    course.check()


@pytest.mark.parametrize("who", ["sequence", "enrollment"])
def test_what_is_held_goes_on_held(world: World, who: str) -> None:
    course = Course(world, 0, 2, 3)
    course.begin()
    if who == "sequence":
        world.app.lifecycle.pause(course.sequence, if_match=None)
    else:
        world.app.interventions.pause(course.enrollment.id, if_match=None)
    world.clock.advance(HOUR)

    course.delete(1)

    assert course.waits_for() == (2, None)
    world.clock.advance(HOUR)
    if who == "sequence":
        world.app.lifecycle.resume(course.sequence, "shift", if_match=None)
    else:
        world.app.interventions.resume(course.enrollment.id, "shift", if_match=None)
    assert course.waits_for() == (2, 7)
    course.check()


@pytest.mark.parametrize("more", [True, False])
def test_while_a_sequence_is_paused_nobody_is_completed_for_want_of_a_step(world: World, more: bool) -> None:
    course = Course(world, 0, 2)
    course.begin()
    world.app.lifecycle.pause(course.sequence, if_match=None)
    course.delete(1)
    assert (course.enrollment.status, course.enrollment.waiting_for) == ("ACTIVE", None)
    if more:
        course.add(delay_value=4)
    world.clock.advance(HOUR)

    world.app.lifecycle.resume(course.sequence, "shift", if_match=None)

    if more:
        assert course.waits_for() == (2, 5)
        course.pass_hours(4)
    assert (course.taken(), course.enrollment.status) == ([0, 2] if more else [0], "COMPLETED")
    course.check()


def test_a_draft_may_lose_its_only_step_without_losing_anybody(world: World) -> None:
    course = Course(world, 1)
    world.app.lifecycle.pause(course.sequence, if_match=None)
    course.delete(0)
    world.app.lifecycle.resume(course.sequence, "shift", if_match=None)
    assert (course.enrollment.status, course.enrollment.waiting_for) == ("ACTIVE", None)

    world.app.lifecycle.pause(course.sequence, if_match=None)
    course.add(delay_value=3)
    world.app.lifecycle.resume(course.sequence, "shift", if_match=None)

    assert course.waits_for() == (1, 3)


def test_executions_of_earlier_rounds_go_with_their_step_and_leave_the_present_one_alone(world: World) -> None:
    course = Course(world, 0, 2)
    world.app.sequences.update(
        course.sequence, {"settings": {"reentry": {"policy": "after", "afterDays": 0}}}, if_match=None
    )
    course.begin()
    world.app.interventions.cancel(course.enrollment.id, if_match=None)
    world.enroll(course.sequence, course.lead)
    course.begin()
    assert course.taken() == [0, 0]

    course.delete(0)

    generations = [(one.generation, one.step_id) for one in world.of(SequenceStepExecution, course.lead)]
    assert sorted(generations) == [(1, course.steps[1]), (2, course.steps[1])]
    assert (course.enrollment.current_step, course.waits_for()) == (0, (1, 2))
    course.check()
