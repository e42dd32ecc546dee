"""What an attempt and its obligation are, by all that was told of the send. Pure: order is gone.

A text message that somebody read has arrived, whatever else was told of it; an e-mail that bounced has not, whoever
opened it since: what comes back after a delivery was taken by a server and reached nobody. Of a call, that it was
answered counts more than that it could not be placed, and that more than that nobody took it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from retention.attempts.model import FINAL, AttemptStatus, ContactAttempt
from retention.engine.attempts import MAX_RESULT
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.fields import Channel
from retention.reports.evidence import Told, What

#: What ends an attempt, by the first that was told of: the status, and what proves it.
_PROOFS: Final[Mapping[Channel, Sequence[tuple[AttemptStatus, tuple[What, ...]]]]] = {
    "SMS": (
        ("SUCCESS", ("delivered", "opened", "clicked", "replied")),
        ("FAILED", ("undelivered",)),
    ),
    "EMAIL": (
        ("FAILED", ("undelivered",)),
        ("SUCCESS", ("delivered", "opened", "machine_opened", "clicked", "replied", "complained")),
    ),
    "CALL": (
        ("SUCCESS", ("answered",)),
        ("FAILED", ("undelivered",)),
        ("NO_ANSWER", ("unanswered",)),
    ),
}
#: The member of a result that says when something was told of.
INSTANTS: Final[Mapping[What, str]] = {
    "delivered": "deliveredAt",
    "undelivered": "undeliveredAt",
    "opened": "openedAt",
    "machine_opened": "machineOpenedAt",
    "clicked": "clickedAt",
    "machine_clicked": "machineClickedAt",
    "replied": "repliedAt",
    "answered": "answeredAt",
    "unanswered": "unansweredAt",
    "ended": "endedAt",
    "complained": "complainedAt",
}
#: Facts of the end of a call that stand on the attempt itself, in fields of their own.
_ON_THE_ATTEMPT: Final = frozenset({"summary", "text"})


def attempt_changes(attempt: ContactAttempt, told: Told) -> dict[str, Any]:
    """The fields of an attempt that follow from what was told; where nothing does they are as they were.

    Facts of the evidence `ended` that it takes: durationSeconds, cost (decimal text), summary, text (what people read
    where there is no summary), endedReason; of `undelivered`: code, detail.
    """
    by_hand, ended = attempt.by_hand or [], told.get("ended")
    status, at = _verdict(attempt.channel, told)
    changes: dict[str, Any] = {"told": dict(told)}
    if status is not None and not ("status" in by_hand and attempt.status in FINAL):
        changes |= {"status": status, "completed_at": at}
    if "result" not in by_hand:
        before, after = _text(attempt.channel, attempt.told or {}), _text(attempt.channel, told)
        changes["result"] = after if after is not None else None if attempt.result == before else attempt.result
    if ended is not None:
        changes |= {"duration": _seconds(ended["facts"]), "cost": _cost(ended["facts"])}
    return changes


def work_changes(work: Obligation, channel: Channel, before: Told, told: Told) -> dict[str, Any]:
    """The fields of an obligation that follow from what was told.

    One that ended without a send, as far as we knew, keeps its status; what was told stands in its result all the same.

    Args:
        before: what had been told when it was written last.
    """
    status, _ = _verdict(channel, told)
    sent = was_sent(work)
    kept = {name: value for name, value in work.result.items() if name not in _members(channel, before, sent)}
    changes: dict[str, Any] = {"result": {**kept, **_members(channel, told, sent)}}
    if sent:
        by_verdict = {"SUCCESS": "DELIVERED", "FAILED": "FAILED"}
        changes["status"] = by_verdict.get(status or "", "SENT")
    if "ended" in told:
        # A call is due for as long as its end is awaited.
        changes["due_at"] = None
    return changes


def was_sent(work: Obligation) -> bool:
    """Whether an obligation ended with a send that the provider took, whatever became of it then."""
    undelivered = work.status == "FAILED" and work.result.get("reason") == Reason.UNDELIVERED
    return work.status in ("SENT", "DELIVERED") or undelivered


def _verdict(channel: Channel, told: Told) -> tuple[AttemptStatus | None, datetime | None]:
    """The end of a send and when it came to it; None while nothing was told that ends it."""
    for status, proofs in _PROOFS[channel]:
        instants = [told[what]["at"] for what in proofs if what in told]
        if instants:
            # A call is over when it ended, not when somebody took it.
            over = told["ended"]["at"] if channel == "CALL" and "ended" in told else min(instants)
            return status, datetime.fromisoformat(over)
    return None, None


def _members(channel: Channel, told: Told, sent: bool) -> dict[str, Any]:
    """The members of an obligation's result that follow from what was told."""
    if not told:
        return {}
    members: dict[str, Any] = {name: told[what]["at"] for what, name in INSTANTS.items() if what in told}
    undelivered = told.get("undelivered", {}).get("facts", {})
    if channel == "EMAIL":
        members["bounced"] = undelivered.get("kind") == "bounce"
    if "ended" in told:
        members |= {name: value for name, value in told["ended"]["facts"].items() if name not in _ON_THE_ATTEMPT}
    if _verdict(channel, told)[0] == "FAILED" and sent:
        members |= {**undelivered, "reason": Reason.UNDELIVERED.value}
    return members


def _text(channel: Channel, told: Told) -> str | None:
    """What people read about the end of a send; None where its status says it all."""
    text = None
    if channel == "CALL" and "ended" in told:
        facts = told["ended"]["facts"]
        text = facts.get("summary") or facts.get("text") or facts.get("endedReason")
    elif _verdict(channel, told)[0] == "FAILED":
        facts = told["undelivered"]["facts"]
        said = " ".join(str(facts[name]) for name in ("code", "detail") if facts.get(name))
        text = f"{Reason.UNDELIVERED}: {said}" if said else Reason.UNDELIVERED.value
    return None if text is None else str(text)[:MAX_RESULT]


def _seconds(facts: Mapping[str, Any]) -> int | None:
    """The length of a call, where it was told and can be one."""
    value = facts.get("durationSeconds")
    return int(value) if isinstance(value, int | Decimal) and 0 <= value < 2**31 else None


def _cost(facts: Mapping[str, Any]) -> Decimal | None:
    """What it cost, exact to four places, where it was told and can be that."""
    try:
        cost = Decimal(str(facts["cost"])).quantize(Decimal("0.0001"))
    except (KeyError, InvalidOperation):
        return None
    return cost if 0 <= cost < 10**14 else None
