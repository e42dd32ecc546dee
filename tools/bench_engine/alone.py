"""The engine in this process, over the table and the sandbox of a running stack: no queue and no Lambda about it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from retention.engine.assembly import build_worker
from retention.engine.queue import CHUNK, Work
from tools.bench_engine.cost import counting
from tools.bench_engine.crowd import Crowd
from tools.bench_engine.deployed import Deployed
from tools.bench_engine.progress import Progress


class NotSentError(Exception):
    """What was to be sent was not; the message says what became of it."""


@dataclass(frozen=True)
class Run:
    """What so many steps took."""

    steps: int
    #: On the clock on the wall, and of this process's processor time.
    seconds: float
    processor: float
    #: Requests to the table by operation.
    requests: dict[str, int]
    write_units: float
    #: Requests to the provider.
    calls: int


def chunks(work: Sequence[Work], size: int) -> list[Sequence[Work]]:
    """Work as messages name it: so many at a time."""
    return [work[at : at + size] for at in range(0, len(work), size)]


def measure(stack: Deployed, crowd: Crowd, progress: Progress, steps: int, size: int = CHUNK) -> Run:
    """Have so many steps due at once, and do them in chunks of a size.

    Raises:
        NotSentError: one was not sent.
    """
    app = stack.app
    name = f"{steps:,} steps in this process, {size} at a time:"
    worker = build_worker(app.core, app.directory)
    # The first send loads the words, the sequence and the credentials, and a connection: not what a step costs.
    for chunk in chunks([one.work for one in crowd.owe([app.core.now()] * CHUNK)], CHUNK):
        worker.process(chunk)
    owed = crowd.owe([app.core.now()] * steps, lambda done: progress.show(name, f"{done:,} enrolled"))
    called, outcomes = len(stack.providers.asked), 0
    with counting(app) as cost:
        wall, processor = time.perf_counter(), time.process_time()
        for chunk in chunks([one.work for one in owed], size):
            report = worker.process(chunk)
            if report.outcomes["sent"] != len(chunk):
                raise NotSentError(f"{dict(report.outcomes)}, failed: {report.failed}")
            outcomes += len(chunk)
            progress.show(name, f"{outcomes:,} sent")
        seconds, spent = time.perf_counter() - wall, time.process_time() - processor
    requests = {operation: cost.count(operation) for operation in sorted(set(cost.requests))}
    worker.pool.shutdown()
    return Run(steps, seconds, spent, requests, cost.write_units, len(stack.providers.asked) - called)
