"""Waking the jobs function. A message is only a hint: whatever is due is found by the sweep without it."""

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from retention import aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
#: Longest delay of an SQS message, in seconds. Source: SQS API reference, SendMessage.
MAX_DELAY: Final = 900
#: Messages in one request. Source: SQS API reference, SendMessageBatch.
BATCH: Final = 10
#: Deliveries that one message names: each may take its time, and a message is done when all are.
DELIVERIES_EACH: Final = 25
#: Arrivals that one message names: their leads are read together, a second or two of work.
ARRIVALS_EACH: Final = 100


class ArrivalHint(NamedTuple):
    """An arrival, in the very state in which it was seen (sequences/arrivals)."""

    lead_id: str
    #: What is new.
    what: str
    #: Its revision then: a newer arrival of the same kind is not meant.
    revision: str


class JobsQueue(Protocol):
    """Says that a job can go on, and that something is new."""

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Have the jobs function look at a job, not before so many seconds."""

    def wake_for_arrivals(self, hints: Sequence[ArrivalHint]) -> None:
        """Have the jobs function look at arrivals; few messages for many."""

    def wake_for_deliveries(self, ids: Sequence[str], delay_seconds: int = 0) -> None:
        """Have the jobs function make deliveries, not before so many seconds; few messages for many."""


class SqsJobsQueue:
    """The queue in SQS; its client is made when it is first needed."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region
        self._client: SQSClient | None = None

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Send the hint. A queue that does not answer costs a minute, not the job."""
        try:
            self._sqs().send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps({"jobId": job_id}),
                DelaySeconds=min(delay_seconds, MAX_DELAY),
            )
        except (BotoCoreError, ClientError):
            logger.warning("queue_unreachable", extra={"job": job_id}, exc_info=True)

    def send(self, body: str) -> None:
        """Send a message; one that the queue does not take is lost."""
        self._send([body])

    def wake_for_arrivals(self, hints: Sequence[ArrivalHint]) -> None:
        """Send the hints, a hundred a message. What the queue does not take is found by the sweep."""
        self._send([arrivals_body(hints[at : at + ARRIVALS_EACH]) for at in range(0, len(hints), ARRIVALS_EACH)])

    def wake_for_deliveries(self, ids: Sequence[str], delay_seconds: int = 0) -> None:
        """Send the hints, 25 a message. What the queue does not take is found by the sweep."""
        chunks = [ids[at : at + DELIVERIES_EACH] for at in range(0, len(ids), DELIVERIES_EACH)]
        self._send([deliveries_body(chunk) for chunk in chunks], delay_seconds)

    def _send(self, bodies: Sequence[str], delay_seconds: int = 0) -> None:
        delay = min(delay_seconds, MAX_DELAY)
        for at in range(0, len(bodies), BATCH):
            entries: list[Any] = [
                {"Id": str(n), "MessageBody": one, "DelaySeconds": delay}
                for n, one in enumerate(bodies[at : at + BATCH])
            ]
            try:
                answer = self._sqs().send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                logger.warning("queue_unreachable", extra={"messages": len(entries)}, exc_info=True)
                return
            if answer.get("Failed"):
                logger.warning("queue_refused", extra={"messages": len(answer["Failed"])})

    def _sqs(self) -> "SQSClient":
        if self._client is None:
            self._client = aws.client("sqs", self._region)
        return self._client


class NoQueue:
    """No queue: jobs are found by the sweep, or run by hand."""

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Do nothing."""

    def wake_for_arrivals(self, hints: Sequence[ArrivalHint]) -> None:
        """Do nothing."""

    def wake_for_deliveries(self, ids: Sequence[str], delay_seconds: int = 0) -> None:
        """Do nothing."""


def arrivals_body(hints: Sequence[ArrivalHint]) -> str:
    """The message that names arrivals."""
    return json.dumps({"arrivals": hints}, separators=(",", ":"))


def arrivals_in(named: Any) -> list[ArrivalHint] | None:
    """The arrivals that a message names; None where it does not name them as `arrivals_body` does."""
    if not isinstance(named, list) or not named:
        return None
    if not all(isinstance(one, list) and len(one) == 3 and all(isinstance(part, str) for part in one) for one in named):
        return None
    return [ArrivalHint(*one) for one in named]


def deliveries_body(ids: Sequence[str]) -> str:
    """The message that names deliveries."""
    return json.dumps({"deliveries": list(ids)}, separators=(",", ":"))


def deliveries_in(named: Any) -> list[str] | None:
    """The deliveries that a message names; None where it does not name them as `deliveries_body` does."""
    if not isinstance(named, list) or not named:
        return None
    return named if all(isinstance(one, str) and one for one in named) else None
