"""How a budget stands at this moment."""

from decimal import Decimal

from pydantic import Field

from retention.budgets.limits import limit_of
from retention.budgets.model import Spending
from retention.contactrules.model import Budget, BudgetPeriod
from retention.core import Core
from retention.fields import Contract, Instant, Money
from retention.stats.contributing import UNIT


class BudgetStanding(Contract):
    """A budget in its present period."""

    amount: Money = Field(description="What may be spent in the period")
    period: BudgetPeriod = Field(description="total, day or month")
    until: Instant | None = Field(default=None, description="When the next period begins; null of total")
    spent: Money = Field(description="What was spent")
    reserved: Money = Field(description="What is set aside for messages that are under way, and calls not yet reported")
    left: Money = Field(description="What may still be set aside; 0 also where the budget was lowered below the rest")


def budget_standing(core: Core, scope: str, budget: Budget | None) -> BudgetStanding | None:
    """How a budget stands; None where there is none. One request.

    Args:
        scope: whose it is (stats/contributing.campaign_scope, sequence_scope).
        budget: as the settings of the campaign or sequence say.
    """
    if budget is None:
        return None
    limit = limit_of(scope, budget, core.now(), core.settings.default_time_zone)
    spending = core.store.find(Spending, limit.spending)
    used, reserved = (0, 0) if spending is None else (spending.used or 0, spending.reserved or 0)
    return BudgetStanding(
        amount=budget.amount,
        period=budget.period,
        until=limit.period.until,
        spent=_amount(used - reserved),
        reserved=_amount(reserved),
        left=_amount(max(limit.amount - used, 0)),
    )


def _amount(units: int) -> Decimal:
    return Decimal(units) / UNIT
