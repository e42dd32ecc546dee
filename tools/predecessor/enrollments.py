"""Enrollments, and the executions of their steps. Nothing is due because of an import that was not due in the file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from retention.engine.obligation import OPEN
from retention.entity import Entity
from retention.ids import join
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from tools.predecessor import cells, words
from tools.predecessor.desk import Desk
from tools.predecessor.row import RefusedRowError, Row

_META: Final = 16_384
#: Statuses of an enrollment that goes on, or may.
_GOES_ON: Final = frozenset({"ACTIVE", "PAUSED"})

#: Sequence, place and channel of steps, by their ids here.
Steps = dict[str, tuple[str, int, Any]]


@dataclass
class _Course:
    """What the executions of one enrollment come to."""

    finished: int = 0
    #: Place and id of the first step that is still open.
    waiting_for: tuple[int, str] | None = None
    seen: set[str] = field(default_factory=set)


class Courses:
    """How far each enrollment of the file is, by its executions, and which attempts these were made with."""

    def __init__(self, desk: Desk, steps: Steps) -> None:
        self._desk = desk
        self._steps = steps
        self._courses: dict[str, _Course] = defaultdict(_Course)
        #: Enrollment and step by attempt: the former by its id in the file, the latter by its id here.
        self._made_by: dict[str, tuple[str, str]] = {}
        columns = ["enrollmentId", "stepId", "contactAttemptId", "status"]
        for held in desk.source.rows("SequenceStepExecution", columns):
            step = desk.identities.of("SequenceStep", cells.text(held.get("stepId")).value)
            enrollment = cells.text(held.get("enrollmentId")).value
            if step is None or enrollment is None:
                continue
            course = self._courses[enrollment]
            if step in course.seen:
                continue
            course.seen.add(step)
            said = cells.text(held.get("status")).value or ""
            if (words.EXECUTION_STATUS.meaning(said) or words.EXECUTION_STATUS.unknown) in OPEN:
                place = (steps[step][1], step)
                course.waiting_for = min(course.waiting_for or place, place)
            else:
                course.finished += 1
                if (attempt := cells.text(held.get("contactAttemptId")).value) is not None:
                    self._made_by.setdefault(attempt, (enrollment, step))

    def of(self, enrollment: str) -> _Course | None:
        """How far an enrollment is; None where nothing tells. By its id in the file."""
        return self._courses.get(enrollment)

    def execution_with(self, attempt: str, lead: str) -> str | None:
        """The id here of the execution that an attempt was made for, known once enrollments are: the attempts of steps
        have the same, by which figures find them (stats/contributing). None: it was made for none.

        Args:
            attempt: by its id in the file.
            lead: whom it was made with, by its id here.
        """
        former, step = self._made_by.get(attempt, ("", ""))
        enrollment = self._desk.identities.of("SequenceEnrollment", former)
        if enrollment is None or enrollment != join(lead, self._steps[step][0]):
            return None
        return join(enrollment, 1, step)


def enrollments(desk: Desk, courses: Courses) -> dict[str, str]:
    """Every enrollment. Gives their statuses by their ids here."""
    known: dict[str, str] = {}

    def one(row: Row) -> Iterator[Entity]:
        desk.identities.claim(row)
        lead = desk.identities.parent(row, "leadId", "Lead")
        sequence = desk.identities.parent(row, "sequenceId", "RetentionSequence")
        status = row.word("status", words.ENROLLMENT_STATUS)
        course = courses.of(row.id)
        enrolled = row.dated("enrolledAt", "lastStepAt", "completedAt")
        last = row.instant("lastStepAt")
        desk.keep_extras(row)
        current = _current(row, course)
        enrollment = SequenceEnrollment.model_construct(
            id=join(lead, sequence),
            sequence_id=sequence,
            lead_id=lead,
            status=status,
            current_step=current,
            enrolled_at=enrolled,
            completed_at=row.instant("completedAt"),
            last_step_at=last,
            meta=row.with_kept(row.json_object("meta", _META), _META) or {},
            waiting_for=course.waiting_for[1] if course and course.waiting_for and status in _GOES_ON else None,
            paused_at=(last or enrolled) if status == "PAUSED" else None,
        )
        yield enrollment
        known[enrollment.id] = status

    desk.each("SequenceEnrollment", one)
    return known


def _current(row: Row, course: _Course | None) -> int:
    """Steps that have reached a final state: as its executions say where there are any, else as it says."""
    said = row.whole("currentStep")
    if course is None:
        return said or 0
    if said != course.finished:
        row.normalised(
            "currentStep", "counted", "It is the number of finished executions.", row["currentStep"], course.finished
        )
    return course.finished


def executions(desk: Desk, steps: Steps, statuses: dict[str, str], courses: Courses) -> None:
    """Every execution. Of those that are open the first of each enrollment: the next is planned when that has ended."""

    def one(row: Row) -> Iterator[Entity]:
        desk.identities.claim(row)
        enrollment = desk.identities.parent(row, "enrollmentId", "SequenceEnrollment")
        step = desk.identities.parent(row, "stepId", "SequenceStep")
        lead, sequence = enrollment.split(".")
        if steps[step][0] != sequence:
            raise RefusedRowError(
                "orphan_stepId", "Its step belongs to another sequence than its enrollment.", row["stepId"]
            )
        status = _status(row, statuses[enrollment], courses, step)
        scheduled, executed = row.instant("scheduledAt"), row.instant("executedAt")
        if executed is None and status not in OPEN and scheduled is not None:
            executed = scheduled
            row.normalised("executedAt", "absent", "What has ended was executed when it was due.", None, executed)
        if status == "SCHEDULED" and scheduled is None:
            status = "PENDING"
            row.normalised("status", "no_time", "Scheduled without a time: it waits for its sequence to be resumed.",
                           "SCHEDULED", "PENDING")  # fmt: skip
        attempt = desk.identities.optional(row, "contactAttemptId", "ContactAttempt")
        if attempt is not None and not attempt.startswith(f"{lead}."):
            row.keep("contactAttemptId", "orphan", "It names an attempt with another lead.")
            attempt = None
        result = row.with_kept(row.json_object("result", _META), _META)
        yield SequenceStepExecution.model_construct(
            id=join(enrollment, 1, step),
            enrollment_id=enrollment,
            step_id=step,
            contact_attempt_id=attempt,
            status=status,
            scheduled_at=scheduled,
            executed_at=executed,
            result=result or {},
            lead_id=lead,
            channel=steps[step][2],
            sequence_id=sequence,
            generation=1,
            step_order=steps[step][1],
            **_due(status, scheduled),
        )
        desk.owed["steps"] += status == "SCHEDULED"

    desk.each("SequenceStepExecution", one)


def _due(status: str, scheduled: Any) -> dict[str, Any]:
    """When it may run, or would have run."""
    if status == "SCHEDULED":
        return {"due_at": scheduled}
    return {"held_due_at": scheduled} if status == "PENDING" else {}


def _status(row: Row, enrollment: str, courses: Courses, step: str) -> Any:
    status = row.word("status", words.EXECUTION_STATUS)
    if status not in OPEN:
        return status
    if enrollment not in _GOES_ON:
        row.normalised("status", "enrollment_ended", "Its enrollment has ended: nothing is to come.", status, "SKIPPED")
        row.kept["status"] = row["status"]
        return "SKIPPED"
    course = courses.of(row.reference("enrollmentId") or "")
    if course is None or course.waiting_for is None or course.waiting_for[1] != step:
        raise RefusedRowError(
            "planned_later", "An earlier step is still open: this one is planned when that has ended."
        )
    return status
