"""Money is set aside before the gate, for a chunk of messages in one transaction; or they are sent later.

    spending   used += what they may cost, on the condition that it stays within the budget
    charges    one for each message and budget, keyed by the obligation, so that money is set aside once

A message without a budget takes no part in it. What was set aside for one already, before a death or a passing refusal,
stays so. So of any number of workers none can spend what another one has; and what a dead worker has set aside is its
obligation's, and found with it or by a search (closing).
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from retention.budgets.closing import Closer
from retention.budgets.limits import Limit, charge_key, limits_of, scopes_of
from retention.budgets.model import Charge, Spending
from retention.budgets.quoting import Quote
from retention.budgets.telling import is_told, tell
from retention.core import Core
from retention.engine.decide import PROVIDER_PAUSE
from retention.engine.decision import Defer
from retention.engine.errand import Errand
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.errors import ContentionError
from retention.leads.contact import contact_key, require_lead
from retention.stats.contributing import money
from retention.table.keys import Key
from retention.table.writes import Count, Create, RefusedError, Replace, Require, Write

logger = logging.getLogger(__name__)

#: Messages that money is set aside for in one transaction, each from two budgets at most, for which it may have been
#: set aside in the period before: less than the hundred writes that a transaction may hold.
TOGETHER: Final = 14
#: How often that is tried again when others set money aside from the same budgets.
TRIES: Final = 20
#: How long a message waits for a budget without periods to be raised: twice as long each time, up to the longest.
FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=6)


class Asked(NamedTuple):
    """A message that is about to be sent, and what it will cost; None: its price is not known."""

    work: Work
    errand: Errand
    quote: Quote | None


class _Bound(NamedTuple):
    """A message with the budgets that it must fit in."""

    at: int
    work: Work
    errand: Errand
    amount: int
    limits: tuple[Limit, ...]


@dataclass
class _Plan:
    """What is to be written, and what cannot be paid."""

    writes: list[Write] = field(default_factory=list)
    #: By the place of the message: the budgets that are too small for it.
    short: dict[int, list[Limit]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reserver:
    """Sets money aside."""

    core: Core
    closer: Closer

    def set_aside(self, asked: Sequence[Asked]) -> list[Defer | None]:
        """Set aside what messages may cost: None where that was done or need not be, else when to look again.

        Raises:
            ContentionError: others kept changing the same budgets; then for none of them.
        """
        now = self.core.now()
        answers: list[Defer | None] = [None] * len(asked)
        bound: list[_Bound] = []
        for at, one in enumerate(asked):
            found = self._bound(at, one, now)
            if isinstance(found, Defer):
                answers[at] = found
            elif found is not None:
                bound.append(found)
        for start in range(0, len(bound), TOGETHER):
            together = bound[start : start + TOGETHER]
            for at, short in self._set_aside(together).items():
                answers[at] = _later(asked[at].errand, short, now)
        return answers

    def outlook(self, one: Asked, at: datetime) -> Defer | None:
        """What setting aside would come to at an instant, by what is spent now; nothing is written.

        Returns:
            None where a message would be paid, or costs no budget anything.
        """
        found = self._bound(0, one, at)
        if not isinstance(found, _Bound):
            return found
        short = _plan(self.core, [found], *self._read([found])).short.get(0)
        return None if short is None else _later(one.errand, short, at)

    def _bound(self, at: int, one: Asked, now: datetime) -> _Bound | Defer | None:
        """A message with its budgets; None where no budget binds it; when to look again where its price is missing."""
        limits = limits_of(one.errand, now, self.core.settings.default_time_zone)
        if not limits:
            return None
        if one.quote is None:
            return Defer(Reason.PRICE_MISSING, now + PROVIDER_PAUSE)
        return _Bound(at, one.work, one.errand, money(one.quote.amount), limits)

    def is_bound(self, errand: Errand) -> bool:
        """Whether a budget binds an errand."""
        return bool(scopes_of(errand))

    def done(self, errands: Sequence[Errand]) -> None:
        """Messages went through the gate, or not: what was set aside for them becomes what they cost."""
        places = [
            charge_key(errand.work.lead_id, errand.work.id, scope) for errand in errands for scope in scopes_of(errand)
        ]
        try:
            self.closer.close(places)
        except Exception:
            # They were sent, and that is written down: what is left open here is found by a search.
            logger.exception("charges_left_open", extra={"charges": len(places)})

    def _set_aside(self, bound: Sequence[_Bound]) -> dict[int, list[Limit]]:
        """Set money aside; returns for which of them there was too little, and where."""
        searched = False
        erased: set[str] = set()
        for _ in range(TRIES):
            charges, spendings = self._read(bound)
            plan = _plan(
                self.core,
                [one for one in bound if contact_key(one.errand.work.lead_id).pk not in erased],
                charges,
                spendings,
            )
            short = {limit.scope: limit for limits in plan.short.values() for limit in limits}
            if short and not searched:
                searched = True
                if sum(self.closer.search(scope) for scope in short) > 0:
                    continue
            try:
                if plan.writes:
                    self.core.store.write(*plan.writes)
            except RefusedError as refusal:
                # The gate lets nothing through to a lead that is being deleted; nor is anything created for it.
                refused = (refusal.writes[at] for at in refusal.failed)
                erased |= {one.key.pk for one in refused if isinstance(one, Require)}
                continue
            for limit in short.values():
                if not is_told(limit, spendings[limit.spending]):
                    tell(self.core, limit)
            return plan.short
        raise ContentionError

    def _read(self, bound: Sequence[_Bound]) -> tuple[dict[Key, Charge | None], dict[Key, Spending | None]]:
        places = [_place(one, limit) for one in bound for limit in one.limits]
        heads = list(dict.fromkeys(limit.spending for one in bound for limit in one.limits))
        wanted: list[tuple[type[Any], Key]] = [*((Charge, one) for one in places), *((Spending, one) for one in heads)]
        found = self.core.store.find_many(wanted)
        return dict(zip(places, found, strict=False)), dict(zip(heads, found[len(places) :], strict=True))


def _place(one: _Bound, limit: Limit) -> Key:
    return charge_key(one.errand.work.lead_id, one.work.id, limit.scope)


def _plan(
    core: Core, bound: Sequence[_Bound], charges: Mapping[Key, Charge | None], spendings: Mapping[Key, Spending | None]
) -> _Plan:
    """Who fits, in the order in which they come, and what is to be written for them."""
    plan = _Plan()
    sums: dict[tuple[str, str], Counter[str]] = {}
    most: dict[tuple[str, str], int] = {}
    for one in bound:
        short = []
        for limit in one.limits:
            place = (limit.scope, limit.period.name)
            spending = spendings[limit.spending]
            used = (0 if spending is None else spending.used or 0) + sums.get(place, Counter())["used"]
            more = one.amount - _counted(charges[_place(one, limit)], limit)
            if more > 0 and used + more > limit.amount:
                short.append(limit)
        if short:
            plan.short[one.at] = short
            continue
        created = False
        for limit in one.limits:
            before = charges[_place(one, limit)]
            plan.writes.append(_charge(core, one, limit, before))
            created = created or before is None
            if before is not None:
                _add(sums, before.scope, before.period, -before.counted, before.state)
            _add(sums, limit.scope, limit.period.name, one.amount, "open")
            most[limit.scope, limit.period.name] = limit.amount
        if created:
            plan.writes.append(require_lead(one.errand.work.lead_id))
    for (scope, period), added in sums.items():
        if added["used"] or added["reserved"]:
            at_most = {"used": most[scope, period] - added["used"]} if added["used"] > 0 else {}
            plan.writes.append(Count(Spending(scope=scope, period=period), dict(added), at_most))
    return plan


def _counted(before: Charge | None, limit: Limit) -> int:
    """What a budget counts for a message in this period already."""
    return before.counted if before is not None and before.period == limit.period.name else 0


def _add(sums: dict[tuple[str, str], Counter[str]], scope: str, period: str, amount: int, state: str) -> None:
    added = sums.setdefault((scope, period), Counter())
    added.update({"used": amount, "reserved": amount if state == "open" else 0})


def _charge(core: Core, one: _Bound, limit: Limit, before: Charge | None) -> Write:
    after = Charge(
        id=one.work.id,
        lead_id=one.errand.work.lead_id,
        scope=limit.scope,
        period=limit.period.name,
        counted=one.amount,
        state="open",
        since=core.now(),
        revision=core.ids.revision(),
    )
    return Create(after) if before is None else Replace(after, before=before)


def _later(errand: Errand, short: Sequence[Limit], now: datetime) -> Defer:
    """When a message is looked at again that could not be paid: in the next period, where the budget has one."""
    untils = [limit.period.until or now + _pause(errand) for limit in short]
    return Defer(Reason.BUDGET_SPENT, max(untils), {"budget": short[0].scope.partition("#")[0].lower()})


def _pause(errand: Errand) -> timedelta:
    last = (errand.work.history or [{}])[-1]
    times = int(last.get("times", 1)) if last.get("code") == Reason.BUDGET_SPENT else 0
    return min(FIRST_PAUSE * (1 << min(times, 10)), LONGEST_PAUSE)
