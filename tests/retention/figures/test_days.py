"""Days of time zones: what they are made of where clocks change, at offsets of half hours and quarters."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retention.errors import MalformedInputError
from retention.figures.days import MOST_DAYS, Period, period_of
from retention.jsontext import format_instant
from retention.stats.buckets import QUARTER
from tests.start import START

#: A zone, and a day around which something happens to its clocks.
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Asia/Kathmandu", date(2026, 2, 18)),  # five hours and three quarters
    ("Asia/Kolkata", date(2026, 2, 18)),
    ("Pacific/Chatham", date(2026, 4, 5)),  # twelve and three quarters, and it changes
    ("America/Sao_Paulo", date(2018, 11, 4)),  # there was no midnight
    ("America/Sao_Paulo", date(2018, 2, 18)),  # the last hour of the day before came twice
    ("Atlantic/Azores", date(2026, 10, 25)),  # midnight came twice
    ("Africa/Cairo", date(2026, 4, 24)),  # there is no midnight
    ("Pacific/Apia", date(2011, 12, 30)),  # there was no such day
]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_each_quarter_of_an_hour_belongs_to_the_day_that_its_clocks_show(zone: str, day: date) -> None:
    period = Period(day - timedelta(days=2), day + timedelta(days=2), zone)
    bounds = [datetime.fromisoformat(text) for text in period.beginnings()]

    belonging: list[date] = []
    at = bounds[0]
    while at < bounds[-1]:
        belonging.append(at.astimezone(ZoneInfo(zone)).date())
        number = sum(bound <= at for bound in bounds) - 1
        assert period.days[number] == belonging[-1], at
        at += QUARTER
    assert (bounds[0] - QUARTER).astimezone(ZoneInfo(zone)).date() < period.first
    assert bounds[-1].astimezone(ZoneInfo(zone)).date() > period.last
    assert list(dict.fromkeys(belonging)) == [one for one in period.days if not (zone == "Pacific/Apia" and one == day)]


def test_what_is_left_open_is_the_last_thirty_days_and_today() -> None:
    assert period_of(None, None, "UTC", START) == Period(date(2026, 1, 20), date(2026, 2, 18), "UTC")
    # Where it is tomorrow already.
    late = datetime(2026, 2, 18, 23, tzinfo=UTC)
    assert period_of(None, None, "Asia/Tokyo", late).last == date(2026, 2, 19)
    assert period_of("2026-02-01", None, "UTC", START) == Period(date(2026, 2, 1), date(2026, 2, 18), "UTC")
    assert period_of(None, "2026-02-01", "UTC", START) == Period(date(2026, 1, 3), date(2026, 2, 1), "UTC")


def test_a_day_that_is_to_come_is_a_day_too() -> None:
    assert period_of("2026-03-01", None, "UTC", START).days == [date(2026, 3, 1)]


def test_more_than_four_hundred_days_are_refused() -> None:
    assert len(period_of("2025-01-01", "2026-02-04", "UTC", START).days) == MOST_DAYS
    with pytest.raises(MalformedInputError) as refused:
        period_of("2025-01-01", "2026-02-05", "UTC", START)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/query/from", "too_many_days")]


def test_days_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(MalformedInputError) as refused:
        period_of("2026-02-02", "2026-02-01", "UTC", START)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/query/to", "before_from")]


def test_the_first_day_begins_with_a_whole_quarter() -> None:
    (begin, _) = Period(date(2026, 2, 18), date(2026, 2, 18), "Asia/Kathmandu").beginnings()
    assert begin == format_instant(datetime(2026, 2, 17, 18, 15, tzinfo=UTC))
