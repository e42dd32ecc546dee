"""What people do to one enrollment: pause it, resume it, cancel it.

Each is one transaction: the enrollment, what it waits for, and the version of its lead's contact item.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from retention.core import Core
from retention.engine.hints import hint
from retention.engine.reasons import Reason
from retention.errors import ConflictError, ContentionError, NotFoundError, StaleError
from retention.ids import split
from retention.sequences import moves
from retention.sequences.model import ResumePolicy, SequenceEnrollment
from retention.sequences.passages import Move, Passage, enrollment_key, read_passages, require_version
from retention.sequences.progress import noted
from retention.sequences.service import SequenceService
from retention.table.writes import RefusedError, Replace

#: How often an enrollment is looked at again when it changed between reading and writing.
TRIES: Final = 10


@dataclass(frozen=True)
class InterventionService:
    """The verbs of enrollments. A repeated verb changes nothing."""

    core: Core
    sequences: SequenceService

    def pause(self, enrollment_id: str, *, if_match: str | None) -> SequenceEnrollment:
        """Hold an enrollment where it is. What is being sent at this moment is finished; what follows is held.

        Raises:
            NotFoundError, StaleError
            ConflictError: it has ended.
        """

        def pausing(passage: Passage) -> Move | None:
            if passage.enrollment.status == "PAUSED":
                return None
            _require_running(passage, "paused")
            now = self.core.now()
            move = self._moved(passage, Reason.ENROLLMENT_PAUSED, status="PAUSED", paused_at=now)
            execution = passage.movable
            if execution is not None and execution.status == "SCHEDULED":
                waiting = moves.held(self.core, execution, now, Reason.ENROLLMENT_PAUSED)
                move.writes.append(Replace(waiting, before=execution))
            return move

        return self._change(enrollment_id, pausing, if_match)

    def resume(self, enrollment_id: str, policy: ResumePolicy, *, if_match: str | None) -> SequenceEnrollment:
        """Go on, with due times shifted by the length of the pause, or caught up with.

        While the sequence itself is not active, what the enrollment waits for stays held until it is.

        Raises:
            NotFoundError, StaleError
            ConflictError: it has ended, or the sequence is archived.
        """

        def resuming(passage: Passage) -> Move | None:
            if passage.enrollment.status == "ACTIVE":
                return None
            _require_running(passage, "resumed")
            planned = self.sequences.find(passage.enrollment.sequence_id)
            if planned.sequence.status == "ARCHIVED":
                raise ConflictError("The sequence of this enrollment is archived.")
            move = self._moved(passage, Reason.RESUMED, status="ACTIVE", paused_at=None)
            if planned.sequence.status != "ACTIVE":
                return move
            # As if the enrollment were active already: what comes of it is written together.
            active = replace(passage, enrollment=move.enrollment)
            further = moves.release(self.core, planned, active, policy, self.core.now())
            return move if further is None else _joined(passage, further)

        return self._change(enrollment_id, resuming, if_match)

    def cancel(self, enrollment_id: str, *, if_match: str | None) -> SequenceEnrollment:
        """End an enrollment with what it waits for. What is being sent at this moment is finished; nothing follows.

        Raises:
            NotFoundError, StaleError
            ConflictError: it has ended otherwise.
        """

        def cancelling(passage: Passage) -> Move | None:
            if passage.enrollment.status == "CANCELLED":
                return None
            _require_running(passage, "cancelled")
            return moves.end(self.core, passage, "CANCELLED", Reason.CANCELLED, self.core.now())

        return self._change(enrollment_id, cancelling, if_match)

    def _moved(self, passage: Passage, reason: Reason, **fields: object) -> Move:
        """A change of the enrollment alone."""
        enrollment = passage.enrollment
        history = noted(enrollment, self.core.now(), reason)
        after = self.core.changed(enrollment, **fields, history=history)
        return Move(after, [Replace(after, before=enrollment), require_version(passage.lead)])

    def _change(
        self, enrollment_id: str, decide: Callable[[Passage], Move | None], if_match: str | None
    ) -> SequenceEnrollment:
        for _ in range(TRIES):
            passage = self._find(enrollment_id)
            if if_match is not None and passage.enrollment.revision != if_match:
                raise StaleError
            move = decide(passage)
            if move is None:
                return passage.enrollment
            try:
                self.core.idempotency.commit(*move.writes, outcome=move.enrollment)
            except RefusedError:
                continue
            hint(self.core, move.due)
            return move.enrollment
        raise ContentionError

    def _find(self, enrollment_id: str) -> Passage:
        parts = split(enrollment_id, 2)
        passage = None if parts is None else read_passages(self.core, [enrollment_key(*parts)])[0]
        if passage is None or passage.enrollment.deleting or passage.contact is None:
            raise NotFoundError(f"There is no enrollment {enrollment_id}.")
        return passage


def _require_running(passage: Passage, done: str) -> None:
    status = passage.enrollment.status
    if status not in ("ACTIVE", "PAUSED"):
        raise ConflictError(f"This enrollment is {status}, so it cannot be {done}.")


def _joined(passage: Passage, further: Move) -> Move:
    """A change of the enrollment, together with what follows from its new state, as one change of what was read."""
    others = [
        one for one in further.writes if not (isinstance(one, Replace) and isinstance(one.entity, SequenceEnrollment))
    ]
    whole = Replace(further.enrollment, before=passage.enrollment)
    return Move(further.enrollment, [whole, *others], further.due)
