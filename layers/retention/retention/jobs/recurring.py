"""Work that is begun by hand at any time, and once every night: recounts, and what conversion rules learn."""

from retention.core import Core
from retention.jobs.model import Job, Task
from retention.table.writes import Create, RefusedError


class Recurring:
    """Begins one kind of such work.

    Args:
        task: what is done.
        kind: what it is done to, as the plans of jobs know it.
        apart: whether each time has notes of its own, by the id of the job.
    """

    def __init__(self, core: Core, task: Task, kind: str, *, apart: bool = False) -> None:
        self._core = core
        self._task = task
        self._kind = kind
        self._apart = apart

    def start(self) -> Job:
        """Begin it now; the job that carries it out."""
        job = self._job(self._core.ids.new(self._core.now()))
        self._core.idempotency.commit(Create(job), outcome=job)
        self._core.jobs_queue.wake(job.id)
        return job

    def tonight(self, day: str) -> Job | None:
        """Begin that of a day; None when somebody has, for whoever asks for it asks several times."""
        job = self._job(f"{self._task}-{day}")
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
            task=self._task,
            target={"kind": self._kind} | ({"id": identifier} if self._apart else {}),
            created_at=now,
            updated_at=now,
            due_at=now,
            revision=self._core.ids.revision(),
        )
