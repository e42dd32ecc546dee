"""What one item counts for, by its state alone. Names of numbers, with {channel} one of CALL, SMS, EMAIL:

    ACCOUNT        leads, leads:{status}, leads:from:{source}
                   {channel}:{what}                what: sent, rejected, cost, and every kind of evidence (reports/)
                   hour:{d}{hh}:{channel}:{what}   of sends at that weekday (0: Monday) and hour where the lead lives
                   conversions:{status}, converted, revenue, {channel}:converted, {channel}:revenue
    SEQUENCE#{id}  enrolled, enrollments:{status}
                   step:{id}:{what}                as above, and due, skipped:{reason}, failed:{reason},
                                                   converted, revenue
                   script:{id}:{what}              sent, cost, opened, clicked, replied, answered, converted, revenue
    CAMPAIGN#{id}  leads, leads:{status}, {channel}:{what}, {channel}:converted, {channel}:revenue, script:{id}:{what}

Money is counted in ten-thousandths. An item counts in the quarter of an hour in which it happened: a send and what it
cost when it was sent, evidence when it was told of, a lead when it came, a conversion when it was recorded; the hours
of the week are those of sends, so that a reply counts where its send does.
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
from retention.leads.model import Lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.stats.buckets import bucket_of

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
    return f"SEQUENCE#{sequence_id}"


def campaign_scope(campaign_id: str) -> str:
    """The scope of a campaign."""
    return f"CAMPAIGN#{campaign_id}"


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
        for what, told in (attempt.told or {}).items():
            if what != "sent":
                yield _Fact(what, datetime.fromisoformat(told["at"]))
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


# --- conversions -----------------------------------------------------------------------------------------------------


def _of_conversion(conversion: Conversion) -> Contribution:
    counted: Contribution = Counter()
    spread_by = conversion.lead_id or conversion.id
    facts = [_Fact(f"conversions:{conversion.status}", conversion.created_at)]
    paid = [
        _Fact("converted", conversion.created_at),
        _Fact("revenue", conversion.created_at, money(conversion.revenue)),
    ]
    if conversion.status == "customer":
        facts += paid
        facts += [fact._replace(what=f"{conversion.channel}:{fact.what}") for fact in paid if conversion.channel]
    scopes = [ACCOUNT] + ([] if conversion.campaign_id is None else [campaign_scope(conversion.campaign_id)])
    named = [(scope, fact) for scope in scopes for fact in facts]
    parts = ids.split(conversion.contact_attempt_id or "", 4)
    if conversion.status == "customer" and parts is not None:
        named += [(sequence_scope(parts[1]), fact._replace(what=f"step:{parts[3]}:{fact.what}")) for fact in paid]
    owner = sequence_scope(parts[1]) if parts is not None else scopes[-1]
    if conversion.status == "customer" and conversion.script_id is not None and owner != ACCOUNT:
        named += [(owner, fact._replace(what=f"script:{conversion.script_id}:{fact.what}")) for fact in paid]
    for scope, fact in named:
        counted[Place(scope, bucket_of(fact.at), spread_by), fact.what] += fact.amount
    return counted


#: By kind of item.
_KINDS: Final[Mapping[type[Entity], Callable[[Any], Contribution]]] = {
    ContactAttempt: _of_attempt,
    SequenceStepExecution: _of_execution,
    SequenceEnrollment: _of_enrollment,
    CampaignLead: _of_assignment,
    Lead: _of_lead,
    Conversion: _of_conversion,
}
#: The kinds of items that count for anything.
COUNTED: Final = frozenset(_KINDS)


def contribution(entity: Entity | None) -> Contribution:
    """What an item counts for; nothing for one that is not there, or is going away."""
    if entity is None or entity.deleting or type(entity) not in _KINDS:
        return Counter()
    return _KINDS[type(entity)](entity)
