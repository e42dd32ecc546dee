"""What one item counts for, by its state alone. Names of numbers, with {channel} one of CALL, SMS, EMAIL:

    ACCOUNT        leads, leads:{status}, leads:from:{source}
                   {channel}:{what}                what: sent, rejected, cost, and every kind of evidence (reports/)
                   hour:{d}{hh}:{channel}:{what}   of sends at that weekday (0: Monday) and hour where the lead lives:
                                                   sent, delivered, opened, clicked, replied, answered, converted
                   conversions:{status}, converted, revenue, {channel}:converted, {channel}:revenue
    SEQUENCE#{id}  enrolled, enrollments:{status}
                   step:{id}:{what}                as above, and due, skipped:{reason}, failed:{reason},
                                                   converted, revenue
                   script:{id}:{what}              sent, cost, opened, clicked, replied, answered, converted, revenue
    CAMPAIGN#{id}  leads, leads:{status}, {channel}:{what}, {channel}:converted, {channel}:revenue, script:{id}:{what}
    TEST#{id}      {A or B}:{what}                 exposures, recipients, impressions, clicks, conversions, revenue,
                                                   cost; by the day of UTC on which the test reached the lead first

Money is counted in ten-thousandths. An item counts in the quarter of an hour in which it happened: a lead when it
came, a send when it was sent, a conversion when it was recorded. Whatever comes of a send counts where the send does,
its cost, its evidence, and the conversions of a channel, step or script that it has brought: so what came of the sends
of a day is never more than there were.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion
from retention.entity import Entity
from retention.experiments.model import Exposure
from retention.leads.model import Lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.stats.buckets import bucket_of, day_of
from retention.table import keys

ACCOUNT: Final = "ACCOUNT"
#: Parts of a unit of money in which it is counted: Money has four decimals.
UNIT: Final = 10_000
#: What is told of a script, and of an hour of the week.
_OF_SCRIPT: Final = frozenset({"sent", "cost", "opened", "clicked", "replied", "answered", "converted", "revenue"})
_OF_HOUR: Final = frozenset({"sent", "delivered", "opened", "clicked", "replied", "answered"})


class Place(NamedTuple):
    """Which tally: its scope, its quarter of an hour, and whose share."""

    scope: str
    bucket: str
    spread_by: str


#: Numbers by tally and name.
Contribution = Counter[tuple[Place, str]]


class _Fact(NamedTuple):
    """One thing that happened."""

    what: str
    at: datetime
    amount: int = 1


def sequence_scope(sequence_id: str) -> str:
    """The scope of a sequence."""
    return keys.scope("SEQUENCE", sequence_id)


def campaign_scope(campaign_id: str) -> str:
    """The scope of a campaign."""
    return keys.scope("CAMPAIGN", campaign_id)


def test_scope(test_id: str) -> str:
    """The scope of an A/B test."""
    return keys.scope("TEST", test_id)


def money(amount: Decimal | None) -> int:
    """An amount in ten-thousandths."""
    return 0 if amount is None else int(amount * UNIT)


# --- attempts ----------------------------------------------------------------------------------------------------


def _of_attempt(attempt: ContactAttempt) -> Contribution:
    counted: Contribution = Counter()
    sequence = ids.split(attempt.id, 4)
    for fact in _facts(attempt):
        named = [(ACCOUNT, f"{attempt.channel}:{fact.what}")]
        if attempt.campaign_id is not None:
            named.append((campaign_scope(attempt.campaign_id), f"{attempt.channel}:{fact.what}"))
        owner = None if attempt.campaign_id is None else campaign_scope(attempt.campaign_id)
        if sequence is not None:
            owner = sequence_scope(sequence[1])
            named.append((owner, f"step:{sequence[3]}:{fact.what}"))
        if owner is not None and attempt.script_id is not None and fact.what in _OF_SCRIPT:
            named.append((owner, f"script:{attempt.script_id}:{fact.what}"))
        for scope, name in named:
            counted[Place(scope, bucket_of(fact.at), attempt.lead_id), name] += fact.amount
        if attempt.sent_at is not None and attempt.local_hour is not None and fact.what in _OF_HOUR:
            name = f"hour:{attempt.local_hour}:{attempt.channel}:{fact.what}"
            counted[Place(ACCOUNT, bucket_of(attempt.sent_at), attempt.lead_id), name] += fact.amount
    return counted


def _facts(attempt: ContactAttempt) -> Iterator[_Fact]:
    if attempt.sent_at is not None:
        yield _Fact("sent", attempt.sent_at)
        for what in attempt.told or {}:
            if what != "sent":
                yield _Fact(what, attempt.sent_at)
    elif attempt.status == "FAILED":
        yield _Fact("rejected", attempt.completed_at or attempt.started_at)
    if attempt.cost:
        yield _Fact("cost", attempt.sent_at or attempt.started_at, money(attempt.cost))


# --- what sequences and campaigns do -------------------------------------------------------------------------------


def _of_execution(execution: SequenceStepExecution) -> Contribution:
    counted: Contribution = Counter()
    if execution.is_open or execution.executed_at is None:
        return counted
    place = Place(sequence_scope(execution.sequence_id), bucket_of(execution.executed_at), execution.lead_id)
    counted[place, f"step:{execution.step_id}:due"] = 1
    if execution.status in ("SKIPPED", "FAILED"):
        reason = execution.result.get("reason", "unknown")
        counted[place, f"step:{execution.step_id}:{execution.status.lower()}:{reason}"] = 1
    return counted


def _of_enrollment(enrollment: SequenceEnrollment) -> Contribution:
    place = Place(sequence_scope(enrollment.sequence_id), bucket_of(enrollment.enrolled_at), enrollment.lead_id)
    return Counter({(place, "enrolled"): 1, (place, f"enrollments:{enrollment.status}"): 1})


def _of_assignment(assignment: CampaignLead) -> Contribution:
    place = Place(campaign_scope(assignment.campaign_id), bucket_of(assignment.assigned_at), assignment.lead_id)
    return Counter({(place, "leads"): 1, (place, f"leads:{assignment.status}"): 1})


def _of_lead(lead: Lead) -> Contribution:
    place = Place(ACCOUNT, bucket_of(lead.created_at), lead.id)
    names = ("leads", f"leads:{lead.status}", f"leads:from:{lead.source}")
    return Counter({(place, name): 1 for name in names})


# --- tests ---------------------------------------------------------------------------------------------------------


def _of_exposure(exposure: Exposure) -> Contribution:
    """A lead is one recipient, one click, one conversion; without a send that is there, an exposure and no more."""
    place = Place(test_scope(exposure.test_id), day_of(exposure.since), exposure.lead_id)
    numbers = {"exposures": 1}
    if exposure.impressions > 0:
        numbers |= {
            "recipients": 1,
            "impressions": exposure.impressions,
            "clicks": int(exposure.clicks > 0),
            "conversions": int(exposure.conversions > 0),
            "revenue": exposure.revenue,
            "cost": exposure.cost,
        }
    return Counter({(place, f"{exposure.variant}:{what}"): amount for what, amount in numbers.items()})


# --- conversions -----------------------------------------------------------------------------------------------------


def _of_conversion(conversion: Conversion) -> Contribution:
    counted: Contribution = Counter()
    scopes = [ACCOUNT] + ([] if conversion.campaign_id is None else [campaign_scope(conversion.campaign_id)])
    named = [(scope, _Fact(f"conversions:{conversion.status}", conversion.created_at)) for scope in scopes]
    if conversion.status == "customer":
        came, brought = conversion.created_at, conversion.sent_at or conversion.created_at
        for what, amount in (("converted", 1), ("revenue", money(conversion.revenue))):
            named += [(scope, _Fact(what, came, amount)) for scope in scopes]
            by = _bringers(conversion, scopes)
            named += [(scope, _Fact(f"{bringer}:{what}", brought, amount)) for scope, bringer in by]
        if conversion.channel and conversion.sent_at is not None and conversion.local_hour is not None:
            named.append((ACCOUNT, _Fact(f"hour:{conversion.local_hour}:{conversion.channel}:converted", brought)))
    for scope, fact in named:
        counted[Place(scope, bucket_of(fact.at), conversion.lead_id or conversion.id), fact.what] += fact.amount
    return counted


def _bringers(conversion: Conversion, scopes: list[str]) -> Iterator[tuple[str, str]]:
    """What brought a conversion, by scope: a channel, a step, a script."""
    if conversion.channel:
        yield from ((scope, conversion.channel) for scope in scopes)
    parts = ids.split(conversion.contact_attempt_id or "", 4)
    if parts is not None:
        yield sequence_scope(parts[1]), f"step:{parts[3]}"
    owner = sequence_scope(parts[1]) if parts is not None else scopes[-1]
    if conversion.script_id is not None and owner != ACCOUNT:
        yield owner, f"script:{conversion.script_id}"


#: By kind of item.
_KINDS: Final[Mapping[type[Entity], Callable[[Any], Contribution]]] = {
    ContactAttempt: _of_attempt,
    SequenceStepExecution: _of_execution,
    SequenceEnrollment: _of_enrollment,
    CampaignLead: _of_assignment,
    Lead: _of_lead,
    Conversion: _of_conversion,
    Exposure: _of_exposure,
}
#: The kinds of items that count for anything.
COUNTED: Final = frozenset(_KINDS)


def contribution(entity: Entity | None) -> Contribution:
    """What an item counts for; nothing for one that is not there, or is going away."""
    if entity is None or entity.deleting or type(entity) not in _KINDS:
        return Counter()
    return _KINDS[type(entity)](entity)
