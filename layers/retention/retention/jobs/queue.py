"""Waking the jobs function. A message is only a hint: a job that is due is found by the sweep without it."""

import json
import logging
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from retention import aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
#: Longest delay of an SQS message, in seconds. Source: SQS API reference, SendMessage.
MAX_DELAY: Final = 900


class JobsQueue(Protocol):
    """Says that a job can go on."""

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Have the jobs function look at a job, not before so many seconds."""


class SqsJobsQueue:
    """The queue in SQS; its client is made when it is first needed."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region
        self._client: SQSClient | None = None

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Send the hint. A queue that does not answer costs a minute, not the job."""
        if self._client is None:
            self._client = aws.client("sqs", self._region)
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps({"jobId": job_id}),
                DelaySeconds=min(delay_seconds, MAX_DELAY),
            )
        except (BotoCoreError, ClientError):
            logger.warning("queue_unreachable", extra={"job": job_id}, exc_info=True)


class NoQueue:
    """No queue: jobs are found by the sweep, or run by hand."""

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Do nothing."""
