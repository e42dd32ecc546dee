"""What rests in a dead-letter queue: each message with what it names and the queue that it belongs into."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from retention.engine.queue import channel_in, work_in
from retention.jobs.queue import arrivals_in, deliveries_in
from tools.redrive.deployment import CHANNEL_OUTPUTS, INBOUND_OUTPUT, JOBS_OUTPUT

#: Seconds for which a message that was read is hidden from other readers. A tool that dies loses nothing.
HIDDEN: Final = 300
#: Messages that SQS hands over, takes or forgets in one request. Source: SQS API reference.
BATCH: Final = 10
#: Seconds that are waited for messages: a long poll asks all servers, so an empty answer means an empty queue.
PATIENCE: Final = 1


@dataclass(frozen=True)
class Letter:
    """One message at rest."""

    id: str
    receipt: str
    body: str
    sent_at: datetime
    #: What it is about, in words.
    about: str
    #: The output with the address of the queue that it belongs into; None where it names nothing of ours.
    belongs: str | None
    #: Why it failed, where it says so itself.
    cause: str | None = None


def letter_of(message: dict[str, Any]) -> Letter:
    """A message of SQS, understood."""
    sent = int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000
    about, belongs = address(message["Body"])
    return Letter(
        message["MessageId"],
        message["ReceiptHandle"],
        message["Body"],
        datetime.fromtimestamp(sent, UTC),
        about,
        belongs,
        _cause(message["Body"]),
    )


def address(body: str) -> tuple[str, str | None]:
    """What a message is about, in words, and the queue that it belongs into."""
    try:
        channel, work = channel_in(body), work_in(body)
    except ValueError:
        pass
    else:
        kinds = ", ".join(sorted({one.kind for one in work}))
        return f"{channel}: {kinds}", CHANNEL_OUTPUTS[channel]
    named = _members(body)
    if isinstance(named.get("events"), list) or isinstance(named.get("s3"), str):
        return f"came in: {', '.join(sorted(_sources(named)))}", INBOUND_OUTPUT
    if isinstance(named.get("jobId"), str):
        return "a job", JOBS_OUTPUT
    if deliveries_in(named.get("deliveries")):
        return "deliveries", JOBS_OUTPUT
    return ("arrivals", JOBS_OUTPUT) if arrivals_in(named.get("arrivals")) else ("nothing of ours", None)


def _sources(named: dict[str, Any]) -> set[str]:
    """From where the events of a message came; the key of an object begins with it."""
    if isinstance(named.get("s3"), str):
        return {named["s3"].partition("/")[0]}
    return {str(one.get("source")) for one in named["events"] if isinstance(one, dict)}


def _cause(body: str) -> str | None:
    cause = _members(body).get("cause")
    return cause if isinstance(cause, str) else None


def _members(body: str) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def at_rest(sqs: Any, url: str) -> Iterator[list[Letter]]:
    """Yields what rests in a queue, a handful at a time, each message once. It stays hidden for a while."""
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN,
            WaitTimeSeconds=PATIENCE,
            AttributeNames=["SentTimestamp"],
        )
        letters = [letter_of(message) for message in answer.get("Messages", [])]
        new = [letter for letter in letters if letter.id not in seen]
        if not new:
            # Nothing, or nothing but what has come up again.
            return
        seen.update(letter.id for letter in new)
        yield new


def put_back(sqs: Any, url: str, letters: list[Letter]) -> None:
    """Let others see messages again that were only looked at."""
    for at in range(0, len(letters), BATCH):
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for number, letter in enumerate(letters[at : at + BATCH])
        ]
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def count_at_rest(sqs: Any, url: str) -> int:
    """About how many messages rest in a queue, those included that somebody looks at."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(told[name]) for name in names)
