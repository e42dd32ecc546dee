"""The entry of the dispatcher: every minute, whatever is due is woken."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention.bootstrap import application

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """One tick. What the event says does not matter: what is due is asked of the clock and the table."""
    app = application()
    swept = app.sweep.wake_due_jobs()
    if swept:
        logger.info("woke_jobs", jobs=swept)
    metrics = Metrics(namespace=app.core.settings.powertools_metrics_namespace, service="dispatcher")
    metrics.add_metric("JobsSwept", MetricUnit.Count, swept)
    metrics.flush_metrics()
    return {"jobsSwept": swept}
