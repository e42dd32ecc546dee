"""What rests in the dead-letter queue of what came in: its messages hold what was told, and some of it may name the
person. The queue of what still comes in is left alone: what is in it is applied within seconds, and finds nobody.

Source: SQS developer guide, short and long polling (a long poll asks all servers), visibility timeout.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from retention import aws
from retention.core import Core
from retention.erasure.tombstone import DONE, Target, traces_of
from retention.erasure.traces import Traces
from retention.jobs.runner import Chunk
from retention.receiving import messages

#: Seconds for which a message that was read is hidden from other readers, at most.
HIDDEN: Final = 120
#: Messages of one request. Source: SQS API reference, ReceiveMessage.
BATCH: Final = 10
#: Messages after which others are let know that this goes on.
MANY: Final = 500
#: Seconds of a long poll.
PATIENCE: Final = 1


class Letters:
    """The dead-letter queue of what came in."""

    def __init__(self, core: Core) -> None:
        self._url = core.settings.inbound_dead_letter_queue_url
        self._sqs: Any = aws.client("sqs", core.settings.aws_region)

    def each(self) -> Iterator[dict[str, Any]]:
        """Each message that rests there, once. What is not forgotten by the end can be seen by others again."""
        seen: dict[str, str] = {}
        try:
            while True:
                answer = self._sqs.receive_message(
                    QueueUrl=self._url, MaxNumberOfMessages=BATCH, VisibilityTimeout=HIDDEN, WaitTimeSeconds=PATIENCE
                )
                received = {one["MessageId"]: one for one in answer.get("Messages", [])}
                new = [one for name, one in received.items() if name not in seen]
                seen |= {name: one["ReceiptHandle"] for name, one in received.items()}
                if not new:
                    return
                yield from new
        finally:
            self._put_back(list(seen.values()))

    def _put_back(self, receipts: list[str]) -> None:
        for at in range(0, len(receipts), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(receipts[at : at + BATCH])
            ]
            # Those that were removed are refused one by one, in the answer.
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def remove(self, letter: dict[str, Any], rest: str | None) -> None:
        """Remove a message; what of it is others' is put there anew, first."""
        if rest is not None:
            self._sqs.send_message(QueueUrl=self._url, MessageBody=rest)
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter["ReceiptHandle"])


def remove_letters(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Remove what names the person. Messages have no order: begun again, it begins at the beginning."""
    traces = traces_of(core, target)
    if traces is None or checkpoint == DONE or not core.settings.inbound_dead_letter_queue_url:
        return
    letters, removed = Letters(core), 0
    for number, letter in enumerate(letters.each(), start=1):
        if traces.found_in(letter["Body"].encode()):
            letters.remove(letter, _without(letter["Body"], traces))
            removed += 1
        if number % MANY == 0:
            yield Chunk(removed=removed)
            removed = 0
    yield Chunk(removed=removed, checkpoint=DONE)


def _without(body: str, traces: Traces) -> str | None:
    """A message without the events that name the person; None where no others are in it."""
    with suppress(ValueError):
        message = messages.read(body)
        events = message.get("events")
        if isinstance(events, list):
            others = [one for one in events if not traces.found_in(messages.written(one).encode())]
            if others:
                return messages.written({**message, "events": others})
    return None
