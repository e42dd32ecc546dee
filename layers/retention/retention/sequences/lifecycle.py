"""What sets a sequence going and stops it.

    DRAFT --activate--> ACTIVE <--resume-- PAUSED
      |                   |  +----pause---->  |
      +-----archive-------+------archive------+--> ARCHIVED

The status changes at once; a worker sees it within seconds. A job, written in the same transaction, follows it through
to the enrollments (followthrough).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from retention.core import Core
from retention.engine.configuration import Configuration
from retention.errors import ConflictError
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.jobs.starting import begun, work_a_moment
from retention.jsontext import format_instant
from retention.scripts.choosing import Choosing
from retention.scripts.model import Script
from retention.sequences.listening import listening
from retention.sequences.model import ResumePolicy, RetentionSequence, SequenceStatus, SequenceStep, SequenceView
from retention.sequences.service import Planned, SequenceService, require_unchanged
from retention.table.keys import key
from retention.table.writes import Create, Write

Verb = Literal["activate", "pause", "resume", "archive"]


@dataclass(frozen=True)
class _Transition:
    """From which statuses a verb leads to which, and what helps where it does not apply."""

    before: frozenset[SequenceStatus]
    after: SequenceStatus
    instead: Mapping[SequenceStatus, str]


_TRANSITIONS: Final[Mapping[Verb, _Transition]] = {
    "activate": _Transition(frozenset({"DRAFT"}), "ACTIVE", {"PAUSED": "resume it"}),
    "pause": _Transition(frozenset({"ACTIVE"}), "PAUSED", {}),
    "resume": _Transition(frozenset({"PAUSED"}), "ACTIVE", {"DRAFT": "activate it"}),
    "archive": _Transition(frozenset({"DRAFT", "ACTIVE", "PAUSED"}), "ARCHIVED", {}),
}


@dataclass(frozen=True)
class Moved:
    """A sequence in its new status, and the id of the job that follows the change through; None if there was none."""

    sequence: SequenceView
    job_id: str | None


@dataclass(frozen=True)
class LifecycleService:
    """The verbs of sequences. A repeated verb changes nothing."""

    core: Core
    sequences: SequenceService
    runner: Runner

    def activate(self, sequence_id: str, *, if_match: str | None) -> Moved:
        """Set a draft going. Who was enrolled before begins now.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is no draft, has no active step, or an active step has nothing to say.
        """
        return self._move("activate", sequence_id, if_match)

    def pause(self, sequence_id: str, *, if_match: str | None) -> Moved:
        """Hold everything where it is. What is being sent at this moment is finished.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is not active.
        """
        return self._move("pause", sequence_id, if_match)

    def resume(self, sequence_id: str, policy: ResumePolicy, *, if_match: str | None) -> Moved:
        """Go on, with due times shifted by the length of the pause, or caught up with.

        Raises:
            NotFoundError, StaleError
            ConflictError: it is not paused.
        """
        return self._move("resume", sequence_id, if_match, policy=policy)

    def archive(self, sequence_id: str, *, if_match: str | None) -> Moved:
        """End it for good; its enrollments are cancelled.

        Raises:
            NotFoundError, StaleError
        """
        return self._move("archive", sequence_id, if_match)

    def _move(self, verb: Verb, sequence_id: str, if_match: str | None, **options: str) -> Moved:
        core = self.core
        seen: list[Planned] = []
        jobs: list[Job] = []

        def find() -> RetentionSequence:
            planned = self.sequences.find(sequence_id)
            require_unchanged(planned, if_match)
            seen[:], jobs[:] = [planned], []
            return planned.sequence

        def change(sequence: RetentionSequence) -> tuple[RetentionSequence, list[Write]]:
            if not applies(verb, sequence):
                return sequence, []
            if verb == "activate":
                self._require_sendable(seen[0])
            now = core.now()
            change_id = core.ids.new(now)
            target = {"kind": RetentionSequence.__name__, "id": sequence.id, "change": change_id}
            jobs[:] = [begun(core, verb, {**target, "at": format_instant(now), **options})]
            after = core.changed(
                sequence,
                status=_TRANSITIONS[verb].after,
                paused_at=now if verb == "pause" else None,
                followed_by=change_id,
            )
            after, more = listening(core, after, sequence)
            return after, [Create(jobs[0]), *more]

        def show(sequence: RetentionSequence) -> Moved:
            return Moved(Planned(sequence, seen[0].steps).view(), jobs[0].id if jobs else None)

        # The state that If-Match names is that of the whole, so it was compared above.
        after = core.revise(find, change, if_match=None, show=show)
        for job in jobs:
            work_a_moment(core, self.runner, job)
        return show(after)

    def _require_sendable(self, planned: Planned) -> None:
        """Refuse to set a sequence going whose steps could not be sent."""
        active = [step for step in planned.steps if step.is_active]
        if not active:
            raise ConflictError("This sequence has no active step: add one, or switch one on.")
        named = {step.script_id for step in active if step.script_id is not None}
        scripts = self.core.store.find_many([(Script, key("Script", id=one)) for one in named])
        there = {script.id for script in scripts if script is not None and not script.deleting}
        usual = Choosing(Configuration(self.core))
        bare = [step for step in active if step.script_id not in there and usual.default(step.channel) is None]
        if bare:
            without = ", ".join(map(_named, bare))
            raise ConflictError(f"An active step needs a script, or its channel a default one; without: {without}.")


def _named(step: SequenceStep) -> str:
    """A step as a sentence names it."""
    return f"step {step.id} ({step.channel}, stepOrder {step.step_order})"


def applies(verb: Verb, sequence: RetentionSequence) -> bool:
    """Whether a verb changes the status of a sequence; False when it has that status already.

    Raises:
        ConflictError: the verb does not apply to its status.
    """
    transition = _TRANSITIONS[verb]
    if sequence.status == transition.after:
        return False
    if sequence.status not in transition.before:
        instead = transition.instead.get(sequence.status)
        hint = f": {instead}" if instead else ""
        raise ConflictError(f"This sequence is {sequence.status}, so it cannot be {_DONE[verb]}{hint}.")
    return True


#: What a verb does, as a participle.
_DONE: Final[Mapping[Verb, str]] = {
    "activate": "activated",
    "pause": "paused",
    "resume": "resumed",
    "archive": "archived",
}
