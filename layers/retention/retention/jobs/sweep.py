"""Finds the jobs that are due though no message tells of them: after a pause, a lost message, a killed runner."""

from datetime import timedelta
from typing import Final

from retention.clock import Clock, process_clock
from retention.config import Settings
from retention.jobs.queue import JobsQueue, SqsJobsQueue
from retention.jsontext import format_instant
from retention.table import keys
from retention.table.store import Store

#: Jobs of one shard that one sweep wakes, those first that are due longest. What is left comes a minute later, when
#: these have moved on.
MAX_PER_SHARD: Final = 250


class Sweep:
    """Wakes the jobs that are due."""

    def __init__(self, store: Store, clock: Clock, queue: JobsQueue) -> None:
        self._store = store
        self._clock = clock
        self._queue = queue

    def wake_due_jobs(self) -> int:
        """Send a message for each job that is due, and tell for how many. A job that runs is due when its lease ends.

        Costs one small query a shard. A message too many does no harm: the job is run by whoever gets its lease.
        """
        due = [job_id for ids in self._store.parallel(self._due_in, self._shards()) for job_id in ids]
        for job_id in due:
            self._queue.wake(job_id)
        return len(due)

    @staticmethod
    def _shards() -> list[str]:
        return keys.index_partitions("Job", "due")

    def _due_in(self, shard: str) -> list[str]:
        # The bound is exclusive and instants are whole milliseconds: this takes in what is due right now.
        after_now = format_instant(self._clock.now() + timedelta(milliseconds=1))
        rows = self._store.query(shard, index="due", below=after_now, limit=MAX_PER_SHARD)
        return [keys.due_entry(row["dueSk"]["S"]).rest for row in rows]


def build(configured: Settings, clock: Clock | None = None) -> Sweep:
    """Wire a sweep alone: the dispatcher's cold start pays for nothing else."""
    queue = SqsJobsQueue(configured.jobs_queue_url, configured.aws_region)
    return Sweep(Store(configured.table_name, configured.aws_region), clock or process_clock(), queue)
