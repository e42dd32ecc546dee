"""Runs jobs: one runner at a time, in chunks, with the place kept, so that it may die anywhere.

    queued --lease--> running --all chunks done--> waiting --settled--> running --last round--> succeeded
                        |  out of time, or killed: due again when the lease ends; the next runner goes on
                        |  something was left, such as a send under way: waiting, then through the stage again
                        +--> after many failures in a row: failed, until somebody redrives it

Every save is conditional on the state that this runner wrote last. A runner that lost its lease finds out at its next
save and stops; whatever it did meanwhile was idempotent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from retention.clock import machine_seconds, machine_time
from retention.core import Core
from retention.errors import ConflictError, ContentionError, NotFoundError
from retention.jobs.model import Job
from retention.jobs.queue import JobsQueue
from retention.table.keys import key
from retention.table.writes import RefusedError, Replace

#: How long a runner may be silent before another takes over. Chunks are small: each takes a second or two.
#: In seconds of the machine, like all times here but KEPT.
LEASE: Final = 60.0
#: Longest time between two saves of the place.
SAVE_EVERY: Final = 10.0
#: Failures in a row after which a job rests until it is redriven.
MAX_FAILURES: Final = 10
#: Pause after a first failure; doubles with each, up to the longest.
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 3600.0
#: Pause before a stage is gone through again because something was left: a quarter of the job's age, within these
#: bounds. A provider answers within the first; a send whose outcome is not known may take a day.
FIRST_LOOK: Final = 10.0
LAST_LOOK: Final = 900.0
#: How long a job that succeeded can still be read. One that failed stays until it is tried again.
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True)
class Chunk:
    """What a piece of work did: items removed, detached and changed, and from where to go on within its stage."""

    removed: int = 0
    detached: int = 0
    changed: int = 0
    #: Items that cannot be dealt with yet. The stage is gone through again after a while; that is no failure.
    left: int = 0
    #: Of the last chunk of a stage that left something: when they can be dealt with, where that is known.
    left_until: datetime | None = None
    checkpoint: Any = None
    #: What it found, by name: what was found under other names stays. None: nothing new.
    result: dict[str, Any] | None = None


#: A part of a job. Does its work chunk by chunk from a checkpoint on; doing it again does no harm. Begun again from the
#: checkpoint of its last chunk, it must find nothing to do.
Stage = Callable[[Core, Mapping[str, str], Any], Iterator[Chunk]]


@dataclass(frozen=True)
class Plan:
    """The stages of a job, in order, and how it ends."""

    stages: tuple[Stage, ...]
    #: Carried out once after the last round. Says when everything is to be begun anew; None: never.
    finish: Callable[[Core, Mapping[str, str]], datetime | None]
    #: Whether latecomers are waited for, and everything is done a second time.
    settles: bool = False
    #: Stages that are left to the last round.
    late: tuple[Stage, ...] = ()


class Runner:
    """Runs jobs by their plans."""

    def __init__(self, core: Core, queue: JobsQueue, plans: Mapping[tuple[str, str], Plan]) -> None:
        self._core = core
        self._queue = queue
        self._plans = plans

    def plan_of(self, job: Job) -> Plan:
        """The plan for a job's task and the kind of its target."""
        return self._plans[job.task, job.target["kind"]]

    def _after(self, seconds: float) -> datetime:
        return self._core.now() + machine_time(self._core.clock, seconds)

    def run(self, job_id: str, may_go_on: Callable[[], bool]) -> Job | None:
        """Run a job for as long as `may_go_on` says so; None when it is not there, not due, or somebody else's.

        Failures are recorded on the job and raised.
        """
        job = self._core.store.find(Job, key("Job", id=job_id))
        now = self._core.now()
        if job is None or job.due_at is None or job.due_at > now:
            return None
        try:
            if job.failures >= MAX_FAILURES:
                # Each of these runners died without a word, or this would have been recorded as failed.
                return self._save(job, status="failed", due_at=None, error=job.error or "RunnerDied")
            # Counted as a failure until something is saved: a runner that is killed cannot count itself.
            job = self._save(job, status="running", due_at=self._after(LEASE), failures=job.failures + 1)
        except RefusedError:
            return None
        return self.go_on(job, may_go_on)

    def go_on(self, job: Job, may_go_on: Callable[[], bool]) -> Job | None:
        """Go on with a job whose lease is held. At least one chunk is done."""
        try:
            return self._work(job, may_go_on)
        except RefusedError:
            return None  # Lost the lease.
        except Exception as error:
            # Whatever it was: unrecorded, the job would be due again each minute for ever.
            self._fail(job.id, error)
            raise

    def _work(self, job: Job, may_go_on: Callable[[], bool]) -> Job:
        plan = self.plan_of(job)
        while True:
            stages = plan.stages + (plan.late if job.last_round or not plan.settles else ())
            while job.stage < len(stages):
                job, last = self._stage(job, stages[job.stage], may_go_on)
                if last is None:
                    return self._yield(job)
                if job.left:
                    return self._look_again(job, last.left_until)
                job = job.model_copy(update={"stage": job.stage + 1})
            settled_at = job.created_at + machine_time(self._core.clock, self._core.settings.delete_settle_seconds)
            if plan.settles and not job.last_round:
                job = self._save(job, stage=0, checkpoint=None, last_round=True)
                if self._core.now() < settled_at:
                    return self._wait(job, settled_at)
                continue
            if job.result:
                # What was found cannot be found again when the end has removed it, should this runner die in between.
                job = self._save(job, due_at=self._after(LEASE), failures=0)
            begin_anew_at = plan.finish(self._core, job.target)
            if begin_anew_at is not None:
                return self._wait(job, begin_anew_at, stage=0, last_round=False)
            now = self._core.now()
            return self._save(
                job, status="succeeded", due_at=None, finished_at=now, failures=0, error=None, expires_at=now + KEPT
            )

    def _stage(self, job: Job, stage: Stage, may_go_on: Callable[[], bool]) -> tuple[Job, Chunk | None]:
        """Work on one stage: with its last chunk, an empty one if need be; None when time ran out before its end."""
        saved_at, chunk = self._core.now(), Chunk()
        for chunk in stage(self._core, job.target, job.checkpoint):
            job = job.model_copy(
                update={
                    "removed": job.removed + chunk.removed,
                    "detached": job.detached + chunk.detached,
                    "changed": job.changed + chunk.changed,
                    "left": job.left + chunk.left,
                    "checkpoint": chunk.checkpoint,
                    "result": {**(job.result or {}), **chunk.result} if chunk.result else job.result,
                }
            )
            if not may_go_on():
                return job, None
            if self._core.now() - saved_at >= machine_time(self._core.clock, SAVE_EVERY):
                job = self._save(job, due_at=self._after(LEASE), failures=0)
                saved_at = self._core.now()
        return job.model_copy(update={"checkpoint": None}), chunk

    def _yield(self, job: Job) -> Job:
        """Out of time: due again at once."""
        job = self._save(job, due_at=self._core.now(), failures=0)
        self._queue.wake(job.id)
        return job

    def _look_again(self, job: Job, at: datetime | None) -> Job:
        """Something was left: the same stage again, at an instant, or after a while."""
        age = machine_seconds(self._core.clock, self._core.now() - job.created_at)
        return self._wait(job, at or self._after(min(max(age / 4, FIRST_LOOK), LAST_LOOK)), left=0)

    def _wait(self, job: Job, until: datetime, **fields: Any) -> Job:
        job = self._save(job, status="waiting", due_at=until, failures=0, **fields)
        # A delay is whole seconds: round up, so that the message does not come before the time.
        self._queue.wake(job.id, int(machine_seconds(self._core.clock, until - self._core.now())) + 1)
        return job

    def _save(self, job: Job, **fields: Any) -> Job:
        following = self._core.changed(job, **fields)
        self._core.store.write(Replace(following, before=job))
        return following

    def _fail(self, job_id: str, error: Exception) -> None:
        job = self._core.store.find(Job, key("Job", id=job_id))
        if job is None:
            return
        failures = max(job.failures, 1)
        pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
        given_up = failures >= MAX_FAILURES
        try:
            self._save(
                job,
                failures=failures,
                error=type(error).__name__,
                status="failed" if given_up else job.status,
                due_at=None if given_up else self._after(pause),
            )
        except RefusedError:
            return
        if not given_up:
            self._queue.wake(job_id, int(pause) + 1)

    def recorded_failure(self, job_id: str) -> Job | None:
        """The job, if its last failure stands on it: it rests until its pause is over, or for good."""
        job = self._core.store.find(Job, key("Job", id=job_id))
        if job is None or job.failures == 0:
            return None
        return job if job.due_at is None or job.due_at > self._core.now() else None

    def redrive(self, job_id: str, *, alone: bool = True) -> Job:
        """Have a failed job tried again, from where it was.

        Args:
            alone: whether the job is the whole answer of the request, not one of many.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has not failed, or somebody else redrives it at this moment.
        """
        job = self._core.store.find(Job, key("Job", id=job_id))
        if job is None:
            raise NotFoundError(f"There is no job {job_id}.")
        if job.status != "failed":
            raise ConflictError(f"This job has not failed; it is {job.status}.")
        again = self._core.changed(job, status="queued", failures=0, due_at=self._core.now())
        try:
            self._core.idempotency.commit(Replace(again, before=job), outcome=again if alone else None)
        except RefusedError:
            raise ContentionError from None
        self._queue.wake(job.id)
        return again
