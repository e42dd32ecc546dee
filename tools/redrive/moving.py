"""Moves messages from where they rest back into their queues."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.redrive.deployment import Deployment
from tools.redrive.letters import Letter, at_rest, put_back


@dataclass
class Moved:
    """What became of the messages of one dead-letter queue."""

    moved: int = 0
    discarded: int = 0
    #: What names nothing of ours, or what its queue did not take.
    stayed: int = 0


def move(
    deployment: Deployment, resting: str, *, discard_strange: bool, tell: Callable[[Moved], object] = lambda _: None
) -> Moved:
    """Move everything that rests in a queue, and tell now and then how far it is.

    A message is removed from where it rests after its own queue has taken it: an interruption in between makes two of
    it, which does no harm.
    """
    url, moved = deployment.outputs[resting], Moved()
    staying: list[Letter] = []
    for letters in at_rest(deployment.sqs, url):
        gone = [letter for letter in letters if letter.belongs is None and discard_strange]
        moved.discarded += len(gone)
        for belongs in sorted({letter.belongs for letter in letters if letter.belongs is not None}):
            taken = _send(deployment, belongs, [letter for letter in letters if letter.belongs == belongs])
            moved.moved += len(taken)
            gone += taken
        _forget(deployment.sqs, url, gone)
        staying += [letter for letter in letters if letter not in gone]
        moved.stayed = len(staying)
        tell(moved)
    put_back(deployment.sqs, url, staying)
    return moved


def _send(deployment: Deployment, belongs: str, letters: list[Letter]) -> list[Letter]:
    """Hand messages to their queue; returns those that it took."""
    entries = [{"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(letters)]
    answer = deployment.sqs.send_message_batch(QueueUrl=deployment.outputs[belongs], Entries=entries)
    return [letters[int(taken["Id"])] for taken in answer.get("Successful", [])]


def _forget(sqs: Any, url: str, letters: list[Letter]) -> None:
    if letters:
        entries = [{"Id": str(number), "ReceiptHandle": letter.receipt} for number, letter in enumerate(letters)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
