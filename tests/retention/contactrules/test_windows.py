"""When contact windows are open, told by the clocks of known places on known days."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from retention.contactrules.windows import HORIZON, next_opening, opening, week_of
from tests.retention.contactrules.wall import utc, window

BERLIN, NEW_YORK, KOLKATA, APIA = "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"


@pytest.mark.parametrize(
    ("windows", "zone", "at", "opens"),
    [
        # Berlin is one hour ahead in winter, two in summer. 2026-02-18 is a Wednesday.
        (["10:00-18:00"], BERLIN, "2026-02-18 09:00:00", "2026-02-18 09:00:00"),
        (["10:00-18:00"], BERLIN, "2026-02-18 16:59:59.999", "2026-02-18 16:59:59.999"),
        (["10:00-18:00"], BERLIN, "2026-02-18 17:00:00", "2026-02-19 09:00:00"),
        (["10:00-18:00"], BERLIN, "2026-07-01 17:00:00", "2026-07-02 08:00:00"),
        (["10:00-18:00"], KOLKATA, "2026-02-18 00:00:00", "2026-02-18 04:30:00"),
        (["MON,TUE,WED,THU,FRI 10:00-18:00"], BERLIN, "2026-02-20 17:00:00", "2026-02-23 09:00:00"),
        (["SUN 12:00-17:00", "SAT 10:00-11:00"], BERLIN, "2026-02-21 10:00:00", "2026-02-22 11:00:00"),
        # Over midnight: the day named is the one on which it opens.
        (["FRI 22:00-02:00"], BERLIN, "2026-02-21 00:59:59.999", "2026-02-21 00:59:59.999"),
        (["FRI 22:00-02:00"], BERLIN, "2026-02-21 01:00:00", "2026-02-27 21:00:00"),
        (["SUN 22:00-02:00"], BERLIN, "2026-02-23 00:30:00", "2026-02-23 00:30:00"),
        (["SUN 22:00-02:00"], BERLIN, "2026-02-23 01:00:00", "2026-03-01 21:00:00"),
        # Midnight at either end, and windows that end where they begin.
        (["WED 18:00-24:00"], BERLIN, "2026-02-18 22:59:59", "2026-02-18 22:59:59"),
        (["WED 18:00-24:00"], BERLIN, "2026-02-18 23:00:00", "2026-02-25 17:00:00"),
        (["WED 18:00-00:00"], BERLIN, "2026-02-18 23:00:00", "2026-02-25 17:00:00"),
        (["WED 00:00-24:00"], BERLIN, "2026-02-17 12:00:00", "2026-02-17 23:00:00"),
        (["WED 10:00-10:00"], BERLIN, "2026-02-19 08:59:59", "2026-02-19 08:59:59"),
        (["WED 10:00-10:00"], BERLIN, "2026-02-19 09:00:00", "2026-02-25 09:00:00"),
        # 2026-03-29, 01:00 UTC: the hour from two to three is left out. What begins in it opens when it is over.
        (["02:30-04:00"], BERLIN, "2026-03-29 00:30:00", "2026-03-29 01:00:00"),
        (["02:00-02:59"], BERLIN, "2026-03-29 00:30:00", "2026-03-30 00:00:00"),
        (["SUN 02:00-03:00"], BERLIN, "2026-03-23 12:00:00", "2026-04-05 00:00:00"),
        (["03:00-04:00"], BERLIN, "2026-03-29 00:30:00", "2026-03-29 01:00:00"),
        (["SUN 10:00-18:00"], BERLIN, "2026-03-28 12:00:00", "2026-03-29 08:00:00"),
        # 2026-10-25, 01:00 UTC: the hour from two to three comes twice, and both count.
        (["02:30-02:45"], BERLIN, "2026-10-25 00:00:00", "2026-10-25 00:30:00"),
        (["02:30-02:45"], BERLIN, "2026-10-25 00:45:00", "2026-10-25 01:30:00"),
        (["02:30-02:45"], BERLIN, "2026-10-25 01:45:00", "2026-10-26 01:30:00"),
        (["SUN 10:00-18:00"], BERLIN, "2026-10-24 12:00:00", "2026-10-25 09:00:00"),
        # Clocks that go on at midnight, that go on by half an hour, and a day that never was.
        (["SUN 00:00-00:30"], "America/Havana", "2026-03-08 04:00:00", "2026-03-15 04:00:00"),
        (["SUN 00:30-02:00"], "America/Havana", "2026-03-08 04:00:00", "2026-03-08 05:00:00"),
        (["02:15-04:00"], "Australia/Lord_Howe", "2026-10-03 15:00:00", "2026-10-03 15:30:00"),
        (["FRI 10:00-18:00"], APIA, "2011-12-29 12:00:00", "2012-01-05 20:00:00"),
    ],
)
def test_a_window_opens_by_the_clocks_where_the_lead_lives(
    windows: Sequence[str], zone: str, at: str, opens: str
) -> None:
    assert opening([[window(one) for one in windows]], [zone], utc(at)) == utc(opens)


@pytest.mark.parametrize(
    ("sets", "opens"),
    [
        ([], "2026-02-18 12:00:00"),
        ([[]], "2026-02-18 12:00:00"),
        ([[], ["14:00-15:00"]], "2026-02-18 13:00:00"),
        ([["10:00-18:00"], ["16:00-20:00"]], "2026-02-18 15:00:00"),
        ([["10:00-18:00"], ["SAT,SUN 00:00-24:00"]], "2026-02-21 09:00:00"),
        ([["08:00-10:00", "20:00-22:00"], ["09:00-21:00"], ["THU 00:00-24:00"]], "2026-02-19 08:00:00"),
        ([["22:00-06:00"], ["05:00-23:00"]], "2026-02-18 21:00:00"),
        ([["10:00-18:00"], ["18:00-20:00"]], None),
        ([["SAT 10:00-18:00"], ["SUN 10:00-18:00"]], None),
    ],
)
def test_all_sets_narrow_each_other(sets: Sequence[Sequence[str]], opens: str | None) -> None:
    windows = [[window(one) for one in some] for some in sets]

    assert opening(windows, [BERLIN], utc("2026-02-18 12:00:00")) == (opens and utc(opens))


def test_all_zones_must_be_open_at_once() -> None:
    office = [[window("10:00-18:00")]]

    # Ten o'clock in New York is four in the afternoon in Berlin; in Kolkata it is half past eight by then.
    assert opening(office, [BERLIN, NEW_YORK], utc("2026-02-18 09:00:00")) == utc("2026-02-18 15:00:00")
    assert opening(office, [BERLIN, NEW_YORK], utc("2026-02-18 17:00:00")) == utc("2026-02-19 15:00:00")
    assert opening(office, [BERLIN, NEW_YORK, KOLKATA], utc("2026-02-18 09:00:00")) is None
    assert opening(office, ["Etc/UTC", "UTC", "UTC"], utc("2026-02-18 09:00:00")) == utc("2026-02-18 10:00:00")


def test_zones_that_meet_only_while_one_has_changed_its_clocks_are_waited_for_as_far_as_the_horizon() -> None:
    # Five hours apart in winter and summer, four from 2026-03-08 to 2026-03-29.
    narrow, both = [[window("10:00-14:30")]], ["Europe/London", NEW_YORK]
    opens = utc("2026-03-08 14:00:00")

    assert opening(narrow, both, opens - HORIZON) == opens
    assert opening(narrow, both, opens - HORIZON - timedelta(milliseconds=1)) is None


@pytest.mark.parametrize(
    ("windows", "at", "opens"),
    [
        (["10:00-18:00"], "2026-02-18 10:00:00", "2026-02-19 09:00:00"),
        (["10:00-18:00"], "2026-02-18 09:00:00", "2026-02-19 09:00:00"),
        (["10:00-18:00"], "2026-02-18 08:59:59", "2026-02-18 09:00:00"),
        (["10:00-18:00", "19:00-20:00"], "2026-02-18 10:00:00", "2026-02-18 18:00:00"),
        # Windows that touch or overlap are one.
        (["10:00-14:00", "14:00-18:00"], "2026-02-18 10:00:00", "2026-02-19 09:00:00"),
        (["10:00-14:00", "13:00-18:00"], "2026-02-18 10:00:00", "2026-02-19 09:00:00"),
        (["SUN 12:00-24:00", "MON 00:00-06:00"], "2026-02-22 12:00:00", "2026-03-01 11:00:00"),
        (["MON,TUE,WED,THU,FRI 00:00-24:00"], "2026-02-18 10:00:00", "2026-02-22 23:00:00"),
        ([], "2026-02-18 10:00:00", None),
        (["00:00-24:00"], "2026-02-18 10:00:00", None),
        (["12:00-12:00"], "2026-02-18 10:00:00", None),
    ],
)
def test_the_next_window_begins_after_this_one_has_closed(windows: Sequence[str], at: str, opens: str | None) -> None:
    sets = [[window(one) for one in windows]]

    assert next_opening(sets, [BERLIN], utc(at)) == (opens and utc(opens))


def test_the_next_window_of_several_zones_comes_when_one_of_them_has_closed() -> None:
    office = [[window("10:00-18:00")]]

    assert next_opening(office, [BERLIN, NEW_YORK], utc("2026-02-18 15:30:00")) == utc("2026-02-19 15:00:00")
    assert next_opening(office, [BERLIN, NEW_YORK, KOLKATA], utc("2026-02-18 15:30:00")) is None
    all_but_noon = [[window("00:00-12:00"), window("13:00-24:00")]]
    assert next_opening(all_but_noon, [BERLIN, NEW_YORK], utc("2026-02-18 09:00:00")) == utc("2026-02-18 12:00:00")


def test_nothing_opens_earlier_than_asked_however_finely_that_is_said() -> None:
    at = utc("2026-02-18 12:00:00") + timedelta(microseconds=1)

    assert opening([], [BERLIN], at) == utc("2026-02-18 12:00:00.001")
    assert opening([[window("10:00-13:00")]], [BERLIN], at) == utc("2026-02-19 09:00:00")


def test_a_window_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        opening([[window("10:00-18:00")]], [], utc("2026-02-18 12:00:00"))


def test_a_week_has_no_range_twice() -> None:
    hour = 3_600_000

    assert week_of([[window("MON 00:00-01:00"), window("SUN 23:00-02:00"), window("MON 01:00-03:00")]]) == (
        (0, 3 * hour),
        (167 * hour, 168 * hour),
    )
