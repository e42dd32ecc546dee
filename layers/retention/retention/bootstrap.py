"""Puts the application together: the only place that chooses implementations."""

from dataclasses import dataclass

from retention.clock import Clock, SystemClock
from retention.config import Settings, settings
from retention.core import Core
from retention.deletion.plans import PLANS
from retention.deletion.service import DeletionService
from retention.idempotency import Idempotency
from retention.ids import Ids
from retention.jobs.queue import JobsQueue, NoQueue, SqsJobsQueue
from retention.jobs.runner import Runner
from retention.keyring import Keyring
from retention.leads.service import LeadService
from retention.secrets import root_secret
from retention.table.store import Store


@dataclass(frozen=True)
class Application:
    """The use cases of the service, wired."""

    core: Core
    runner: Runner
    deletion: DeletionService
    leads: LeadService


def build(
    configured: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    keyring: Keyring | None = None,
    queue: JobsQueue | None = None,
) -> Application:
    """Wire an application; what is not given is the real thing."""
    clock = clock or SystemClock()
    ids = ids or Ids(clock)
    store = Store(configured.table_name, configured.aws_region)
    core = Core(
        configured,
        store,
        clock,
        ids,
        keyring or Keyring(lambda: root_secret(configured)),
        Idempotency(store, clock, ids),
    )
    if queue is None:
        queue = (
            SqsJobsQueue(configured.jobs_queue_url, configured.aws_region) if configured.jobs_queue_url else NoQueue()
        )
    runner = Runner(core, queue, PLANS)
    return Application(core=core, runner=runner, deletion=DeletionService(core, queue, runner), leads=LeadService(core))


_installed: list[Application] = []


def application() -> Application:
    """The application of this process, put together when it is first needed."""
    if not _installed:
        _installed.append(build(settings()))
    return _installed[0]


def install(app: Application) -> None:
    """Make this the application of the process."""
    _installed[:] = [app]
