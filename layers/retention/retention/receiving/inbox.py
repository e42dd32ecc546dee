"""Where events are put: the inbound queue, and the bucket for what is too large for it."""

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from retention import aws
from retention.config import Settings
from retention.errors import RetentionError
from retention.ids import Ids
from retention.receiving import messages
from retention.receiving.event import Event

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
#: Messages, and bytes, of one request to the queue. Source: SQS API reference, SendMessageBatch (see messages).
BATCH: Final = 10
BATCH_BYTES: Final = 250_000
#: How often what the queue refused of a request is sent again.
TRIES: Final = 3
#: A caller waits, and comes again when it is told to: less than the function may run, twice over.
_PATIENCE: Final = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 2})


class InboxUnavailableError(RetentionError):
    """What was told could not be kept: tell it again."""

    code = "unavailable"


class Inbox:
    """Keeps events until they are applied."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        self._settings = settings
        self._ids = ids

    @cached_property
    def _sqs(self) -> "SQSClient":
        client: SQSClient = aws.client("sqs", self._settings.aws_region, _PATIENCE)
        return client

    @cached_property
    def _s3(self) -> Any:
        return aws.client("s3", self._settings.aws_region, _PATIENCE)

    def connect(self) -> None:
        """Make the client of the queue now, while nobody waits."""
        _ = self._sqs

    def put(self, events: Sequence[Event]) -> None:
        """Keep events. Where this raises, some may have been kept all the same: copies are recognised later.

        Raises:
            InboxUnavailableError: not all of them could be kept.
        """
        try:
            for bodies in _requests(list(self._bodies(events))):
                self._send(bodies)
        except (BotoCoreError, ClientError) as error:
            logger.warning("inbox_unreachable", extra={"cause": type(error).__name__})
            raise InboxUnavailableError from error

    def _bodies(self, events: Sequence[Event]) -> Iterator[str]:
        for packed in messages.packed(events):
            yield packed if isinstance(packed, str) else messages.pointer(self._put_object(packed))

    def _put_object(self, event: Event) -> str:
        key = f"{event.source}/{self._ids.new()}"
        self._s3.put_object(Bucket=self._settings.inbox_bucket, Key=key, Body=messages.object_of(event))
        return key

    def _send(self, bodies: Sequence[str]) -> None:
        entries: list[Any] = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies)]
        for _ in range(TRIES):
            answer = self._sqs.send_message_batch(QueueUrl=self._settings.inbound_queue_url, Entries=entries)
            refused = {one["Id"] for one in answer.get("Failed", ())}
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                return
            logger.warning("inbox_refused", extra={"messages": len(entries)})
        raise InboxUnavailableError


def _requests(bodies: Sequence[str]) -> Iterator[Sequence[str]]:
    """The bodies of messages, as many together as one request holds."""
    together: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if together and (len(together) == BATCH or size + length > BATCH_BYTES):
            yield together
            together, size = [], 0
        together.append(body)
        size += length
    if together:
        yield together
