"""What rests in a dead-letter queue, counted by what it is about and why it failed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tools.redrive.causes import causes
from tools.redrive.deployment import RESTING, Deployment
from tools.redrive.letters import at_rest, put_back

#: What is said where the log says nothing.
NOT_TOLD: Final = "no cause in the log (a time-out, a crash, or longer ago than logs are kept)"


@dataclass(frozen=True)
class Found:
    """What rests in one queue."""

    count: int
    #: When the oldest was sent; None of an empty queue.
    oldest: datetime | None
    #: How often, what about, and why; the most frequent first.
    groups: list[tuple[int, str, str]]


def look(deployment: Deployment, resting: str) -> Found:
    """Looks at everything in a queue, and leaves it there."""
    letters = [letter for some in at_rest(deployment.sqs, deployment.outputs[resting]) for letter in some]
    put_back(deployment.sqs, deployment.outputs[resting], letters)
    if not letters:
        return Found(0, None, [])
    oldest = min(letter.sent_at for letter in letters)
    told = causes(deployment.logs, deployment.name, RESTING[resting], oldest)
    by_cause = Counter((one.about, one.cause or told.get(one.id, NOT_TOLD)) for one in letters)
    return Found(len(letters), oldest, [(count, *group) for group, count in by_cause.most_common()])
