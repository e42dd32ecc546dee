"""What goes on by itself goes on here, too: jobs stay behind, but the items of an archive name those that they go by.

    ABTest.judgedBy             judge: is the test decided?
    Campaign.watch              evaluate: is the campaign done?
    RetentionSequence.evaluation    evaluate: who waits for long enough? (no_conversion)
    .followedBy                 a change of status is followed through to the leads: it may have been under way there

When all is taken in, each job that an item still names is made anew under that very name, so that the item stays as it
is, and a repetition makes none twice. What looks again and again begins after a while (`FIRST_LOOK`): so long, an
account can be compared with its archive before anything changes it. What is followed through begins at once: where it
had come to its end there, it finds nothing to do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from retention.campaigns.model import Campaign
from retention.campaigns.watching import watch_job
from retention.core import Core
from retention.entity import Entity
from retention.experiments.ending import judging_job
from retention.experiments.model import ABTest
from retention.jobs.model import Job, Task
from retention.jobs.starting import queued
from retention.jsontext import format_instant
from retention.sequences.listening import evaluation_job
from retention.sequences.model import RetentionSequence
from retention.table.keys import fingerprint, key, key_of
from retention.table.writes import Create, RefusedError, Replace

#: Kinds whose items name jobs.
NAMING: Final = (Campaign.__name__, RetentionSequence.__name__, ABTest.__name__)
_Named = Campaign | RetentionSequence | ABTest
#: Makes the job that looks at an item, by the field of the item that names it.
_LOOKS: Final[Mapping[str, Callable[[Core, str, str], Job]]] = {
    "judged_by": judging_job,
    "watch": watch_job,
    "evaluation": evaluation_job,
}
#: How long what looks again and again leaves an account as it came.
FIRST_LOOK: Final = timedelta(hours=1)
#: The verb that a status is followed through as. Starting and resuming are the same by then.
_VERBS: Final[Mapping[tuple[type[Entity], str], Task]] = {
    (Campaign, "ACTIVE"): "resume",
    (Campaign, "PAUSED"): "pause",
    (Campaign, "COMPLETED"): "complete",
    (RetentionSequence, "ACTIVE"): "resume",
    (RetentionSequence, "PAUSED"): "pause",
    (RetentionSequence, "ARCHIVED"): "archive",
}


def with_jobs(entity: Entity) -> Entity:
    """An item as it is taken in: one that names nobody to look at it, as from another system, names a job of its own.

    Always the same one, so that the item is known again when the file comes a second time.
    """
    if not isinstance(entity, Campaign | RetentionSequence | ABTest):
        return entity
    field = _looked_at_by(entity)
    if field is None or getattr(entity, field) is not None:
        return entity
    return entity.model_copy(update={field: _derived(type(entity).__name__, entity.id)})


def _derived(*parts: str) -> str:
    return fingerprint("import", *parts)[:26]


def _looked_at_by(entity: _Named) -> str | None:
    """The field that names who looks at an item again and again; None where nobody has to."""
    if isinstance(entity, ABTest):
        return "judged_by" if entity.status == "RUNNING" else None
    if isinstance(entity, Campaign):
        return "watch" if entity.status == "ACTIVE" else None
    evaluated = entity.status == "ACTIVE" and entity.trigger_type == "no_conversion"
    return "evaluation" if evaluated else None


def set_going(core: Core, taken_in: Sequence[Entity]) -> None:
    """Make the jobs anew that items of an archive name, where the items are here and name them still."""
    there = core.store.find_many([(type(one), key_of(one)) for one in taken_in])
    jobs = [
        job
        for entity, now in zip(taken_in, there, strict=True)
        if now is not None and not now.deleting
        for field, job in _jobs_of(core, now)
        if getattr(entity, field) == getattr(now, field)
    ]
    core.store.parallel(lambda job: _make(core, job), jobs)


def _jobs_of(core: Core, entity: _Named) -> Iterator[tuple[str, Job]]:
    """The jobs that an item names, each with the field that does."""
    looked_at_by = _looked_at_by(entity)
    name = None if looked_at_by is None else getattr(entity, looked_at_by)
    if looked_at_by is not None and name is not None:
        job = _LOOKS[looked_at_by](core, entity.id, name)
        yield looked_at_by, job.model_copy(update={"due_at": core.now() + FIRST_LOOK})
    if isinstance(entity, ABTest) or entity.followed_by is None:
        return
    verb = _VERBS.get((type(entity), entity.status))
    if verb is not None:
        at = format_instant(entity.paused_at or entity.updated_at)
        target = {"kind": type(entity).__name__, "id": entity.id, "change": entity.followed_by, "at": at}
        job = queued(core, verb, target)
        yield "followed_by", job.model_copy(update={"id": _derived("change", entity.followed_by)})


def _make(core: Core, job: Job) -> None:
    """Make a job, unless it is there. One that looks again and again, and has ended, saw that its item was deleted:
    the item has come back.
    """
    before = core.store.find(Job, key(Job.__name__, id=job.id))
    if before is not None and (before.status != "succeeded" or job.task in _VERBS.values()):
        return
    with suppress(RefusedError):  # Somebody else has just made it.
        core.store.write(Create(job) if before is None else Replace(job, before=before))
        if job.task in _VERBS.values():
            core.jobs_queue.wake(job.id)
