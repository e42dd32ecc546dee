"""The entry of the jobs function. A message names a job, which is run for as long as there is time, arrivals, which are
looked at, deliveries, which are made, or what is to be begun every night."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.bootstrap import Application, application
from retention.jobs.model import Job
from retention.jobs.nightly import Nightly, nightly_in
from retention.jobs.queue import ArrivalHint, arrivals_in, deliveries_in

logger = Logger()
#: Time that is left for saving the place and for a chunk under way, in milliseconds.
RESERVE: Final = 30_000
#: Time that a job takes before it goes on behind those that wait, in milliseconds: a few large imports must not keep
#: the start of a campaign or an erasure waiting until they have no time left.
SLICE: Final = 60_000


#: The metric for how a job ended. The template has an alarm on those that were given up.
_OUTCOMES: Final = {"succeeded": "JobsSucceeded", "failed": "JobsGivenUp"}


#: How that which is begun every night is begun, for a day; None: it has been.
NIGHTLY: Final[Mapping[str, Callable[[Application, str], Job | None]]] = {
    "recount": lambda app, day: app.recounts.tonight(day),
    "learn": lambda app, day: app.learning.tonight(day),
}


class NotOurMessageError(Exception):
    """It names nothing that is done here. It will rest in the dead-letter queue."""


class Deliveries(NamedTuple):
    """Deliveries that a message names."""

    ids: list[str]


def named_in(body: str) -> str | list[ArrivalHint] | Deliveries | Nightly:
    """The job, the arrivals, the deliveries, or the work of the night that a message names.

    Raises:
        NotOurMessageError: none of them.
    """
    try:
        message = json.loads(body)
    except ValueError:
        raise NotOurMessageError from None
    message = message if isinstance(message, dict) else {}
    job_id, arrivals = message.get("jobId"), arrivals_in(message.get("arrivals"))
    if isinstance(job_id, str) and job_id:
        return job_id
    if arrivals is not None:
        return arrivals
    deliveries, nightly = deliveries_in(message.get("deliveries")), nightly_in(message)
    if deliveries is not None:
        return Deliveries(deliveries)
    if nightly is None:
        raise NotOurMessageError
    return nightly


def run_jobs(event: dict[str, Any], context: LambdaContext, metrics: Metrics) -> list[str]:
    """Do what the messages of an event ask for; returns the ids of those that are to come again."""
    app = application()

    def time_is_left() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE

    slice_ends = context.get_remaining_time_in_millis() - SLICE

    def it_is_its_turn() -> bool:
        return context.get_remaining_time_in_millis() > max(RESERVE, slice_ends)

    def run(body: str) -> None:
        named = named_in(body)
        if isinstance(named, str):
            run_job(named)
        elif isinstance(named, Nightly):
            begun = NIGHTLY[named.task](app, named.day)
            logger.info("night_work", task=named.task, job=begun.id if begun else "begun before")
        elif isinstance(named, Deliveries):
            deliver(app, named.ids, time_is_left, metrics)
        else:
            look_at(app, named, metrics)

    def run_job(job_id: str) -> None:
        try:
            job = app.runner.run(job_id, it_is_its_turn)
        except Exception as error:
            logger.exception("job_failed", job=job_id, error=type(error).__name__)
            job = app.runner.recorded_failure(job_id)
            if job is None:
                raise
            # The sweep brings it back when its pause is over, so this message has done its duty.
            metrics.add_metric("JobFailures", MetricUnit.Count, 1)
            if job.status == "failed":
                metrics.add_metric("JobsGivenUp", MetricUnit.Count, 1)
            return
        logger.info("job_ran", job=job_id, status=job.status if job else "not due")
        if job is not None and job.status in _OUTCOMES:
            metrics.add_metric(_OUTCOMES[job.status], MetricUnit.Count, 1)
        repaired = job.result.get("repairs", 0) if job is not None and job.status == "succeeded" and job.result else 0
        if repaired:
            metrics.add_metric("FiguresRepaired", MetricUnit.Count, repaired)

    again: list[str] = []
    for record in event["Records"]:
        try:
            run(record["body"])
        except Exception as error:
            # It comes again or ends in the dead-letter queue, where `make redrive` names this cause.
            logger.exception("message_failed", message_id=record["messageId"], cause=type(error).__name__)
            again.append(record["messageId"])
    return again


def look_at(app: Application, arrivals: list[ArrivalHint], metrics: Metrics) -> None:
    """Have the triggers look at arrivals. What fails here stays due, and is found by the sweep."""
    looked = app.triggers.look_at(arrivals)
    logger.info("looked_at_arrivals", arrivals=len(arrivals), **asdict(looked))
    if looked.enrolled:
        metrics.add_metric("TriggerEnrollments", MetricUnit.Count, looked.enrolled)
    if looked.given_up:
        # With the jobs that were given up: the template has an alarm on them.
        metrics.add_metric("JobsGivenUp", MetricUnit.Count, looked.given_up)


def deliver(app: Application, ids: list[str], time_is_left: Callable[[], bool], metrics: Metrics) -> None:
    """Make deliveries. What fails here, or is not reached, stays due and is found by the sweep."""
    tally = app.deliverer.deliver(ids, time_is_left)
    if tally.tried:
        logger.info("delivered", extra=tally._asdict())
    counts = {
        "DeliveriesMade": tally.delivered,
        "DeliveriesFailed": tally.failed,
        "EndpointsSwitchedOff": tally.switched_off,
    }
    for name, count in counts.items():
        if count:
            metrics.add_metric(name, MetricUnit.Count, count)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Do what a batch of messages asks for. The answer is SQS's: the messages that are to come again."""
    metrics = Metrics(namespace=application().core.settings.powertools_metrics_namespace, service="jobs")
    failed = run_jobs(event, context, metrics)
    metrics.add_metric("JobMessages", MetricUnit.Count, len(event["Records"]))
    metrics.flush_metrics()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


coldstart.done()
