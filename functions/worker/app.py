"""The entry of the worker: messages name what is due through one channel, and it is done, in chunks.

A message is answered for as a whole. One that names something which failed comes again, and in the end rests in the
dead-letter queue; what there was no time for goes back to its queue in a message of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.config import settings
from retention.engine.assembly import build_worker
from retention.engine.queue import Message, Work, channel_in, work_in
from retention.engine.worker import Report, Worker
from retention.fields import Channel
from retention.foundation import build_core
from retention.providers.directory import Directory
from worker.measures import measure

logger = Logger()
#: Seconds before its time-out at which the function answers: for what is written and sent after the last chunk.
RESERVE: Final = 3.0


class Asked(NamedTuple):
    """A message of the queue: its id there, and what it names."""

    message_id: str
    channel: Channel
    work: list[Work]


@lru_cache(maxsize=1)
def worker() -> Worker:
    """The worker of this process, put together when it is first needed."""
    core = build_core(settings())
    return build_worker(core, Directory(core))


def asked_in(records: Iterable[Mapping[str, Any]]) -> tuple[list[Asked], list[str]]:
    """What the messages of an event name, and the ids of those that name nothing that can be understood."""
    asked: list[Asked] = []
    strange: list[str] = []
    for record in records:
        message_id, body = str(record["messageId"]), str(record["body"])
        try:
            asked.append(Asked(message_id, channel_in(body), work_in(body)))
        except ValueError as error:
            logger.error("message_failed", message_id=message_id, cause=str(error))
            strange.append(message_id)
    return asked, strange


def do(one: Worker, work: Iterable[Work], time_left: Callable[[], float]) -> Report:
    """Do the work of all messages together. What failed is tried once more on its own: one broken item that spoils a
    chunk holds up nobody but itself."""
    report = one.process(list(work), time_left)
    failed, report.failed = report.failed, {}
    for alone in failed:
        again = one.process([alone], time_left)
        report.left += again.left
        report.failed |= again.failed
        report.outcomes += again.outcomes
        report.lateness += again.lateness
    return report


def answer_for(one: Worker, asked: Iterable[Asked], report: Report) -> list[str]:
    """The ids of the messages that are to come again; what there was no time for is queued anew."""
    left = set(report.left)
    again: list[str] = []
    for message in asked:
        if broken := {work.id: report.failed[work] for work in message.work if work in report.failed}:
            cause = ", ".join(sorted(set(broken.values())))
            logger.error("message_failed", message_id=message.message_id, cause=cause, work=list(broken))
            again.append(message.message_id)
        if unfinished := tuple(work for work in message.work if work in left):
            one.core.work_queue.send([Message(message.channel, one.core.now(), unfinished)])
            # Another message may name it, too; once is enough.
            left.difference_update(unfinished)
    return again


def answer(one: Worker, event: Mapping[str, Any], time_left: Callable[[], float], metrics: Metrics) -> list[str]:
    """Do what the messages of an event name; returns the ids of those that are to come again."""
    asked, strange = asked_in(event["Records"])
    try:
        report = do(one, dict.fromkeys(work for message in asked for work in message.work), time_left)
    except Exception as error:
        logger.exception("chunk_failed")
        for message in asked:
            logger.error("message_failed", message_id=message.message_id, cause=type(error).__name__)
        return strange + [message.message_id for message in asked]
    measure(report, metrics)
    return strange + answer_for(one, asked, report)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Do what a batch of messages names. The answer is SQS's: the messages that are to come again."""

    def time_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - RESERVE

    metrics = Metrics(namespace=settings().powertools_metrics_namespace, service="worker")
    failed = answer(worker(), event, time_left, metrics)
    if metrics.metric_set:
        metrics.flush_metrics()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


coldstart.done()
