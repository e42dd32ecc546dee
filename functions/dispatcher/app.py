"""The entry of the dispatcher: every minute, whatever is due is queued."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.clock import Clock, machine_seconds, process_clock
from retention.config import Settings, settings
from retention.engine.dispatch import Dispatcher, tick_of
from retention.engine.queue import queues_of
from retention.engine.sweep import Overdue, Sweep
from retention.holding.hold import Hold, read_hold
from retention.jobs import nightly
from retention.jobs.queue import SqsJobsQueue
from retention.jobs.sweep import Sweep as JobSweep
from retention.table.store import Store

T = TypeVar("T")

logger = Logger()
#: Time that is left for a round under way, in milliseconds: a backlog is left to the next tick from here on.
RESERVE: Final = 10_000
#: Seconds from one tick to the next: what has been due for no longer is nobody's fault.
BETWEEN_TICKS: Final = 60


class TickFailedError(Exception):
    """A part of a tick failed, named here; the others were carried out."""


class Parts(NamedTuple):
    """What a tick sets going."""

    clock: Clock
    hold: Callable[[], Hold]
    dispatcher: Dispatcher
    steps: Sweep
    others: JobSweep
    jobs: SqsJobsQueue


def build(configured: Settings, clock: Clock | None = None) -> Parts:
    """Wire the parts alone: the dispatcher's cold start pays for nothing else."""
    clock = clock or process_clock()
    store = Store(configured.table_name, configured.aws_region)
    queues, jobs = queues_of(configured, clock), SqsJobsQueue(configured.jobs_queue_url, configured.aws_region)
    return Parts(
        clock,
        lambda: read_hold(store),
        Dispatcher(store, clock, queues),
        Sweep(store, clock, queues, queues.waiting),
        JobSweep(store, clock, jobs),
        jobs,
    )


@lru_cache(maxsize=1)
def dispatcher() -> Parts:
    """The parts of this process, put together when they are first needed."""
    return build(settings())


def tick(parts: Parts, event: Mapping[str, Any], may_go_on: Callable[[], bool]) -> dict[str, int]:
    """Queue what is due, and say how much that was. A part that fails is no reason to leave out another.

    While all sending is held, a backlog of sends stays where it is: each minute of a long hold would look at all of it
    for nothing. What falls due is queued once all the same, since it may be the question how an earlier send ended.

    Raises:
        TickFailedError: after everything else was done.
    """
    failed: list[str] = []

    def carry_out(part: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except Exception:
            logger.exception("part_failed", part=part)
            failed.append(part)
            return None

    hold = carry_out("hold", parts.hold)
    done = carry_out("steps", lambda: parts.dispatcher.tick(event))
    jobs = carry_out("jobs", parts.others.wake_due_jobs)
    arrivals = carry_out("arrivals", parts.others.wake_due_arrivals)
    deliveries = carry_out("deliveries", parts.others.wake_due_deliveries)
    nights = carry_out("nightly", lambda: nightly.ask(parts.jobs, tick_of(event, parts.clock)))
    # Last, since a backlog may take all the time that there is.
    swept = None
    if done and hold is not None and not hold.is_on:
        swept = carry_out("backlog", lambda: parts.steps.requeue(done.overdue, may_go_on))
    oldest = [_waiting_since(parts.clock, done.overdue, hold) if done else None]
    oldest += [one.oldest for one in (jobs, arrivals, deliveries) if one]
    counts = {
        "StepsQueued": done.queued if done else 0,
        "StepsSwept": swept or 0,
        "OldestOverdueSeconds": _age(parts.clock, oldest),
        "JobsSwept": jobs.woken if jobs else 0,
        "ArrivalsSwept": arrivals.woken if arrivals else 0,
        "DeliveriesSwept": deliveries.woken if deliveries else 0,
        "NightlyAsked": nights or 0,
        "SendingHeld": int(hold is not None and hold.is_on),
    }
    _measure(counts)
    if failed:
        raise TickFailedError(", ".join(failed))
    return counts


def _waiting_since(clock: Clock, overdue: Overdue, hold: Hold | None) -> datetime | None:
    """Since when the oldest send could have been made and was not: what is held on purpose is nobody's fault."""
    oldest = overdue.oldest()
    if oldest is None or hold is None:
        return oldest
    now = clock.now()
    return None if hold.is_on else now - hold.late(oldest, now)


def _age(clock: Clock, since: Sequence[datetime | None]) -> int:
    """Whole seconds of the machine for which the oldest of what is due has been due; 0 where a tick made up for it."""
    known = [instant for instant in since if instant is not None]
    age = round(machine_seconds(clock, clock.now() - min(known))) if known else 0
    return age if age > BETWEEN_TICKS else 0


def _measure(counts: Mapping[str, int]) -> None:
    """Tell CloudWatch and the log, unless nothing happened: a metric costs by the hour in which it is heard of."""
    happened = {name: count for name, count in counts.items() if count}
    if not happened:
        return
    logger.info("ticked", extra=happened)
    metrics = Metrics(namespace=settings().powertools_metrics_namespace, service="dispatcher")
    for name, count in happened.items():
        metrics.add_metric(name, MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count, count)
    metrics.flush_metrics()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One tick. The event says of which minute; everything else is asked of the clock and the table."""
    return tick(dispatcher(), event, lambda: context.get_remaining_time_in_millis() > RESERVE)


coldstart.done()
