"""The attempt that stands for a send: one for each obligation, with its identity, so that a second one loses by key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from retention.attempts.model import FINAL, AttemptStatus, ContactAttempt, may_become
from retention.attempts.sending import when_sent
from retention.attempts.service import attempt_key
from retention.budgets.limits import scopes_of
from retention.budgets.quoting import cost_of
from retention.core import Core
from retention.engine.errand import Errand
from retention.engine.obligation import Flight
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.table.writes import Create, Replace, Write

#: Characters of a result that an attempt keeps.
MAX_RESULT: Final = 2000
#: An answer that says nothing.
NOTHING: Final[Mapping[str, Any]] = {}


def attempt_write(
    core: Core,
    errand: Errand,
    status: AttemptStatus,
    *,
    channel: Channel,
    started_at: datetime,
    flight: Flight | None = None,
    ref: str | None = None,
    result: str | None = None,
    sent: bool = False,
    unknown: bool = False,
    facts: Mapping[str, Any] = NOTHING,
) -> list[Write]:
    """The write that brings the attempt of an errand to a state; none where it has come further already.

    An end that somebody set by hand stays, and so do the words.

    Args:
        flight: the send that it stands for, which says what was sent; None: there was none.
        sent: whether the provider has taken it.
        unknown: whether nobody can say that. It is noted also where somebody has set how it ended.
        facts: what it said then.
    """
    before = _present(core, errand)
    when = when_sent(errand.lead, started_at, core.settings) if sent else {}
    if unknown:
        when["unknown_since"] = core.now()
    if sent and flight is not None and (before is None or before.cost is None):
        when["cost"] = cost_of(channel, flight.price, flight.units, facts)
    if sent and flight is not None and flight.script is not None:
        # An earlier send for it, which came to nothing, may have been made of something else.
        when |= {"script_id": flight.script, "experiment": flight.experiment}
    if before is None:
        attempt = ContactAttempt.model_construct(
            id=errand.work.id,
            lead_id=errand.work.lead_id,
            channel=channel,
            script_id=_script_of(errand, flight),
            experiment=None if flight is None else flight.experiment,
            campaign_id=errand.campaign_id,
            started_at=started_at,
            revision=core.ids.revision(),
        )
    elif before.status == status and ref is None and not unknown and not (sent and before.sent_at is None):
        return []
    elif not may_become(before.status, status):
        is_known = before.provider_ref == ref and not unknown
        return [] if is_known else [_with_ref(core, before, channel, ref, when)]
    else:
        attempt = core.changed(before, started_at=started_at if before.status == "PENDING" else before.started_at)
    ended = core.now() if status in FINAL else None
    words = attempt.result if "result" in (attempt.by_hand or []) else result
    attempt = attempt.model_copy(
        update={
            "status": status,
            "provider": provider_of(channel),
            "provider_ref": ref or attempt.provider_ref,
            "result": None if words is None else words[:MAX_RESULT],
            "completed_at": attempt.completed_at or ended,
            "budgets": scopes_of(errand) or None,
            **when,
        }
    )
    return [Create(attempt) if before is None else Replace(attempt, before=before)]


def _script_of(errand: Errand, flight: Flight | None) -> str | None:
    """The script that was sent; where no trace tells of it, the one that would be sent now."""
    if flight is not None and flight.script is not None:
        return flight.script
    return (errand.script.id or None) if errand.script is not None else None


def _with_ref(core: Core, before: ContactAttempt, channel: Channel, ref: str | None, when: dict[str, Any]) -> Write:
    """What is noted on an attempt whose status stays: the provider's id, where its report came before the answer."""
    after = core.changed(before, provider=provider_of(channel), provider_ref=ref or before.provider_ref, **when)
    return Replace(after, before=before)


def _present(core: Core, errand: Errand) -> ContactAttempt | None:
    """The attempt, if there is one. The happy path of a step knows that there is none, and does not ask."""
    if errand.work.contact_attempt_id is None:
        return errand.attempt
    return core.store.find(ContactAttempt, attempt_key(errand.work.contact_attempt_id))
