"""A send that ended with nobody knowing what became of it, and of which it is proved now that the provider took it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from retention.attempts.model import ContactAttempt
from retention.attempts.sending import when_sent
from retention.campaigns.model import CampaignContact, CampaignLead
from retention.campaigns.progress import reached_after_all
from retention.core import Core
from retention.engine.obligation import Obligation
from retention.engine.reasons import Reason
from retention.engine.telling import told_of_send
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.jsontext import format_instant
from retention.leads.model import Contact, Lead
from retention.table.keys import key
from retention.table.writes import Replace, Write

O = TypeVar("O", bound=Obligation)  # noqa: E741


@dataclass(frozen=True)
class Proven(Generic[O]):
    """The end that the engine would have written, had it known."""

    #: The obligation as it is then; it is still to be written.
    work: O
    #: Its attempt as it is then; None where somebody deleted it.
    attempt: ContactAttempt | None
    #: What is written with the obligation: the attempt, the lead, the assignment to a campaign, what the team is told.
    others: list[Write]
    #: Fields of the contact item.
    contact: dict[str, Any]


def is_unknown(work: Obligation) -> bool:
    """Whether an obligation ended with nobody knowing what became of it, and nobody has said so since."""
    is_resolved = "resolution" in work.result
    return work.status == "FAILED" and work.result.get("reason") == Reason.OUTCOME_UNKNOWN and not is_resolved


def asked_at(work: Obligation, attempt: ContactAttempt | None) -> datetime | None:
    """When the provider was asked last for a send of which nobody knows; None where nothing tells it.

    An attempt tells when it began: a send that was repeated since was asked for later.
    """
    if (told := work.result.get("askedAt")) is not None:
        return datetime.fromisoformat(told)
    return work.executed_at if attempt is None else attempt.started_at


def noted(core: Core, work: O, said: dict[str, str], *, reason: Reason | None, **result: str) -> O:
    """An obligation with what was said about it."""
    now = core.now()
    kept = {name: value for name, value in work.result.items() if name != "reason"}
    resolution = {**said, "at": format_instant(now)}
    return core.changed(
        work,
        result={**kept, **({} if reason is None else {"reason": reason}), **result, "resolution": resolution},
        history=work.noted(now, Reason.RESOLVED, **said),
    )


def proven(
    core: Core,
    work: O,
    *,
    attempt: ContactAttempt | None,
    lead: Lead,
    contact: Contact,
    channel: Channel,
    ref: str | None,
    said: dict[str, str],
) -> Proven[O]:
    """What follows from the proof.

    Args:
        attempt: None when somebody deleted it.
        ref: the provider's id of it, where it is known.
        said: who says so: `outcome` and `by`.
    """
    at = asked_at(work, attempt) or core.now()
    known = {} if ref is None else {"providerRef": ref}
    after = noted(core, work, said, reason=None, **known).model_copy(update={"status": "SENT", "executed_at": at})
    others = told_of_send(core, "message.sent", work, _campaign_of(work, attempt), channel, at, providerRef=ref)
    ended = attempt
    if attempt is not None:
        ended = core.changed(
            attempt,
            **_open_again(attempt),
            provider=provider_of(channel),
            provider_ref=ref or attempt.provider_ref,
            unknown_since=None,
            **when_sent(lead, at, core.settings),
            **_cost(work, attempt),
        )
        others.append(Replace(ended, before=attempt))
    if lead.status == "NEW":
        others.append(Replace(core.changed(lead, status="CONTACTED"), before=lead))
    if isinstance(work, CampaignContact):
        others += _assignment(core, work, at)
    return Proven(after, ended, others, {"last_contacted_at": max(at, contact.last_contacted_at or at)})


def _campaign_of(work: Obligation, attempt: ContactAttempt | None) -> str | None:
    """The campaign that it was sent for, as far as that is still known."""
    if isinstance(work, CampaignContact):
        return work.campaign_id
    return None if attempt is None else attempt.campaign_id


def _open_again(attempt: ContactAttempt) -> dict[str, Any]:
    """The end that the engine gave an attempt, taken back; what somebody has set by hand stays."""
    by_hand = attempt.by_hand or []
    words = {} if "result" in by_hand or attempt.status != "FAILED" else {"result": None}
    is_ended = attempt.status == "FAILED" and "status" not in by_hand
    return {**words, "status": "IN_PROGRESS", "completed_at": None} if is_ended else words


def _assignment(core: Core, work: CampaignContact, at: datetime) -> list[Write]:
    """The assignment that the contact belongs to, which it counts for after all."""
    names = {"lead_id": work.lead_id, "campaign_id": work.campaign_id}
    before = core.store.find(CampaignLead, key(CampaignLead.__name__, **names))
    after = None if before is None else reached_after_all(core, before, work, at)
    return [] if before is None or after is None else [Replace(after, before=before)]


def _cost(work: Obligation, attempt: ContactAttempt) -> dict[str, Decimal]:
    """What it cost, as it was quoted when it was sent."""
    quoted = work.result.get("quoted")
    return {} if quoted is None or attempt.cost is not None else {"cost": Decimal(quoted)}
