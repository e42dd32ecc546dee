"""Finds the jobs, arrivals and deliveries that are due though no message tells of them: after a pause, a lost message,
a dead runner.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from retention.clock import Clock, machine_time, process_clock
from retention.config import Settings
from retention.jobs.queue import ArrivalHint, JobsQueue, SqsJobsQueue
from retention.jsontext import format_instant
from retention.table import keys
from retention.table.keys import DueEntry
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


class Swept(NamedTuple):
    """What a sweep found."""

    #: How much of it messages were sent for.
    woken: int = 0
    #: Since when the oldest of it has been due.
    oldest: datetime | None = None


class Sweep:
    """Wakes the jobs that are due, and has arrivals looked at and deliveries made."""

    def __init__(self, store: Store, clock: Clock, queue: JobsQueue) -> None:
        self._store = store
        self._clock = clock
        self._queue = queue

    def wake_due_jobs(self) -> Swept:
        """Send a message for each job that is due. A job that runs is due when its lease ends.

        Costs one small query a shard. A message too many does no harm: the job is run by whoever gets its lease.
        """
        # The bound is exclusive and instants are whole milliseconds: this takes in what is due right now.
        due = self._due("Job", self._clock.now() + timedelta(milliseconds=1), MAX_PER_SHARD)
        for entry in due:
            self._queue.wake(entry.rest)
        return _swept(due)

    def wake_due_arrivals(self) -> Swept:
        """Send messages for what is new and has not been looked at in time.

        Costs one small query a shard. Arrivals that could not be dealt with have moved to a later time, so that they
        are in nobody's way.
        """
        due = self._due("Arrival", self._ago(ARRIVAL_GRACE), MAX_ARRIVALS)
        if due:
            self._queue.wake_for_arrivals([ArrivalHint(*entry.parts) for entry in due])
        return _swept(due)

    def wake_due_deliveries(self) -> Swept:
        """Send messages for the deliveries that are due and were not made in time.

        Costs one small query: half a read unit in an idle minute. One too many does no harm: each has a lease.
        """
        due = self._due("Delivery", self._ago(DELIVERY_GRACE), MAX_DELIVERIES)
        if due:
            self._queue.wake_for_deliveries([entry.rest for entry in due])
        return _swept(due)

    def _ago(self, seconds: float) -> datetime:
        """So many seconds of the machine ago."""
        return self._clock.now() - machine_time(self._clock, seconds)

    def _due(self, kind: str, until: datetime, most: int) -> list[DueEntry]:
        """What of a kind has been due since before an instant, the oldest of each shard first.

        Args:
            most: entries of one shard that are looked at.
        """

        def due_in(shard: str) -> list[DueEntry]:
            rows = self._store.query(shard, index="due", below=format_instant(until), limit=most)
            return [keys.due_entry(row["dueSk"]["S"]) for row in rows]

        found = self._store.parallel(due_in, keys.index_partitions(kind, "due"))
        return [entry for entries in found for entry in entries]


def _swept(due: Sequence[DueEntry]) -> Swept:
    return Swept(len(due), min((entry.due_at for entry in due), default=None))


def build(configured: Settings, clock: Clock | None = None) -> Sweep:
    """Wire a sweep alone: the dispatcher's cold start pays for nothing else."""
    queue = SqsJobsQueue(configured.jobs_queue_url, configured.aws_region)
    return Sweep(Store(configured.table_name, configured.aws_region), clock or process_clock(), queue)
