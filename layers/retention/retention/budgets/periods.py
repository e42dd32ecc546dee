"""The time that a budget is for: a day or a month by the account's clock, or all time."""

from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from retention.contactrules.model import BudgetPeriod

#: The name of the only period of a budget for all time.
TOTAL: Final = "total"


class Period(NamedTuple):
    """One stretch of time."""

    #: 2026-11-22, 2026-11 or total.
    name: str
    #: When the next one begins; None: never.
    until: datetime | None


def period_at(kind: BudgetPeriod, now: datetime, zone: str) -> Period:
    """The period that an instant is in.

    Args:
        zone: the account's.
    """
    local = now.astimezone(ZoneInfo(zone))
    if kind == "total":
        return Period(TOTAL, None)
    if kind == "day":
        following = local.date() + timedelta(days=1)
        name = local.date().isoformat()
    else:
        following = (local.date().replace(day=1) + timedelta(days=32)).replace(day=1)
        name = f"{local:%Y-%m}"
    return Period(name, datetime.combine(following, time(), ZoneInfo(zone)).astimezone(now.tzinfo))
