"""The entry of the dispatcher: every minute, whatever is due is woken."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.config import settings
from retention.jobs.sweep import Sweep, build

logger = Logger()


@lru_cache(maxsize=1)
def sweep() -> Sweep:
    """The sweep of this process, put together when it is first needed."""
    return build(settings())


def tick(one: Sweep) -> dict[str, int]:
    """Wake what is due, and say how much that was."""
    swept = one.wake_due_jobs()
    if swept:
        logger.info("woke_jobs", jobs=swept)
    metrics = Metrics(namespace=settings().powertools_metrics_namespace, service="dispatcher")
    metrics.add_metric("JobsSwept", MetricUnit.Count, swept)
    metrics.flush_metrics()
    return {"jobsSwept": swept}


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One tick. What the event says does not matter: what is due is asked of the clock and the table."""
    return tick(sweep())


coldstart.done()
