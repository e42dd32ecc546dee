"""From when a sequence's trigger takes leads, and what goes with a sequence that begins to.

A trigger looks forward: it takes what comes while its sequence is active. What was there before is left to be enrolled
by hand, except that no_conversion asks of every lead how long it has waited.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from retention.core import Core
from retention.jobs.model import Job
from retention.sequences.model import THE_LEAD, RetentionSequence, SequenceStatus
from retention.table.writes import Create, Write

#: The statuses in which a sequence is set going or stopped, rather than being made or kept.
_IN_USE: Final[frozenset[SequenceStatus]] = frozenset({"ACTIVE", "PAUSED"})


def listening(
    core: Core, after: RetentionSequence, before: RetentionSequence | None = None
) -> tuple[RetentionSequence, list[Write]]:
    """A sequence as it is to be written, with what goes with it, for its trigger to work.

    To be put into every transaction that creates a sequence or changes its status or its trigger. An evaluation that
    was under way comes to an end by itself: the sequence names another, or is not active.

    Args:
        after: the sequence as it is about to be written.
        before: as it was; None for a new one.
    """
    if after.status in _IN_USE and not _listened(before, after):
        after = after.model_copy(update={"listening_since": core.now()})
    if after.status != "ACTIVE" or after.trigger_type != "no_conversion":
        return after, []
    if before is not None and before.status == "ACTIVE" and _trigger(before) == _trigger(after):
        return after, []
    job = evaluation_job(core, after.id)
    return after.model_copy(update={"evaluation": job.id}), [Create(job)]


def _listened(before: RetentionSequence | None, after: RetentionSequence) -> bool:
    """Whether it had the same kind of trigger already. A pause does not begin anew, nor does another configuration."""
    return before is not None and before.status in _IN_USE and before.trigger_type == after.trigger_type


def _trigger(sequence: RetentionSequence) -> tuple[object, object]:
    return sequence.trigger_type, sequence.trigger_config


def evaluation_job(core: Core, sequence_id: str, job_id: str | None = None) -> Job:
    """The job that finds leads for a sequence again and again (sequences/evaluating); the sequence names it.

    Args:
        job_id: what the sequence names; a new one unless given.
    """
    now = core.now()
    job_id = job_id or core.ids.new(now)
    return Job(
        id=job_id,
        task="evaluate",
        target={"kind": RetentionSequence.__name__, "id": sequence_id, "evaluation": job_id},
        created_at=now,
        updated_at=now,
        due_at=now,
        revision=core.ids.revision(),
    )


def listening_to(sequences: Sequence[RetentionSequence], what: str) -> list[RetentionSequence]:
    """The sequences that such a piece of news may concern, by their triggers alone.

    A new lead concerns those that name no campaign; an assignment those that name its campaign.
    """
    return [
        one
        for one in sequences
        if one.trigger_type == "new_lead"
        and one.status in _IN_USE
        and not one.deleting
        and ((not _campaigns(one)) if what == THE_LEAD else what in _campaigns(one))
    ]


def _campaigns(sequence: RetentionSequence) -> Sequence[str]:
    return sequence.trigger_config.get("campaigns") or ()


def took(sequence: RetentionSequence, at: datetime) -> bool:
    """Whether a sequence took leads at an instant a moment ago: it was listening, and not paused yet."""
    if sequence.listening_since is not None and at < sequence.listening_since:
        return False
    return sequence.status == "ACTIVE" or (sequence.paused_at is not None and at < sequence.paused_at)
