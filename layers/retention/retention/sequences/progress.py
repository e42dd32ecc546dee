"""What the end of a step changes about its enrollment: progress, the next execution, or the end of it all.

Source: the send protocol, rule 8: what is written follows from the enrollment as it was read, and requires that state.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from retention.core import Core
from retention.engine.obligation import Obligation
from retention.jsontext import format_instant
from retention.sequences import timing
from retention.sequences.model import EnrollmentStatus, SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sequences.service import Planned
from retention.sequences.stepping import counted_from, new_execution, step_after
from retention.table.writes import Create, Replace, Write

#: Things that people and rules did to an enrollment which are remembered with it.
MAX_HISTORY: Final = 10


@dataclass(frozen=True)
class Ending:
    """How an execution ended."""

    #: When.
    at: datetime
    #: What the counters call it.
    as_: Literal["sent", "failed", "skipped"]
    #: When it was due last.
    due_at: datetime | None
    #: Set where it ends the enrollment too, with the reason.
    enrollment: EnrollmentStatus | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Onward:
    """What follows the end of an obligation: writes for its transaction, and the obligations that they create."""

    writes: list[Write] = field(default_factory=list)
    created: Sequence[Obligation] = ()


def noted(enrollment: SequenceEnrollment, at: datetime, code: str) -> list[dict[str, str]]:
    """The history of an enrollment with one entry more."""
    return [*(enrollment.history or []), {"at": format_instant(at), "code": code}][-MAX_HISTORY:]


def onward(
    core: Core,
    planned: Planned | None,
    enrollment: SequenceEnrollment | None,
    execution: SequenceStepExecution,
    ending: Ending,
    done: Collection[str] = (),
) -> Onward:
    """What follows.

    Args:
        planned: the sequence with its steps; None when it is gone.
        enrollment: as it was read; None when it is gone.
        done: steps that have an execution in this generation already, where that is known.
    """
    if enrollment is None or enrollment.deleting or enrollment.generation != execution.generation:
        return Onward()
    changes: dict[str, object] = {"current_step": enrollment.current_step + 1}
    if ending.as_ != "skipped":
        changes["last_step_at"] = max(ending.at, enrollment.last_step_at or ending.at)
    created: list[SequenceStepExecution] = []
    if enrollment.status in ("ACTIVE", "PAUSED"):
        following = None if ending.enrollment or planned is None else _following(planned, execution, done)
        if following is not None:
            due = timing.due_at(following, counted_from(ending.due_at, ending.at))
            # Not before the pause began: what was sent before it may be recorded long after.
            held_since = max(ending.at, enrollment.paused_at or ending.at) if enrollment.status == "PAUSED" else None
            created.append(new_execution(core, enrollment, following, due, held_since=held_since))
            changes["waiting_for"] = following.id
        else:
            changes |= {"status": ending.enrollment or "COMPLETED", "completed_at": ending.at, "waiting_for": None}
            changes |= {"paused_at": None}
            if ending.enrollment is not None and ending.reason is not None:
                changes["history"] = noted(enrollment, ending.at, ending.reason)
    elif enrollment.waiting_for == execution.step_id:
        changes["waiting_for"] = None
    after = core.changed(enrollment, **changes)
    return Onward([Replace(after, before=enrollment), *map(Create, created)], created)


def _following(planned: Planned, execution: SequenceStepExecution, done: Collection[str]) -> SequenceStep | None:
    """The step to come. A step that was deleted keeps its place for those who had it: it comes with the execution."""
    place = next((step.step_order for step in planned.steps if step.id == execution.step_id), execution.step_order)
    return step_after(planned.steps, (place, execution.step_id), done)
