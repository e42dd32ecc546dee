"""Where events wait: their queue, the bucket for large ones, and the dead-letter queue for what is hopeless."""

import logging
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from retention import aws
from retention.config import Settings
from retention.ids import Ids
from retention.receiving import messages
from retention.receiving.event import Event

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

#: Longest delay of an SQS message, in seconds. Source: SQS API reference, SendMessage.
MAX_DELAY: Final = 900


class _GoneError(Exception):
    """An object that is not in the bucket any more."""


class InboundQueue:
    """Reads events, has them come again, and lays to rest what is hopeless. AWS's errors are not caught: the message at
    hand then comes again as it is."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        self._settings = settings
        self._ids = ids

    @cached_property
    def _sqs(self) -> "SQSClient":
        client: SQSClient = aws.client("sqs", self._settings.aws_region)
        return client

    @cached_property
    def _s3(self) -> Any:
        return aws.client("s3", self._settings.aws_region)

    def read(self, body: str) -> list[Event]:
        """The events of a message; none where it points at an object that is gone.

        An object is there before its message, outlives every queue, and is removed when its event is done: one that is
        gone says that the queue delivers this message a second time, as it may.

        Raises:
            ValueError: it is no message of ours.
        """
        try:
            return messages.events_in(body, self._fetch)
        except _GoneError:
            logger.info("done_already")
            return []

    def _fetch(self, key: str) -> bytes:
        try:
            found = self._s3.get_object(Bucket=self._settings.inbox_bucket, Key=key)
        except self._s3.exceptions.NoSuchKey:
            raise _GoneError from None
        return bytes(found["Body"].read())

    def done(self, body: str) -> None:
        """A message is done with: what it points at is not needed any more."""
        if (key := messages.key_in(body)) is not None:
            self._s3.delete_object(Bucket=self._settings.inbox_bucket, Key=key)

    def again(self, event: Event, seconds: float) -> None:
        """Have an event come again, not before so many seconds of the machine."""
        (packed,) = messages.packed([event])
        body = packed if isinstance(packed, str) else messages.pointer(self._put(packed))
        delay = min(math.ceil(seconds), MAX_DELAY)
        self._sqs.send_message(QueueUrl=self._settings.inbound_queue_url, MessageBody=body, DelaySeconds=delay)

    def bury(self, event: Event, cause: str) -> None:
        """Lay an event to rest, with the cause, for somebody to look at and replay: it then begins anew."""
        event = event._replace(tries=0)
        (packed,) = messages.packed([event])
        if isinstance(packed, str):
            body = messages.with_cause(event, cause)
        else:
            body = messages.pointer(self._put(packed), cause)
        self._sqs.send_message(QueueUrl=self._settings.inbound_dead_letter_queue_url, MessageBody=body)

    def _put(self, event: Event) -> str:
        key = f"{event.source}/{self._ids.new()}"
        self._s3.put_object(Bucket=self._settings.inbox_bucket, Key=key, Body=messages.object_of(event))
        return key
