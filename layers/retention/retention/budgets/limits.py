"""The budgets that bind one message: its campaign's and its sequence's."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from retention.budgets.model import Charge, Spending
from retention.budgets.periods import Period, period_at
from retention.contactrules.model import Budget
from retention.engine.errand import Errand
from retention.sequences.model import SequenceStepExecution
from retention.stats.contributing import campaign_scope, money, sequence_scope
from retention.table.keys import Key, key


class Limit(NamedTuple):
    """One budget in the period of this moment."""

    #: What it is the budget of, as figures name it.
    scope: str
    period: Period
    #: What may be spent, in ten-thousandths.
    amount: int

    @property
    def spending(self) -> Key:
        """Where stands what is used of it."""
        return spending_key(self.scope, self.period.name)


def limits_of(errand: Errand, now: datetime, zone: str) -> tuple[Limit, ...]:
    """The budgets that bind an errand; of most there are none."""
    return tuple(limit_of(scope, budget, now, zone) for scope, budget in _budgets_of(errand))


def scopes_of(errand: Errand) -> list[str]:
    """Whose budgets bind an errand."""
    return [scope for scope, _ in _budgets_of(errand)]


def _budgets_of(errand: Errand) -> Iterator[tuple[str, Budget]]:
    campaign, sequence = errand.campaign_settings, errand.sequence_settings
    if campaign is not None and campaign.budget is not None and errand.campaign is not None:
        yield campaign_scope(errand.campaign.id), campaign.budget
    if sequence is not None and sequence.budget is not None and isinstance(errand.work, SequenceStepExecution):
        yield sequence_scope(errand.work.sequence_id), sequence.budget


def limit_of(scope: str, budget: Budget, now: datetime, zone: str) -> Limit:
    """A budget in the period of this moment."""
    return Limit(scope, period_at(budget.period, now, zone), money(budget.amount))


def spending_key(scope: str, period: str) -> Key:
    """Where stands what is used of a budget in a period."""
    return key(Spending.__name__, scope=scope, period=period)


def charge_key(lead_id: str, work_id: str, scope: str) -> Key:
    """Where stands what is set aside for an obligation."""
    return key(Charge.__name__, lead_id=lead_id, id=work_id, scope=scope)
