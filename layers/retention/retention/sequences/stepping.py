"""From one step to the next: which comes, when it is due, and the execution that stands for it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from retention.core import Core
from retention.ids import join
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution

#: A step that ran at most so late counts as having run on time: lateness does not add up over a sequence.
ON_TIME: Final = timedelta(seconds=60)


def first_step(steps: Sequence[SequenceStep]) -> SequenceStep | None:
    """The step that a lead takes first; None when no step is active. `steps` are in order."""
    return next((step for step in steps if step.is_active), None)


def step_after(
    steps: Sequence[SequenceStep], place: tuple[int, str], done: Collection[str] = ()
) -> SequenceStep | None:
    """The first active step behind a place in the order; None when there is none.

    Args:
        steps: in order.
        place: stepOrder and id of the step before.
        done: ids of steps that have an execution in this generation already.
    """
    return next(
        (step for step in steps if step.is_active and (step.step_order, step.id) > place and step.id not in done), None
    )


def counted_from(due_at: datetime | None, ran_at: datetime) -> datetime:
    """From when the delay of the next step is counted: when this one was due, if it ran on time; else when it ran."""
    return due_at if due_at is not None and ran_at - due_at <= ON_TIME else ran_at


def new_execution(
    core: Core, enrollment: SequenceEnrollment, step: SequenceStep, due: datetime, *, held_since: datetime | None = None
) -> SequenceStepExecution:
    """The execution of a step for an enrollment.

    Args:
        due: when it is due.
        held_since: set when it is to wait in place until it is resumed: it then has no due time.
    """
    held = held_since is not None
    return SequenceStepExecution(
        id=join(enrollment.lead_id, enrollment.sequence_id, enrollment.generation, step.id),
        enrollment_id=enrollment.id,
        step_id=step.id,
        status="PENDING" if held else "SCHEDULED",
        scheduled_at=None if held else due,
        due_at=None if held else due,
        held_due_at=due if held else None,
        held_since=held_since,
        lead_id=enrollment.lead_id,
        channel=step.channel,
        sequence_id=enrollment.sequence_id,
        generation=enrollment.generation,
        step_order=step.step_order,
        revision=core.ids.revision(),
    )
