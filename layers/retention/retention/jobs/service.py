"""What people can do with jobs: look at them, and have failed ones tried again."""

from contextlib import suppress
from typing import Final

from retention.core import Core
from retention.errors import ConflictError, NotFoundError
from retention.jobs.model import Job, JobStatus
from retention.jobs.runner import Runner
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.store import raw_key

#: Failed jobs that one request has tried again: a write and a message each, a few seconds in all.
MAX_REDRIVE: Final = 500


class JobService:
    """The use cases of jobs."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._runner = runner

    def get(self, job_id: str) -> Job:
        """A job.

        Raises:
            NotFoundError: there is none with this id, or it ended too long ago.
        """
        job = self._core.store.find(Job, key("Job", id=job_id))
        if job is None or self._is_past(job):
            raise NotFoundError(f"There is no job {job_id}.")
        return job

    def _is_past(self, job: Job) -> bool:
        return job.expires_at is not None and job.expires_at <= self._core.now()

    def page(self, status: JobStatus | None, *, limit: int, position: str | None) -> Page[Job]:
        """Jobs, newest first; failed ones have lanes of their own, so that they are found among any number."""
        if status == "failed":
            among = listing.lanes("Job", "owner", {"status": status})
        else:
            among = listing.lanes("Job", "listing", {})
        return listing.page(
            self._core.store,
            Job,
            among,
            limit=limit,
            position=position,
            keep=lambda job: (status is None or job.status == status) and not self._is_past(job),
        )

    def redrive(self, job_id: str) -> Job:
        """Have a failed job tried again.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has not failed.
        """
        return self._runner.redrive(job_id)

    def redrive_all(self) -> tuple[int, bool]:
        """Have failed jobs tried again, and tell how many, and whether there are more."""
        place = keys.index_partitions("Job", "owner", status="failed")[0]
        rows = list(self._core.store.query(place, index="owner", limit=MAX_REDRIVE + 1))

        jobs = self._core.store.find_many([(Job, raw_key(row)) for row in rows[:MAX_REDRIVE]])

        def again(job: Job | None) -> int:
            with suppress(NotFoundError, ConflictError):  # An index lags: this one runs already.
                if job is not None:
                    self._runner.redrive(job.id, alone=False)
                    return 1
            return 0

        return sum(self._core.store.parallel(again, jobs)), len(rows) > MAX_REDRIVE
