"""Puts together what every part of the service stands on, for functions that need no more than that."""

from collections.abc import Sequence

from retention.clock import Clock, process_clock
from retention.config import Settings
from retention.core import Core
from retention.engine.queue import WorkQueue, queues_of
from retention.experiments.exposing import exposures_of
from retention.idempotency import Idempotency
from retention.ids import Ids
from retention.jobs.queue import JobsQueue, NoQueue, SqsJobsQueue
from retention.keyring import Keyring
from retention.secrets import root_secret
from retention.stats.counting import counts_of
from retention.suppressions.adopted import AdoptedKey
from retention.table.store import Store
from retention.table.writes import Write


def build_core(
    configured: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    keyring: Keyring | None = None,
    queue: JobsQueue | None = None,
    work_queue: WorkQueue | None = None,
) -> Core:
    """Wire the shared parts; what is not given is the real thing."""
    clock = clock or process_clock()
    ids = ids or Ids(clock)

    def follow(store: Store, writes: Sequence[Write]) -> Sequence[Write]:
        exposures = exposures_of(store, ids, clock.now(), writes)
        return [*exposures, *counts_of([*writes, *exposures])]

    store = Store(configured.table_name, configured.aws_region, follow)
    return Core(
        configured,
        store,
        clock,
        ids,
        keyring or Keyring(lambda: root_secret(configured), AdoptedKey(configured, clock)),
        Idempotency(store, clock, ids),
        work_queue or queues_of(configured, clock),
        queue or _jobs_queue(configured),
    )


def _jobs_queue(configured: Settings) -> JobsQueue:
    url = configured.jobs_queue_url
    return SqsJobsQueue(url, configured.aws_region) if url else NoQueue()
