"""What can be done to a passage: hold it, release it, begin it, send it past a step, end it.

Each says what is to be written, in one transaction; none writes. What is under way keeps its execution: whoever settles
it goes by the enrollment as it is then.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from retention.attempts.model import FINAL, ContactAttempt
from retention.attempts.service import attempt_key
from retention.core import Core
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.leads.contact import lead_key
from retention.sequences import timing
from retention.sequences.model import ResumePolicy, SequenceEnrollment, SequenceStepExecution
from retention.sequences.passages import Move, Passage, UnderWayError, is_under_way, require_version
from retention.sequences.progress import Ending, noted, onward
from retention.sequences.service import Planned
from retention.sequences.stepping import first_step, new_execution, step_after
from retention.table import keys
from retention.table.writes import Create, Replace, Write, gone

O = TypeVar("O", bound=Obligation)  # noqa: E741

# --- pausing and resuming --------------------------------------------------------------------------------------


def held(core: Core, execution: O, since: datetime, reason: Reason) -> O:
    """A scheduled obligation, held in place: without a due time, until it is released."""
    return core.changed(
        execution,
        status="PENDING",
        scheduled_at=None,
        due_at=None,
        held_due_at=execution.scheduled_at or execution.due_at,
        held_since=since,
        history=execution.noted(core.now(), reason),
    )


def released(core: Core, execution: O, policy: ResumePolicy, at: datetime) -> O:
    """A held obligation with a due time again.

    Args:
        at: when it was resumed.
    """
    since = execution.held_since or at
    due = (execution.held_due_at or at) + (max(at - since, timedelta()) if policy == "shift" else timedelta())
    return core.changed(
        execution,
        status="SCHEDULED",
        scheduled_at=due,
        due_at=due,
        held_due_at=None,
        held_since=None,
        history=execution.noted(core.now(), Reason.RESUMED),
    )


def hold(core: Core, passage: Passage, since: datetime) -> Move | None:
    """Hold the execution of an active enrollment, since its sequence is paused; None when there is nothing to hold."""
    execution = passage.movable
    if passage.enrollment.status != "ACTIVE" or execution is None or execution.status != "SCHEDULED":
        return None
    waiting = held(core, execution, since, Reason.SEQUENCE_PAUSED)
    writes: list[Write] = [Replace(waiting, before=execution), require_version(passage.lead)]
    return Move(passage.enrollment, writes)


def release(core: Core, planned: Planned, passage: Passage, policy: ResumePolicy, at: datetime) -> Move | None:
    """Give what an active enrollment waits for a due time, since its sequence is active; None when it has one."""
    if passage.enrollment.status != "ACTIVE":
        return None
    if passage.enrollment.waiting_for is None:
        return _begin(core, planned, passage, policy, at)
    execution = passage.movable
    if execution is None or execution.status != "PENDING":
        return None
    due = released(core, execution, policy, at)
    return Move(passage.enrollment, [Replace(due, before=execution), require_version(passage.lead)], [due])


def _begin(core: Core, planned: Planned, passage: Passage, policy: ResumePolicy, at: datetime) -> Move | None:
    """Give an enrollment that waits for nothing its next execution, or end it.

    It waits for nothing when there was no active step to take, in a sequence that was not active. One that has taken
    a step before and finds no further one is completed; one that has taken none goes on waiting.
    """
    enrollment = passage.enrollment
    taken = executions_of(core, enrollment)
    done = {one.step_id for one in taken}
    places = {step.id: step.step_order for step in planned.steps}
    last = max(((places.get(one.step_id, one.step_order), one.step_id) for one in taken), default=None)
    following = first_step(planned.steps) if last is None else step_after(planned.steps, last, done)
    if following is None:
        return None if enrollment.current_step == 0 else _over(core, passage, "COMPLETED", at)
    counted_from = at if policy == "shift" else enrollment.last_step_at or enrollment.enrolled_at
    due = new_execution(core, enrollment, following, timing.due_at(following, counted_from))
    after = core.changed(enrollment, waiting_for=following.id)
    writes: list[Write] = [Replace(after, before=enrollment), Create(due), require_version(passage.lead)]
    return Move(after, writes, [due])


def executions_of(core: Core, enrollment: SequenceEnrollment) -> list[SequenceStepExecution]:
    """The executions of an enrollment in its present generation."""
    starts_with = keys.prefix(
        "SequenceStepExecution", sequence_id=enrollment.sequence_id, generation=enrollment.generation
    )
    pk = lead_key(enrollment.lead_id).pk
    return list(core.store.query_entities(SequenceStepExecution, pk, starts_with=starts_with))


# --- leaving a step --------------------------------------------------------------------------------------------


def leave_step(core: Core, planned: Planned | None, passage: Passage, execution: SequenceStepExecution) -> Move:
    """Take the execution of a step that was deleted out of a passage; who waits for it goes on to the next step.

    Args:
        planned: the sequence as it is without the step; None when it is being deleted as well.
        execution: that of the step, in the present generation.

    Raises:
        UnderWayError: it is being sent, or may have been.
    """
    if is_under_way(passage.lead, execution):
        raise UnderWayError
    removed: list[Write] = [gone(execution)]
    removed += abandoned(core, execution, Reason.STEP_GONE, core.now())
    enrollment = passage.enrollment
    if planned is None:
        return Move(enrollment, [*removed, require_version(passage.lead)])
    if passage.execution is not None and passage.execution.id == execution.id:
        return _go_on(core, planned, passage, execution, removed)
    # The count of finished steps is that of steps there are.
    done = enrollment.current_step if execution.is_open else max(enrollment.current_step - 1, 0)
    after = core.changed(enrollment, current_step=done)
    return Move(after, [*removed, Replace(after, before=enrollment), require_version(passage.lead)])


def _go_on(
    core: Core, planned: Planned, passage: Passage, execution: SequenceStepExecution, removed: list[Write]
) -> Move:
    """Go on to the next step, which is due as if the step before had been passed over at its time: nobody is contacted
    sooner because a step was deleted."""
    enrollment, now = passage.enrollment, core.now()
    following = None
    if enrollment.status in ("ACTIVE", "PAUSED"):
        done = {one.step_id for one in executions_of(core, enrollment)}
        following = step_after(planned.steps, (execution.step_order, execution.step_id), done)
        if following is None and planned.sequence.status == "ACTIVE":
            over = _over(core, passage, "COMPLETED", now)
            return Move(over.enrollment, [*removed, *over.writes])
    after = core.changed(enrollment, waiting_for=None if following is None else following.id)
    writes = [*removed, Replace(after, before=enrollment), require_version(passage.lead)]
    if following is None:
        return Move(after, writes)
    counted_from = execution.scheduled_at or execution.held_due_at or now
    since = execution.held_since or _held_since(planned, enrollment)
    due = new_execution(core, enrollment, following, timing.due_at(following, counted_from), held_since=since)
    return Move(after, [*writes, Create(due)], [due])


def _held_since(planned: Planned, enrollment: SequenceEnrollment) -> datetime | None:
    """Since when what an enrollment waits for is to be held; None when it is not."""
    if enrollment.status == "PAUSED":
        return enrollment.paused_at or enrollment.enrolled_at
    sequence = planned.sequence
    return None if sequence.status == "ACTIVE" else sequence.paused_at or enrollment.enrolled_at


# --- ending ----------------------------------------------------------------------------------------------------


def end(
    core: Core, passage: Passage, status: Literal["CANCELLED", "CONVERTED"], reason: Reason, at: datetime
) -> Move | None:
    """End an enrollment, with what it waits for; None when it has ended already.

    An execution that is under way is left to whoever settles it; it will have no successor.
    """
    enrollment, execution = passage.enrollment, passage.movable
    if enrollment.status not in ("ACTIVE", "PAUSED"):
        return None
    if execution is None:
        return _over(core, passage, status, at, reason)
    ending = Ending(at, "skipped", execution.scheduled_at or execution.held_due_at, status, reason)
    following = onward(core, None, enrollment, execution, ending)
    skipped = core.changed(
        execution,
        status="SKIPPED",
        executed_at=at,
        result={**execution.result, "reason": reason},
        due_at=None,
        held_due_at=None,
        held_since=None,
        history=execution.noted(at, reason),
    )
    writes = [Replace(skipped, before=execution), *following.writes, *abandoned(core, execution, reason, at)]
    replaced = [one.entity for one in following.writes if isinstance(one, Replace)]
    after = next(one for one in replaced if isinstance(one, SequenceEnrollment))
    return Move(after, [*writes, require_version(passage.lead)])


def _over(
    core: Core,
    passage: Passage,
    status: Literal["COMPLETED", "CANCELLED", "CONVERTED"],
    at: datetime,
    reason: Reason | None = None,
) -> Move:
    """An enrollment that has ended. What is under way stays what it waits for."""
    enrollment = passage.enrollment
    changes: dict[str, Any] = {"status": status, "completed_at": at, "paused_at": None}
    if not passage.is_under_way:
        changes["waiting_for"] = None
    if reason is not None:
        changes["history"] = noted(enrollment, at, reason)
    after = core.changed(enrollment, **changes)
    return Move(after, [Replace(after, before=enrollment), require_version(passage.lead)])


def abandoned(core: Core, execution: Obligation, reason: Reason, at: datetime) -> list[Write]:
    """What becomes of an attempt that came to nothing and is not repeated."""
    if execution.contact_attempt_id is None or not execution.is_open:
        return []
    attempt = core.store.find(ContactAttempt, attempt_key(execution.contact_attempt_id))
    if attempt is None or attempt.status in FINAL:
        return []
    failed = core.changed(attempt, status="FAILED", completed_at=attempt.completed_at or at, result=str(reason))
    return [Replace(failed, before=attempt)]
