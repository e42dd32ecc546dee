"""The team is told once that a budget is used up, and once more when it was raised and is used up again."""

import logging
from decimal import Decimal

from retention.budgets.limits import Limit
from retention.budgets.model import Spending
from retention.core import Core
from retention.outbound.announcing import announced, wake_deliveries
from retention.stats.contributing import UNIT
from retention.table.writes import Change, Create, RefusedError, Write

logger = logging.getLogger(__name__)


def is_told(limit: Limit, spending: Spending | None) -> bool:
    """Whether the team was told that a budget of this amount is used up."""
    return spending is not None and spending.told == limit.amount


def tell(core: Core, limit: Limit) -> None:
    """Tell of a budget from which a message could not be paid any more, unless that was told."""
    before = core.store.find(Spending, limit.spending)
    if is_told(limit, before):
        return
    used = 0 if before is None else before.used or 0
    amount = Decimal(limit.amount) / UNIT
    whose, _, identifier = limit.scope.partition("#")
    data = {
        "campaignId": identifier if whose == "CAMPAIGN" else None,
        "sequenceId": identifier if whose == "SEQUENCE" else None,
        "period": limit.period.name,
        "amount": amount,
        "used": Decimal(used) / UNIT,
    }
    logger.warning("budget_spent", extra={name: str(value) for name, value in data.items() if value is not None})
    mark: Write
    if before is None:
        spending = Spending(scope=limit.scope, period=limit.period.name, told=limit.amount)
        mark = Create(spending.model_copy(update={"revision": core.ids.revision()}))
    else:
        mark = Change(Spending, limit.spending, set={"told": limit.amount})
    writes = [mark, *announced(core, "budget.spent", f"{limit.scope}.{limit.period.name}.{limit.amount}", data)]
    try:
        core.store.write(*writes)
    except RefusedError:
        # Somebody else has just begun to use it; the next one who finds too little tells.
        return
    wake_deliveries(core, writes)
