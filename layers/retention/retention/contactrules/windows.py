"""When are contact windows open? Exactly, in every zone where a lead may live, whatever the clocks there do.

A window is open while the clocks on the wall show a time within it. So one that begins in the hour that a clock change
leaves out opens when that hour is over, and where an hour comes twice both count. The windows of a week become ranges
of wall time; finding an opening is then arithmetic on milliseconds, from one change of the clocks to the next.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retention.contactrules.model import WEEKDAYS, ContactWindow, Weekday

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: Windows of which any one is enough. No windows at all: always open.
WindowSet = Sequence[ContactWindow]
#: The open ranges of a week, in order and apart, each [from, to) in milliseconds since Monday 00:00 on the wall.
Week = tuple[tuple[int, int], ...]

#: A window without its class: days, start, end.
_Plain = tuple[tuple[Weekday, ...], str, str]

_MINUTE: Final = 60_000
_DAY: Final = 24 * 60 * _MINUTE
_WEEK: Final = 7 * _DAY
_ALWAYS: Final[Week] = ((0, _WEEK),)
#: How far ahead an opening is looked for. In one zone it is at most two weeks away: a weekly window can fall into an
#: hour that the clocks leave out, but not twice in a row. Several zones may share an opening only in the weeks when one
#: has changed its clocks and another has not; if these are farther away, it is as good as never.
HORIZON: Final = timedelta(days=35)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
#: 1970 began on a Thursday.
_EPOCH_IN_WEEK: Final = 3 * _DAY


def opening(sets: Iterable[WindowSet], zones: Sequence[str], at: datetime) -> datetime | None:
    """The earliest instant, not before `at`, at which every set is open in every zone; None: not within the horizon.

    Args:
        zones: IANA names, at least one.
        at: an aware instant; the answer is in UTC and in whole milliseconds.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """
    week, start = week_of(sets), _milliseconds(at)
    found = _common(week, _faces(zones), start, start + HORIZON // _MILLISECOND)
    return None if found is None else _instant(found)


def next_opening(sets: Iterable[WindowSet], zones: Sequence[str], at: datetime) -> datetime | None:
    """The beginning of the next window: what is open at `at` must close first. None: it never does, or never opens.

    Args:
        zones: IANA names, at least one.
        at: an aware instant; the answer is later, in UTC and in whole milliseconds.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """
    week, start = week_of(sets), _milliseconds(at)
    faces, end = _faces(zones), start + HORIZON // _MILLISECOND
    shut = _complement(week)
    closings = [closing for face in faces if (closing := _first(shut, face, start, end)) is not None]
    if not closings:
        return None
    closed = min(closings)
    found = _common(week, faces, closed, closed + HORIZON // _MILLISECOND)
    return None if found is None else _instant(found)


# --- the week, in wall time ----------------------------------------------------------------------------------------


def week_of(sets: Iterable[WindowSet]) -> Week:
    """The ranges of a week in which every set is open."""
    return _week(
        tuple(
            tuple((tuple(window.days) if window.days else WEEKDAYS, window.start, window.end) for window in windows)
            for windows in sets
            if windows
        )
    )


@lru_cache(maxsize=1024)
def _week(sets: tuple[tuple[_Plain, ...], ...]) -> Week:
    common = _ALWAYS
    for windows in sets:
        common = _intersection(common, _union(windows))
    return common


def _union(windows: Iterable[_Plain]) -> Week:
    """The ranges in which any of the windows is open; those that overlap or touch become one."""
    ranges: list[tuple[int, int]] = []
    for days, start, end in windows:
        opens, closes = _time(start), _time(end)
        length = closes - opens if closes > opens else closes + _DAY - opens
        for day in days:
            begin = WEEKDAYS.index(day) * _DAY + opens
            ranges.append((begin, min(begin + length, _WEEK)))
            if begin + length > _WEEK:
                ranges.append((0, begin + length - _WEEK))
    merged: list[tuple[int, int]] = []
    for begin, finish in sorted(ranges):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], finish)
        else:
            merged.append((begin, finish))
    return tuple(merged)


def _intersection(one: Week, other: Week) -> Week:
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted((begin, finish) for begin, finish in pairs if begin < finish))


@lru_cache(maxsize=1024)
def _complement(week: Week) -> Week:
    edges = [0, *(edge for part in week for edge in part), _WEEK]
    return tuple((begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end)


def _time(text: str) -> int:
    return (int(text[:2]) * 60 + int(text[3:])) * _MINUTE


# --- from wall time to instants ------------------------------------------------------------------------------------


class _Face:
    """What the clocks of a zone show, from one change of them to the next."""

    #: Steps in which a change is looked for. No zone changes its clocks twice within a day.
    STEP: Final = _DAY
    #: As far as it is ever asked for at once: no range of a week is farther away than a week.
    FAR: Final = 8 * _DAY

    def __init__(self, zone: "ZoneInfo") -> None:
        self._zone = zone
        self._since, self._until, self._offset = 0, 0, 0

    def offset_at(self, instant: int) -> int:
        """How far the clocks are ahead of UTC."""
        if self._since <= instant < self._until:
            return self._offset
        return self._read(instant)

    def constant_from(self, instant: int) -> tuple[int, int]:
        """The offset at an instant, and a later instant until which it stays."""
        if not self._since <= instant < self._until:
            self._since, self._offset = instant, self._read(instant)
            self._until = self._change_after(instant)
        return self._offset, self._until

    def _change_after(self, instant: int) -> int:
        same = instant
        for sample in range(instant + self.STEP, instant + self.FAR + 1, self.STEP):
            if self._read(sample) != self._offset:
                return self._between(same, sample)
            same = sample
        return same + 1

    def _between(self, same: int, other: int) -> int:
        """The first instant at which the offset is another one, given one before it and one behind it."""
        while other - same > 1:
            middle = (same + other) // 2
            if self._read(middle) == self._offset:
                same = middle
            else:
                other = middle
        return other

    def _read(self, instant: int) -> int:
        offset = _instant(instant).astimezone(self._zone).utcoffset()
        assert offset is not None
        return offset // _MILLISECOND


@lru_cache(maxsize=1024)
def _zone(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _faces(zones: Sequence[str]) -> list[_Face]:
    if not zones:
        raise ValueError("contact windows need a zone to be open in")
    return [_Face(_zone(name)) for name in dict.fromkeys(zones)]


def _wait(week: Week, wall: int) -> int:
    """How long from a wall time of the week until one within its ranges; 0 within one."""
    place = bisect_right(week, (wall, _WEEK)) - 1
    if place >= 0 and wall < week[place][1]:
        return 0
    return week[place + 1][0] - wall if place + 1 < len(week) else week[0][0] + _WEEK - wall


def _first(week: Week, face: _Face, start: int, end: int) -> int | None:
    """The first instant from `start` to `end` at which a zone's clocks show a time within the ranges."""
    if not week:
        return None
    if _wait(week, (start + face.offset_at(start) + _EPOCH_IN_WEEK) % _WEEK) == 0:
        return start
    at = start
    while at <= end:
        offset, until = face.constant_from(at)
        wait = _wait(week, (at + offset + _EPOCH_IN_WEEK) % _WEEK)
        if at + wait < until:
            return at + wait if at + wait <= end else None
        at = until
    return None


def _common(week: Week, faces: Sequence[_Face], start: int, end: int) -> int | None:
    """The first instant from `start` to `end` at which all zones' clocks show a time within the ranges."""
    at, agreeing, turn = start, 0, 0
    while agreeing < len(faces):
        found = _first(week, faces[turn], at, end)
        if found is None:
            return None
        agreeing = agreeing + 1 if found == at else 1
        at, turn = found, (turn + 1) % len(faces)
    return at


def _milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, rounded up: nothing may come early."""
    return -((_EPOCH - at) // _MILLISECOND)


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
