"""Was everything sent, once, and on time? The sandbox's books are the judge of the first two."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.demo.story import Api, Story
from tools.demo.watching import PROVIDERS, Books


@dataclass(frozen=True)
class Verdict:
    """What is true of one step."""

    channel: str
    once: int
    twice: int
    lost: int
    #: Seconds of this machine from due to sent, the shortest first.
    late: tuple[float, ...]
    #: Why the application says that messages were not sent: reasons with their counts.
    reasons: Counter[str]

    @property
    def is_good(self) -> bool:
        """Whether each was sent once, and none before its time."""
        return not self.twice and not self.lost and all(late >= 0 for late in self.late)

    def share(self, part: float) -> float:
        """Seconds within which this part of them was sent."""
        return self.late[min(len(self.late) - 1, int(part * len(self.late)))] if self.late else 0.0


def audit(api: Api, story: Story, books: Books, paces: Sequence[float]) -> list[Verdict]:
    """The verdict on each step; `paces` says how fast the clock went for each."""
    counts = books.counts()
    return [
        verdict(story, step, counts, api.every(f"/v1/executions?stepId={step['id']}"), pace)
        for step, pace in zip(story.steps, paces, strict=True)
    ]


def verdict(
    story: Story,
    step: dict[str, Any],
    counts: Counter[tuple[str, str]],
    executions: list[dict[str, Any]],
    pace: float,
) -> Verdict:
    """The verdict on one step.

    Args:
        counts: messages that the sandbox accepted, by provider and address.
        executions: those of the step.
        pace: how fast the clock went.
    """
    provider, address = PROVIDERS[step["channel"]], "email" if step["channel"] == "EMAIL" else "phone"
    sends = Counter(min(2, counts[provider, lead[address]]) for lead in story.leads.values())
    late = [_lateness(execution) / pace for execution in executions if execution["status"] in ("SENT", "DELIVERED")]
    reasons = Counter(
        str(execution["result"].get("reason", execution["status"]))
        for execution in executions
        if execution["status"] not in ("SENT", "DELIVERED")
    )
    return Verdict(step["channel"], sends[1], sends[2], sends[0], tuple(sorted(late)), reasons)


def _lateness(execution: dict[str, Any]) -> float:
    due, done = (datetime.fromisoformat(execution[name]) for name in ("scheduledAt", "executedAt"))
    return (done - due).total_seconds()
