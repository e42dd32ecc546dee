"""Following a change of a sequence's status through to its enrollments: jobs, resumable, for any number of them.

    pause              what is scheduled loses its due time and is held in place
    activate, resume   what is held is given a due time, and who waits for nothing gets a first step
    archive            enrollments are cancelled, with what they wait for

Whoever saw the status before (a worker that keeps a sequence for some seconds, a request that enrolls) may create
something afterwards on the strength of it. Each job therefore goes over everything once more when none of these can be
under way; until then the worker's own look at the status decides. A job that is overtaken by another change ends.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from retention.core import Core
from retention.engine.reasons import Reason
from retention.errors import NotFoundError
from retention.jobs.runner import Chunk, Plan, Stage
from retention.sequences import moves
from retention.sequences.model import EnrollmentStatus, ResumePolicy, RetentionSequence
from retention.sequences.passages import Move, Passage, change_passages, read_passages
from retention.sequences.service import Planned, SequenceService
from retention.table import keys
from retention.table.store import raw_key

#: Enrollments that are read and changed between two looks at the clock: a second or two of work.
CHUNK: Final = 100

#: What a job does to one passage; None: nothing.
Act = Callable[[Core, Mapping[str, str], Planned, Passage], Move | None]


def enrollments_in(
    core: Core, sequence_id: str, statuses: Sequence[EnrollmentStatus] | None, checkpoint: Any = None
) -> Iterator[tuple[list[Passage], Any]]:
    """The enrollments of a sequence, in chunks, each with the place where it ends.

    Args:
        statuses: only those that have one of these.
        checkpoint: the place of the last chunk that was dealt with.
    """
    facets: list[dict[str, str]] = [{}] if statuses is None else [{"status": status} for status in statuses]
    lanes = [
        (pk, keys.index_prefix("SequenceEnrollment", "owner", **facet))
        for facet in facets
        for pk in keys.index_partitions("SequenceEnrollment", "owner", sequence_id=sequence_id)
    ]
    done, after = checkpoint or (0, None)
    for number, (pk, starts_with) in enumerate(lanes[done:], done):
        above = after if number == done else None
        more = True
        while more:
            rows = list(core.store.query(pk, index="owner", starts_with=starts_with, above=above, limit=CHUNK))
            more = len(rows) == CHUNK
            if rows:
                above = rows[-1]["ownerSk"]["S"]
                found = [one for one in read_passages(core, map(raw_key, rows)) if one is not None]
                # An index lags behind: the enrollment itself says where it stands.
                yield [one for one in found if statuses is None or one.enrollment.status in statuses], [number, above]


def _still_followed(core: Core, target: Mapping[str, str]) -> Planned | None:
    """The sequence, if it is still in the state that this very job follows through."""
    try:
        planned = SequenceService(core).find(target["id"])
    except NotFoundError:
        return None
    return planned if planned.sequence.followed_by == target["change"] else None


def _to_each(statuses: Sequence[EnrollmentStatus], act: Act) -> Stage:
    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        for passages, place in enrollments_in(core, target["id"], statuses, checkpoint):
            planned = _still_followed(core, target)
            if planned is None:
                return
            tally = change_passages(core, passages, partial(act, core, target, planned))
            yield Chunk(changed=tally.changed, left=tally.left, checkpoint=place)

    return stage


def _hold(core: Core, target: Mapping[str, str], _: Planned, passage: Passage) -> Move | None:
    return moves.hold(core, passage, datetime.fromisoformat(target["at"]))


def _release(core: Core, target: Mapping[str, str], planned: Planned, passage: Passage) -> Move | None:
    policy: ResumePolicy = "catch_up" if target.get("policy") == "catch_up" else "shift"
    return moves.release(core, planned, passage, policy, datetime.fromisoformat(target["at"]))


def _cancel(core: Core, _: Mapping[str, str], __: Planned, passage: Passage) -> Move | None:
    return moves.end(core, passage, "CANCELLED", Reason.SEQUENCE_ARCHIVED, core.now())


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """Nothing is left to be done at the end."""


_KIND: Final = RetentionSequence.__name__
#: By task, and by the kind of what it is done to.
PLANS: Final[Mapping[tuple[str, str], Plan]] = {
    ("pause", _KIND): Plan((_to_each(["ACTIVE"], _hold),), _nothing, settles=True),
    ("activate", _KIND): Plan((_to_each(["ACTIVE"], _release),), _nothing, settles=True),
    ("resume", _KIND): Plan((_to_each(["ACTIVE"], _release),), _nothing, settles=True),
    ("archive", _KIND): Plan((_to_each(["ACTIVE", "PAUSED"], _cancel),), _nothing, settles=True),
}
