"""Finding executions. There are too many to list them all: a list starts from an enrollment, a step or a status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retention.core import Core
from retention.engine.obligation import ExecutionStatus
from retention.engine.reasons import Reason
from retention.errors import AnchorNeededError, NotFoundError
from retention.ids import split
from retention.jsontext import format_instant
from retention.sequences.enrollments import EnrollmentService
from retention.sequences.model import SequenceStepExecution
from retention.table import keys, listing
from retention.table.keys import Key, key
from retention.table.listing import Lane, Page, Span
from retention.table.store import raw_key

_KIND = SequenceStepExecution.__name__
_NO_SPAN = Span()


@dataclass(frozen=True)
class ExecutionFilter:
    """Which executions a list shows; None means any."""

    enrollment_id: str | None = None
    step_id: str | None = None
    status: ExecutionStatus | None = None
    reason: Reason | None = None
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None

    def accepts(self, execution: SequenceStepExecution) -> bool:
        """Whether an execution is among them."""
        at = execution.scheduled_at
        return (
            (self.enrollment_id is None or execution.enrollment_id == self.enrollment_id)
            and (self.step_id is None or execution.step_id == self.step_id)
            and (self.status is None or execution.status == self.status)
            and (self.reason is None or execution.result.get("reason") == self.reason)
            and (self.scheduled_from is None or (at is not None and at >= self.scheduled_from))
            and (self.scheduled_to is None or (at is not None and at < self.scheduled_to))
        )


def _execution_in_due(raw: dict[str, Any]) -> Key | None:
    """The execution that a row of the due index stands for; None for other obligations."""
    where = raw_key(raw)
    return where if where.sk.startswith(keys.prefix(_KIND)) else None


@dataclass(frozen=True)
class ExecutionService:
    """The use cases of executions."""

    core: Core
    enrollments: EnrollmentService

    def get(self, execution_id: str) -> SequenceStepExecution:
        """An execution.

        Raises:
            NotFoundError: none with this id.
        """
        parts = split(execution_id, 4)
        found = None
        if parts is not None:
            lead_id, sequence_id, generation, step_id = parts
            where = key(_KIND, lead_id=lead_id, sequence_id=sequence_id, generation=generation, step_id=step_id)
            found = self.core.store.find(SequenceStepExecution, where)
        if found is None or found.deleting:
            raise NotFoundError(f"There is no execution {execution_id}.")
        return found

    def page(self, wanted: ExecutionFilter, *, limit: int, position: str | None) -> Page[SequenceStepExecution]:
        """Executions from the narrowest place that the filter names.

        Of an enrollment: the latest first. SCHEDULED: the soonest first. Of a step: those that were executed, newest
        first. FAILED: newest first.

        Raises:
            AnchorNeededError: the filter names no such place.
        """
        if wanted.enrollment_id is not None:
            try:
                return self.enrollments.executions(wanted.enrollment_id, wanted.accepts, limit=limit, position=position)
            except NotFoundError:
                return Page([], None)
        lanes, span = self._anchor(wanted)
        scheduled = wanted.status == "SCHEDULED"
        return listing.page(
            self.core.store,
            SequenceStepExecution,
            lanes,
            limit=limit,
            position=position,
            keep=wanted.accepts,
            span=span,
            newest_first=not scheduled,
            locate=_execution_in_due if scheduled else raw_key,
        )

    @staticmethod
    def _anchor(wanted: ExecutionFilter) -> tuple[list[Lane], Span]:
        if wanted.status == "SCHEDULED":
            span = Span(
                after=None if wanted.scheduled_from is None else format_instant(wanted.scheduled_from),
                before=None if wanted.scheduled_to is None else format_instant(wanted.scheduled_to),
            )
            return listing.lanes(_KIND, "due", {}), span
        # What was never executed stands under no step: such a list would be empty, and wrong.
        if wanted.step_id is not None and wanted.status != "PENDING":
            return listing.lanes(_KIND, "owner", {"step_id": wanted.step_id}), _NO_SPAN
        if wanted.status == "FAILED":
            return listing.lanes(_KIND, "listing", {"status": "FAILED"}), _NO_SPAN
        raise AnchorNeededError.at(
            "/query",
            "anchor_needed",
            "Give enrollmentId, or stepId (what was executed), or status=FAILED, or status=SCHEDULED.",
        )
