"""Having the figures recounted: by hand, and every night."""

from typing import Final

from retention.core import Core
from retention.jobs.model import Job
from retention.table.writes import Create, RefusedError

#: What is recounted, as the target of a job tells.
KIND: Final = "Figures"


class RecountService:
    """Begins recounts."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def start(self) -> Job:
        """Begin a recount; the job that carries it out."""
        job = self._job(self._core.ids.new(self._core.now()))
        self._core.idempotency.commit(Create(job), outcome=job)
        self._core.jobs_queue.wake(job.id)
        return job

    def tonight(self, day: str) -> Job | None:
        """Begin the recount of a day; None when somebody has, for whoever asks for it asks several times."""
        job = self._job(f"recount-{day}")
        try:
            self._core.store.write(Create(job))
        except RefusedError:
            return None
        self._core.jobs_queue.wake(job.id)
        return job

    def _job(self, identifier: str) -> Job:
        now = self._core.now()
        return Job(
            id=identifier,
            task="recount",
            target={"kind": KIND, "id": identifier},
            created_at=now,
            updated_at=now,
            due_at=now,
            revision=self._core.ids.revision(),
        )
