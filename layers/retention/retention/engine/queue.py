"""The queues through which due work comes to the worker: one a channel. A message is only a hint."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from retention import aws
from retention.clock import Clock, machine_seconds
from retention.fields import Channel

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
#: Longest delay of an SQS message, in seconds, and messages in one request. Source: SQS API reference.
MAX_DELAY: Final = 900
BATCH: Final = 10
#: Obligations that one message names: a chunk whose loads and gates are shared.
CHUNK: Final = 25


class Work(NamedTuple):
    """An obligation, by its kind and id."""

    kind: str
    id: str


class Message(NamedTuple):
    """Work for one channel, to be done from an instant on."""

    channel: Channel
    due: datetime
    work: tuple[Work, ...]


class WorkQueue(Protocol):
    """Brings work to the worker."""

    def send(self, messages: Sequence[Message]) -> None:
        """Have each message's work looked at when it is due: never before, and within a second or two."""


def body_of(message: Message) -> str:
    """A message as text."""
    return json.dumps({"channel": message.channel, "work": message.work}, separators=(",", ":"))


def work_in(body: str) -> list[Work]:
    """The work that a message names.

    Raises:
        ValueError: it is no message of ours.
    """
    try:
        return [Work(str(kind), str(identifier)) for kind, identifier in json.loads(body)["work"]]
    except (TypeError, KeyError) as error:
        raise ValueError("not a message of ours") from error


def delay_until(clock: Clock, due: datetime) -> int:
    """Whole seconds of the machine until an instant, rounded up: a message must not come early."""
    return min(MAX_DELAY, max(0, math.ceil(machine_seconds(clock, due - clock.now()))))


class SqsWorkQueue:
    """The queues in SQS; the client is made when it is first needed."""

    def __init__(self, urls: Mapping[Channel, str], region: str, clock: Clock) -> None:
        self._urls = urls
        self._region = region
        self._clock = clock
        self._client: SQSClient | None = None

    def send(self, messages: Sequence[Message]) -> None:
        """Send the hints. What a queue does not take is found by the sweep."""
        by_channel: dict[Channel, list[Message]] = {}
        for message in messages:
            by_channel.setdefault(message.channel, []).append(message)
        for channel, some in by_channel.items():
            for at in range(0, len(some), BATCH):
                self._send_batch(self._urls[channel], some[at : at + BATCH])

    def _send_batch(self, url: str, messages: Sequence[Message]) -> None:
        if self._client is None:
            self._client = aws.client("sqs", self._region)
        entries: list[Any] = [
            {"Id": str(at), "MessageBody": body_of(one), "DelaySeconds": delay_until(self._clock, one.due)}
            for at, one in enumerate(messages)
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
        except (BotoCoreError, ClientError):
            logger.warning("queue_unreachable", extra={"messages": len(entries)}, exc_info=True)
            return
        if answer.get("Failed"):
            logger.warning("queue_refused", extra={"messages": len(answer["Failed"])})


class NoWorkQueue:
    """No queue: work is found by the sweep, or done by hand."""

    def send(self, messages: Sequence[Message]) -> None:
        """Do nothing."""
