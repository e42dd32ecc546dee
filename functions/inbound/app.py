"""The entry of the inbound function: a message holds events, and each of them is applied on its own."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from inbound.handlers import handlers_of
from retention import coldstart
from retention.bootstrap import Application, application
from retention.config import settings
from retention.inbound.applying import THREADS, Applier, Summary
from retention.inbound.queue import InboundQueue

logger = Logger()

#: The metric that counts what became of events.
COUNTED: Final[Mapping[str, str]] = {
    "applied": "EventsApplied",
    "ignored": "EventsIgnored",
    "later": "EventsPutOff",
    "failed": "EventsFailed",
    "hopeless": "EventsHopeless",
}


def build(app: Application) -> Applier:
    """Wire the applier of an application."""
    return Applier(
        InboundQueue(app.core.settings, app.core.ids),
        handlers_of(app),
        ThreadPoolExecutor(THREADS, thread_name_prefix="inbound"),
    )


@lru_cache(maxsize=1)
def applier() -> Applier:
    """The applier of this process, put together when it is first needed."""
    return build(application())


def apply(one: Applier, event: Mapping[str, Any], time_left: Callable[[], float], summary: Summary) -> list[str]:
    """Apply what the messages of an event hold; returns the ids of those that are to come again as they are."""
    again: list[str] = []
    for record in event["Records"]:
        try:
            one.apply(str(record["body"]), summary, time_left)
        except Exception as error:
            # Events of it that were applied are recognised by their claims.
            logger.exception("message_failed", message_id=record["messageId"], cause=type(error).__name__)
            again.append(str(record["messageId"]))
    return again


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Apply what a batch of messages holds. The answer is SQS's: the messages that are to come again."""
    summary = Summary()
    again = apply(applier(), event, lambda: context.get_remaining_time_in_millis() / 1000, summary)
    _measure(summary)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def _measure(summary: Summary) -> None:
    """Tell CloudWatch, of what happened only: a metric costs by the hour in which it is heard of."""
    metrics = Metrics(namespace=settings().powertools_metrics_namespace, service="inbound")
    for word, name in COUNTED.items():
        if count := summary.of(word):
            metrics.add_metric(name, MetricUnit.Count, count)
    if metrics.metric_set:
        metrics.flush_metrics()


coldstart.done()
