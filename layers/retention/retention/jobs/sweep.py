"""Finds the jobs, arrivals and deliveries that are due though no message tells of them: after a pause, a lost message,
a dead runner.
"""

from datetime import timedelta
from typing import Final

from retention.clock import Clock, machine_time, process_clock
from retention.config import Settings
from retention.jobs.queue import ArrivalHint, JobsQueue, SqsJobsQueue
from retention.jsontext import format_instant
from retention.table import keys
from retention.table.store import Store

#: Jobs of one shard that one sweep wakes, those first that are due longest. What is left comes a minute later, when
#: these have moved on.
MAX_PER_SHARD: Final = 250
#: Arrivals of one shard that one sweep wakes: with two shards, a quarter of a million new leads an hour at the least,
#: even if every message of the intake were lost.
MAX_ARRIVALS: Final = 2000
#: Seconds of the machine that an arrival is left to the message that came with it.
ARRIVAL_GRACE: Final = 15.0


#: Deliveries that one sweep wakes, those first that are due longest.
MAX_DELIVERIES: Final = 2000
#: Seconds of the machine that a delivery is left to the message that came with it.
DELIVERY_GRACE: Final = 15.0


class Sweep:
    """Wakes the jobs that are due, and has arrivals looked at and deliveries made."""

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

    def wake_due_arrivals(self) -> int:
        """Send messages for what is new and has not been looked at in time, and tell for how much.

        Costs one small query a shard. Arrivals that could not be dealt with have moved to a later time, so that they
        are in nobody's way.
        """
        shards = keys.index_partitions("Arrival", "due")
        due = [hint for hints in self._store.parallel(self._arrivals_in, shards) for hint in hints]
        if due:
            self._queue.wake_for_arrivals(due)
        return len(due)

    def wake_due_deliveries(self) -> int:
        """Send messages for the deliveries that are due and were not made in time, and tell for how many.

        Costs one small query: half a read unit in an idle minute. One too many does no harm: each has a lease.
        """
        (shard,) = keys.index_partitions("Delivery", "due")
        overdue = format_instant(self._clock.now() - machine_time(self._clock, DELIVERY_GRACE))
        rows = self._store.query(shard, index="due", below=overdue, limit=MAX_DELIVERIES)
        due = [keys.due_entry(row["dueSk"]["S"]).rest for row in rows]
        if due:
            self._queue.wake_for_deliveries(due)
        return len(due)

    def _arrivals_in(self, shard: str) -> list[ArrivalHint]:
        overdue = format_instant(self._clock.now() - machine_time(self._clock, ARRIVAL_GRACE))
        rows = self._store.query(shard, index="due", below=overdue, limit=MAX_ARRIVALS)
        return [ArrivalHint(*keys.due_entry(row["dueSk"]["S"]).parts) for row in rows]

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
