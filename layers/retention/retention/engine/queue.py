"""The queues through which due work comes to the worker: one a channel. A message is only a hint."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from retention import aws
from retention.channels import CHANNELS, Channel
from retention.clock import Clock, machine_seconds
from retention.config import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
#: Longest delay of an SQS message, in seconds, and messages in one request. Source: SQS API reference.
MAX_DELAY: Final = 900
BATCH: Final = 10
#: How far the clocks of two machines may be apart, in seconds: what a message names must be due for who gets it, too.
SKEW: Final = 0.05
#: A hint is not worth waiting for: the sweep finds what no queue took.
_PATIENCE: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
#: The attribute of a queue that tells how many messages can be received now.
_VISIBLE: Final = "ApproximateNumberOfMessages"
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
        return [Work(str(kind), str(identifier)) for kind, identifier in _members(body)["work"]]
    except (TypeError, KeyError):
        raise ValueError("not a message of ours") from None


def channel_in(body: str) -> Channel:
    """The channel that a message is for.

    Raises:
        ValueError: it is no message of ours.
    """
    named = _members(body).get("channel")
    channel = next((one for one in CHANNELS if one == named), None)
    if channel is None:
        raise ValueError("not a message of ours")
    return channel


def _members(body: str) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise ValueError("not a message of ours")
    return members


def delay_until(clock: Clock, due: datetime, now: datetime) -> int:
    """Whole seconds of the machine from now until an instant, rounded up: a message must not come early."""
    seconds = machine_seconds(clock, due - now)
    return min(MAX_DELAY, math.ceil(seconds + SKEW)) if seconds > 0 else 0


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
        entries: list[Any] = [
            {
                "Id": str(at),
                "MessageBody": body_of(one),
                "DelaySeconds": delay_until(self._clock, one.due, self._clock.now()),
            }
            for at, one in enumerate(messages)
        ]
        try:
            answer = self._sqs().send_message_batch(QueueUrl=url, Entries=entries)
        except (BotoCoreError, ClientError):
            logger.warning("queue_unreachable", extra={"messages": len(entries)}, exc_info=True)
            return
        if answer.get("Failed"):
            logger.warning("queue_refused", extra={"messages": len(answer["Failed"])})

    def waiting(self, channel: Channel) -> int:
        """About how many messages wait for the worker; 0 when the queue does not tell."""
        try:
            answer = self._sqs().get_queue_attributes(QueueUrl=self._urls[channel], AttributeNames=[_VISIBLE])
        except (BotoCoreError, ClientError):
            logger.warning("queue_unreachable", extra={"channel": channel}, exc_info=True)
            return 0
        return int(answer["Attributes"][_VISIBLE])

    def _sqs(self) -> "SQSClient":
        if self._client is None:
            self._client = aws.client("sqs", self._region, _PATIENCE)
        return self._client


class NoWorkQueue:
    """No queue: work is found by the sweep, or done by hand."""

    def send(self, messages: Sequence[Message]) -> None:
        """Do nothing."""

    def waiting(self, channel: Channel) -> int:
        """Nothing waits."""
        return 0


def queues_of(configured: Settings, clock: Clock) -> SqsWorkQueue | NoWorkQueue:
    """The queues that a deployment has."""
    urls: dict[Channel, str] = {
        "CALL": configured.call_queue_url,
        "SMS": configured.sms_queue_url,
        "EMAIL": configured.email_queue_url,
    }
    return SqsWorkQueue(urls, configured.aws_region, clock) if all(urls.values()) else NoWorkQueue()
