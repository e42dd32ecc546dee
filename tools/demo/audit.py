"""Was everything sent, once, on time, and nothing to those who wanted no more? The sandbox's books are the judge."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tools.demo.effects import Known
from tools.demo.story import Api, Story
from tools.demo.watching import HARMLESS, PROVIDERS, Books
from tools.sandbox.ledger import Entry

#: Seconds of this machine in which what was under way when somebody left may still be accepted.
UNDER_WAY: Final = 5.0


@dataclass(frozen=True)
class Verdict:
    """What is true of one step."""

    channel: str
    once: int
    twice: int
    lost: int
    #: Leads that were to be left in peace by then, and were.
    spared: int
    #: Messages that were accepted for leads that were to be left in peace.
    unwanted: int
    #: Seconds of this machine from due to sent, the shortest first.
    late: tuple[float, ...]
    #: Why the application says that messages were not sent: reasons with their counts.
    reasons: Counter[str]

    @property
    def is_good(self) -> bool:
        """Whether each was sent once, none before its time, and none to somebody who wanted no more."""
        return not (self.twice or self.lost or self.unwanted) and all(late >= 0 for late in self.late)

    def share(self, part: float) -> float:
        """Seconds within which this part of them was sent."""
        return self.late[min(len(self.late) - 1, int(part * len(self.late)))] if self.late else 0.0


def audit(api: Api, story: Story, books: Books, paces: Sequence[float], known: Mapping[str, Known]) -> list[Verdict]:
    """The verdict on each step; `paces` says how fast the clock went for each."""
    ends = {lead: one.ended_at for lead, one in known.items() if one.ended_at is not None}
    return [
        verdict(story, step, books.entries, api.every(f"/v1/executions?stepId={step['id']}"), pace, ends)
        for step, pace in zip(story.steps, paces, strict=True)
    ]


def verdict(
    story: Story,
    step: dict[str, Any],
    entries: Sequence[Entry],
    executions: list[dict[str, Any]],
    pace: float,
    ends: Mapping[str, datetime],
) -> Verdict:
    """The verdict on one step.

    Args:
        entries: what the sandbox accepted.
        executions: those of the step.
        pace: how fast the clock went.
        ends: since when leads are to be left in peace, by their ids.
    """
    provider, address = PROVIDERS[step["channel"]], "email" if step["channel"] == "EMAIL" else "phone"
    got: dict[str, list[datetime]] = {}
    for entry in entries:
        if entry.provider == provider:
            got.setdefault(entry.to, []).append(entry.at)
    sends = {lead: got.get(row[address], []) for lead, row in story.leads.items()}
    counts = Counter(min(2, len(instants)) for instants in sends.values())
    spared = sum(not instants and lead in ends for lead, instants in sends.items())
    grace = timedelta(seconds=UNDER_WAY * pace)
    unwanted = sum(at > ends[lead] + grace for lead, instants in sends.items() if lead in ends for at in instants)
    late = [_lateness(execution) / pace for execution in executions if was_sent(execution)]
    reasons = Counter(_reason(execution) for execution in executions if not was_sent(execution))
    for reason in HARMLESS:
        del reasons[reason]
    return Verdict(
        step["channel"], counts[1], counts[2], counts[0] - spared, spared, unwanted, tuple(sorted(late)), reasons
    )


def was_sent(execution: dict[str, Any]) -> bool:
    """Whether an execution ended with a message that was sent, whatever became of it."""
    return execution["status"] in ("SENT", "DELIVERED") or _reason(execution) == "undelivered"


def _reason(execution: dict[str, Any]) -> str:
    return str(execution["result"].get("reason", execution["status"]))


def _lateness(execution: dict[str, Any]) -> float:
    due, done = (datetime.fromisoformat(execution[name]) for name in ("scheduledAt", "executedAt"))
    return (done - due).total_seconds()
