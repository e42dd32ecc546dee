"""Days and months by the account's clock, also where that is changed."""

from datetime import datetime

import pytest

from retention.budgets.periods import period_at
from retention.contactrules.model import BudgetPeriod


@pytest.mark.parametrize(
    ("kind", "now", "zone", "name", "until"),
    [
        ("day", "2026-11-22T04:59:59Z", "America/New_York", "2026-11-21", "2026-11-22T05:00:00Z"),
        ("day", "2026-11-22T05:00:00Z", "America/New_York", "2026-11-22", "2026-11-23T05:00:00Z"),
        # A day of 23 hours, and one of 25.
        ("day", "2026-03-08T12:00:00Z", "America/New_York", "2026-03-08", "2026-03-09T04:00:00Z"),
        ("day", "2026-11-01T12:00:00Z", "America/New_York", "2026-11-01", "2026-11-02T05:00:00Z"),
        ("day", "2026-11-22T20:00:00Z", "Asia/Kathmandu", "2026-11-23", "2026-11-23T18:15:00Z"),
        ("month", "2026-12-31T23:30:00Z", "Europe/Berlin", "2027-01", "2027-01-31T23:00:00Z"),
        ("month", "2026-01-31T12:00:00Z", "UTC", "2026-01", "2026-02-01T00:00:00Z"),
        ("total", "2026-01-31T12:00:00Z", "UTC", "total", None),
    ],
)
def test_a_period_has_a_name_and_an_end(kind: BudgetPeriod, now: str, zone: str, name: str, until: str | None) -> None:
    period = period_at(kind, datetime.fromisoformat(now), zone)

    assert period == (name, None if until is None else datetime.fromisoformat(until))
