"""Every time zone, each of its clock changes in the years to come, windows of every shape: nothing early, nothing lost.

What is right is read off a clock on the wall, minute by minute: windows, offsets and changes are all of whole minutes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.contactrules.model import WEEKDAYS, ContactWindow
from retention.contactrules.windows import HORIZON, next_opening, opening
from retention.contactrules.zones import zone_names
from tests.retention.contactrules.wall import DAY, MINUTE, changes_of, is_open, open_minutes, place_in_week, utc, window

FIRST: Final = utc("2026-01-01 00:00:00")
YEAR: Final = 365 * DAY
#: Sets of windows: within, around and across the hours in which clocks change, as short as a minute, over midnight.
SHAPES: Final[Sequence[Sequence[Sequence[str]]]] = [
    [["10:00-18:00"]],
    [["SUN 02:00-03:00"]],
    [["02:30-02:31"]],
    [["01:59-02:01", "02:59-03:01"]],
    [["23:30-00:30"]],
    [["00:00-00:01", "23:59-24:00"]],
    [["SAT,SUN 22:00-02:30"], ["00:30-23:30"]],
    [["SUN 00:00-24:00"], ["02:00-02:00"]],
]


@cache
def places(years: int) -> dict[str, list[datetime]]:
    """One zone of all that keep the same time, and when its clocks change; where they never do, any instant."""
    alike: dict[tuple[Any, ...], str] = {}
    for name in sorted(zone_names()):
        zone = ZoneInfo(name)
        samples = (FIRST + count * DAY / 4 for count in range(4 * 365 * years))
        alike.setdefault(tuple(at.astimezone(zone).utcoffset() for at in samples), name)
    last = FIRST + years * YEAR
    return {name: changes_of(ZoneInfo(name), FIRST, last) or [FIRST + 100 * DAY] for name in alike.values()}


def test_around_every_change_of_the_clocks_windows_open_at_the_first_minute_on_the_wall(
    request: pytest.FixtureRequest,
) -> None:
    everywhere = places(request.config.getoption("--years"))
    shapes = [[[window(one) for one in windows] for windows in shape] for shape in SHAPES]
    tables = [open_minutes(sets) for sets in shapes]

    wrong: list[str] = []
    for zone, changes in everywhere.items():
        for change in changes:
            minutes = [change - DAY / 2 + count * MINUTE for count in range(36 * 60)]
            walls = [place_in_week(minute.astimezone(ZoneInfo(zone))) for minute in minutes]
            for sets, table in zip(shapes, tables, strict=True):
                wrong += wrongly_opened(sets, zone, minutes, [table[wall] for wall in walls])

    assert len(everywhere) > 60
    assert sum(len(changes) > 1 for changes in everywhere.values()) > 20
    assert wrong == []


def wrongly_opened(
    sets: list[list[ContactWindow]], zone: str, minutes: list[datetime], is_open: list[bool]
) -> Iterator[str]:
    """What is wrong with openings asked for in these minutes, of which it is known when it is open."""
    for place in range(0, len(minutes), 83):
        at = minutes[place] + timedelta(seconds=30, milliseconds=1)
        later = (minutes[index] for index in range(place + 1, len(minutes)) if is_open[index])
        right = at if is_open[place] else next(later, None)
        found = opening(sets, [zone], at)
        if found != right if right is not None else found is None or found <= minutes[-1]:
            yield f"{zone} {sets} at {at}: {found} instead of {right}"


# --- anything at all -------------------------------------------------------------------------------------------------

times = st.one_of(
    st.integers(0, 1439),
    st.sampled_from([0, 1, 119, 120, 121, 150, 179, 180, 1439]),
)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


windows = st.builds(
    lambda days, start, length: ContactWindow(
        days=sorted(days, key=WEEKDAYS.index) or None, start=_clock(start), end=_clock((start + length) % 1440)
    ),
    st.sets(st.sampled_from(WEEKDAYS), max_size=3),
    times,
    st.one_of(st.integers(1, 1440), st.sampled_from([1, 2, 59, 60, 61])),
)
shapes = st.lists(st.lists(windows, min_size=1, max_size=3), max_size=3)
zones = st.lists(st.sampled_from(sorted(zone_names())), min_size=1, max_size=3)


@st.composite
def instants(draw: st.DrawFn) -> tuple[list[str], datetime]:
    """Zones and an instant, mostly within a day of a change of the clocks in one of them."""
    names = draw(zones)
    known = places(1).get(draw(st.sampled_from(names)), [])
    around = draw(st.sampled_from([*known, FIRST + draw(st.integers(0, 3650)) * DAY]))
    return names, around + timedelta(milliseconds=draw(st.integers(-86_400_000, 86_400_000)))


@settings(deadline=None)
@given(shapes, instants())
def test_an_opening_is_open_and_nothing_before_it_was(
    sets: list[list[ContactWindow]], where: tuple[list[str], datetime]
) -> None:
    names, at = where

    found = opening(sets, names, at)

    if is_open(sets, names, at):
        assert found == at
        return
    end = at + HORIZON if found is None else found
    assert found is None or (at < found <= at + HORIZON and is_open(sets, names, found))
    assert not any(is_open(sets, names, minute) for minute in _minutes_between(at, end))


@settings(deadline=None)
@given(shapes, instants())
def test_the_next_window_begins_where_it_was_closed_a_moment_before(
    sets: list[list[ContactWindow]], where: tuple[list[str], datetime]
) -> None:
    names, at = where

    found = next_opening(sets, names, at)

    if found is None:
        return
    moment = timedelta(milliseconds=1)
    assert at < found
    assert is_open(sets, names, found)
    assert not is_open(sets, names, found - moment) or found - moment < at
    # From here to there it was open for one stretch at most, which began before.
    stretch = [is_open(sets, names, minute) for minute in _minutes_between(at, found)]
    assert stretch == sorted(stretch, reverse=True)


@settings(deadline=None)
@given(st.lists(windows, min_size=1, max_size=3), instants())
def test_in_one_zone_every_window_opens_within_two_weeks(
    some: list[ContactWindow], where: tuple[list[str], datetime]
) -> None:
    names, at = where

    found = opening([some], names[:1], at)

    assert found is not None
    assert found <= at + 15 * DAY


def _minutes_between(at: datetime, end: datetime) -> Iterator[datetime]:
    """Full minutes between two instants: each of the first two days and of the last, and every seventh else."""
    minute = at.replace(second=0, microsecond=0) + MINUTE
    while minute < end:
        yield minute
        minute += MINUTE if minute - at < 2 * DAY or end - minute < DAY else 7 * MINUTE
