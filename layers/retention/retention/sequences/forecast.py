"""What would resuming a sequence do? Counted on the enrollments themselves, by what resuming them would write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from pydantic import Field

from retention.core import Core
from retention.fields import Contract, Count, Instant
from retention.sequences import moves
from retention.sequences.followthrough import enrollments_in
from retention.sequences.lifecycle import applies
from retention.sequences.model import ResumePolicy
from retention.sequences.passages import Passage
from retention.sequences.service import Planned, SequenceService

#: Enrollments that are looked at for one answer: a few dozen requests, a second.
MOST: Final = 1000


class PolicyForecast(Contract):
    """What one policy would come to."""

    due_at_once: Count = Field(description="Executions that would be due at once")
    earliest_due: Instant | None = Field(description="When the first one would be due; null if there is none")


class ResumeForecast(Contract):
    """What resuming would do. Nothing was changed."""

    enrollments: Count = Field(description="Active enrollments")
    held: Count = Field(description="Executions that would be given a due time")
    at_least: bool = Field(
        description="True: there are more enrollments than were looked at, and all counts are higher"
    )
    shift: PolicyForecast = Field(description="With due times shifted by the length of the pause")
    catch_up: PolicyForecast = Field(description="With due times kept")


@dataclass(frozen=True)
class Forecaster:
    """Says what a verb would do."""

    core: Core
    sequences: SequenceService

    def resuming(self, sequence_id: str) -> ResumeForecast:
        """What resuming a sequence would do now, on up to a thousand of its enrollments.

        Raises:
            NotFoundError: there is no such sequence.
            ConflictError: it could not be resumed.
        """
        planned = self.sequences.find(sequence_id)
        applies("resume", planned.sequence)
        passages, more = self._active(sequence_id)
        now = self.core.now()
        due = {policy: self._due(planned, passages, policy, now) for policy in get_args(ResumePolicy)}
        return ResumeForecast(
            enrollments=len(passages),
            held=len(due["shift"]),
            at_least=more,
            shift=_forecast(due["shift"], now),
            catch_up=_forecast(due["catch_up"], now),
        )

    def _active(self, sequence_id: str) -> tuple[list[Passage], bool]:
        """The first active enrollments, and whether there are more."""
        found: list[Passage] = []
        for passages, _ in enrollments_in(self.core, sequence_id, ["ACTIVE"]):
            found += [one for one in passages if one.contact is not None]
            if len(found) > MOST:
                return found[:MOST], True
        return found, False

    def _due(self, planned: Planned, passages: list[Passage], policy: ResumePolicy, now: datetime) -> list[datetime]:
        possible = self.core.store.parallel(lambda one: moves.release(self.core, planned, one, policy, now), passages)
        return sorted(
            execution.due_at
            for move in possible
            if move is not None
            for execution in move.due
            if execution.due_at is not None
        )


def _forecast(due: list[datetime], now: datetime) -> PolicyForecast:
    return PolicyForecast(due_at_once=sum(at <= now for at in due), earliest_due=due[0] if due else None)
