"""Figures of days: nothing is lost at their edges, nothing counts twice, and nothing of tomorrow counts today."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retention.bootstrap import Application
from retention.figures.days import Period
from retention.figures.reading import FigureReader
from retention.stats.contributing import ACCOUNT
from tests import factories

INSTANT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Kathmandu", date(2026, 2, 18)),
        ("Asia/Kolkata", date(2026, 2, 18)),
        ("America/New_York", date(2026, 3, 8)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("UTC", date(2026, 2, 28)),
    ],
)
def test_a_day_is_from_its_first_instant_to_its_last(app: Application, zone: str, day: date) -> None:
    begin, end = (
        datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
        for one in (day, day + timedelta(days=1))
    )
    instants = [begin - INSTANT, begin, end - INSTANT, end]
    factories.load(app, [factories.a_lead(created_at=at, updated_at=at) for at in instants])
    reader = FigureReader(app.core)

    assert reader.total(ACCOUNT, Period(day, day, zone))["leads"] == 2
    around = Period(day - timedelta(days=1), day + timedelta(days=1), zone)
    assert [numbers["leads"] for numbers in reader.daily(ACCOUNT, around)] == [1, 2, 1]


def test_scopes_are_kept_apart_and_only_what_is_wanted_is_brought(app: Application) -> None:
    sequences = [factories.a_sequence() for _ in range(2)]
    lead = factories.a_lead()
    factories.load(app, [lead, *sequences, factories.an_enrollment(lead, sequences[0])])
    reader, period = FigureReader(app.core), Period(date(2026, 2, 18), date(2026, 2, 18), "UTC")

    first, second = reader.totals([f"SEQUENCE#{sequence.id}" for sequence in sequences], period)
    assert (first["enrolled"], second.total()) == (1, 0)
    assert set(reader.total(ACCOUNT, period, ["leads", "SMS:sent"])) == {"leads"}
