"""Where a step stands for an enrollment, by what was written about it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from retention.engine.decision import Park
from retention.engine.errand import Errand
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.explaining.model import State
from retention.holding.hold import NO_HOLD, Hold
from retention.jsontext import format_instant
from retention.sequences.model import (
    EnrollmentStatus,
    RetentionSequence,
    SequenceEnrollment,
    SequenceStep,
    SequenceStepExecution,
)

#: What an execution is said to be once it is over.
_OVER: Final[Mapping[str, State]] = {
    "SENT": "sent",
    "DELIVERED": "delivered",
    "FAILED": "failed",
    "SKIPPED": "skipped",
}
#: The reason of an end that needs no other.
_PLAIN: Final[Mapping[str, Reason]] = {"SENT": Reason.SENT, "DELIVERED": Reason.DELIVERED}
#: Members of a history entry and of a result that are told on their own.
_TOLD: Final = frozenset({"at", "code", "times", "reason"})


@dataclass(frozen=True)
class Standing:
    """Where a step stands: its one state, why, and what that went by."""

    state: State
    reason: str | None
    inputs: dict[str, Any] = field(default_factory=dict)


def of_execution(execution: Obligation, errand: Errand | None, now: datetime, hold: Hold = NO_HOLD) -> Standing:
    """Where an execution stands, or a contact of a campaign. `errand` comes with those that are not over."""
    last = (execution.history or [{}])[-1]
    if execution.status in _OVER:
        reason = _PLAIN.get(execution.status) or execution.result.get("reason") or last.get("code")
        inputs = last if last.get("code") == reason else {}
        return Standing(_OVER[execution.status], reason, _inputs({**inputs, **execution.result}))
    if execution.phase is not None or (errand is not None and errand.own_flight is not None):
        reason = Reason.IN_FLIGHT if execution.phase is None else Reason.OUTCOME_AWAITED
        return Standing("sending", reason, _inputs(last) if last.get("code") == reason else {})
    if execution.due_at is None:
        # What holds it now, else what held it: it may be waiting to be let go.
        parked = errand.standing.reason if errand is not None and isinstance(errand.standing, Park) else None
        return Standing("held", parked or last.get("code") or Reason.NOT_DUE)
    if execution.due_at <= now:
        if hold.since is not None:
            return Standing("scheduled", Reason.SENDING_HELD, {"since": format_instant(hold.since)})
        return Standing("scheduled", Reason.DUE)
    return Standing("scheduled", last.get("code") or Reason.NOT_DUE, _inputs(last))


def _inputs(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _TOLD}


def of_step(step: SequenceStep, enrollment: SequenceEnrollment, reached: tuple[int, str] | None) -> Standing:
    """Where a step stands that has no execution.

    Args:
        reached: the place in the order that the enrollment has come to; None at the very beginning.
    """
    is_behind = reached is None or (step.step_order, step.id) > reached
    if is_behind and enrollment.status in ("ACTIVE", "PAUSED"):
        return Standing("upcoming", Reason.NOT_REACHED if step.is_active else Reason.STEP_INACTIVE)
    if is_behind and enrollment.status != "COMPLETED":
        return Standing("passed_over", Reason.ENROLLMENT_OVER)
    return Standing("passed_over", Reason.ALREADY_PAST if step.is_active else Reason.STEP_INACTIVE)


def reached_by(executions: Sequence[SequenceStepExecution], steps: Sequence[SequenceStep]) -> tuple[int, str] | None:
    """The place in the order that an enrollment has come to: of what is to come, else of what ended last."""
    if not executions:
        return None
    latest = max(executions, key=lambda one: (one.is_open, one.executed_at is not None, one.executed_at or 0))
    return place_of(latest, steps)


def place_of(execution: SequenceStepExecution, steps: Sequence[SequenceStep]) -> tuple[int, str]:
    """The place of an execution in the order; a step that was deleted keeps the one that it had."""
    order = next((step.step_order for step in steps if step.id == execution.step_id), execution.step_order)
    return order, execution.step_id


def of_enrollment(enrollment: SequenceEnrollment, sequence: RetentionSequence | None) -> tuple[str | None, datetime]:
    """Why an enrollment ended or does not go on (None: it goes on), and since when it stands so.

    Args:
        sequence: None when it is gone.
    """
    last = enrollment.history[-1] if enrollment.history else None
    since = enrollment.enrolled_at if last is None else datetime.fromisoformat(last["at"])
    if enrollment.status == "ACTIVE":
        return _hindrance(enrollment, sequence), since
    if enrollment.status == "PAUSED":
        return Reason.ENROLLMENT_PAUSED, enrollment.paused_at or since
    since = enrollment.completed_at or since
    if enrollment.status == "COMPLETED":
        return Reason.NO_STEP_LEFT, since
    return (_ENDED[enrollment.status] if last is None else last["code"]), since


def _hindrance(enrollment: SequenceEnrollment, sequence: RetentionSequence | None) -> Reason | None:
    """Why an enrollment that is not over does not go on."""
    if sequence is None or sequence.status == "ARCHIVED":
        return Reason.SEQUENCE_ARCHIVED
    if sequence.status != "ACTIVE":
        return Reason.SEQUENCE_PAUSED
    return Reason.NO_STEP_LEFT if enrollment.waiting_for is None else None


_ENDED: Final[Mapping[EnrollmentStatus, Reason]] = {
    "CANCELLED": Reason.CANCELLED,
    "CONVERTED": Reason.CONVERTED,
}
