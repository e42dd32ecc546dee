"""What a report costs: it grows with the days, and not with what was sent in them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.figures.days import Period
from retention.table.layouts import STATS_SHARDS
from tests import factories
from tests.start import START
from tools.bench_engine.cost import counting

REPORTS: list[Callable[[Application, Period], Any]] = [
    lambda app, period: app.reports.overview(period),
    lambda app, period: app.reports.channels(period),
    lambda app, period: app.reports.funnel(period),
    lambda app, period: app.reports.timeline(period),
    lambda app, period: app.reports.heatmap(period, None),
]


def _send(app: Application, sends: int) -> None:
    """So many messages within the same quarters of an hour."""
    leads = [factories.a_lead() for _ in range(20)]
    factories.load(app, leads)
    attempts = [
        factories.an_attempt(
            leads[number % 20], sent_at=START - timedelta(hours=number % 10), local_hour="212", status="IN_PROGRESS"
        )
        for number in range(sends)
    ]
    factories.load(app, attempts)


@pytest.mark.parametrize("days", [1, 30, 366])
def test_requests_do_not_grow_with_what_was_sent(app: Application, days: int) -> None:
    period = Period(date(2026, 2, 18) - timedelta(days=days - 1), date(2026, 2, 18), "UTC")
    costs = []
    for sends in (20, 2000):
        _send(app, sends)
        with counting(app) as cost:
            for report in REPORTS:
                report(app, period)
        costs.append(cost.requests)

    assert costs[0] == costs[1] == ["Query"] * STATS_SHARDS * len(REPORTS)


def test_a_list_of_campaigns_costs_a_query_a_share_of_each(app: Application) -> None:
    campaigns = [factories.a_campaign() for _ in range(3)]
    factories.load(app, campaigns)
    period = Period(date(2026, 2, 18), date(2026, 2, 18), "UTC")
    with counting(app) as cost:
        rows = app.reports.campaigns(period, limit=2, position=None).data

    assert len(rows) == 2
    assert cost.requests == ["Query"] * (1 + 2 * STATS_SHARDS)
