"""What the team is told of, when something is told of a send for the first time."""

from collections.abc import Mapping
from typing import Any, Final

from retention.attempts.model import ContactAttempt
from retention.core import Core
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.outbound.announcing import EventType, announced
from retention.reports.evidence import Told
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Write

#: What each first evidence is to the team. What only machines did is told to nobody; of replies each one is told, not
#: the first alone (replies/handling).
_NEWS: Final[Mapping[str, EventType]] = {
    "delivered": "message.delivered",
    "undelivered": "message.failed",
    "opened": "message.opened",
    "clicked": "message.clicked",
    "ended": "call.ended",
}


def news(core: Core, work: Obligation, attempt: ContactAttempt, before: Told) -> list[Write]:
    """The deliveries of what is told of a send for the first time.

    Args:
        work, attempt: as they are with it.
        before: what had been told.
    """
    writes: list[Write] = []
    for what, event in _NEWS.items():
        entry = (attempt.told or {}).get(what)
        if entry is not None and what not in before:
            data = {**_described(work, attempt), **_more(what, attempt), "at": entry["at"]}
            writes += announced(core, event, f"{attempt.id}.{what}", data)
    return writes


def _described(work: Obligation, attempt: ContactAttempt) -> dict[str, Any]:
    """What there is to be said of any send. Source: outbound/contents."""
    known: dict[str, Any] = {
        "leadId": attempt.lead_id,
        "contactAttemptId": attempt.id,
        "channel": attempt.channel,
        "provider": attempt.provider,
        "providerRef": attempt.provider_ref,
        "campaignId": attempt.campaign_id,
    }
    if isinstance(work, SequenceStepExecution):
        known |= {"sequenceId": work.sequence_id, "stepId": work.step_id}
    return known


def _more(what: str, attempt: ContactAttempt) -> dict[str, Any]:
    if what == "undelivered":
        return {"reason": Reason.UNDELIVERED.value}
    if what != "ended":
        return {}
    ended = (attempt.told or {})[what]["facts"].get("endedReason")
    return {"status": attempt.status, "duration": attempt.duration, "cost": attempt.cost, "endedReason": ended}
