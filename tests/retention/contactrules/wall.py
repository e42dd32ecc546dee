"""Contact windows as a person reads them off a clock on the wall: slow, and nothing in common with the real thing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from retention.contactrules.model import WEEKDAYS, ContactWindow

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def window(text: str) -> ContactWindow:
    """A window such as "MON,TUE 22:00-02:00", or "22:00-02:00" every day."""
    days, _, hours = text.rpartition(" ")
    start, end = hours.split("-")
    return ContactWindow.model_validate({"start": start, "end": end} | ({"days": days.split(",")} if days else {}))


def utc(text: str) -> datetime:
    """An instant such as "2026-03-29 00:59:59.999"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_open(sets: Iterable[Sequence[ContactWindow]], zones: Iterable[str], at: datetime) -> bool:
    """Whether every set is open in every zone at an instant."""
    walls = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones]
    return all(_shows(windows, wall) for windows in sets for wall in walls)


def _shows(windows: Sequence[ContactWindow], wall: datetime) -> bool:
    """Whether a set is open at a time on the wall: in a window that opened on that day or on the day before."""
    return not windows or any(
        opens <= wall < closes
        for window in windows
        for day in (wall.date(), wall.date() - DAY)
        if not window.days or WEEKDAYS[day.weekday()] in window.days
        for opens, closes in [_hours(window, day)]
    )


def _hours(window: ContactWindow, day: date) -> tuple[datetime, datetime]:
    """When a window that opens on a day opens and closes there."""
    opens = datetime.combine(day, time.fromisoformat(window.start))
    midnight = datetime.combine(day, time(0)) + DAY
    closes = midnight if window.end == "24:00" else datetime.combine(day, time.fromisoformat(window.end))
    return opens, closes if closes > opens else closes + DAY


def open_minutes(sets: Iterable[Sequence[ContactWindow]]) -> list[bool]:
    """Whether every set is open, for each minute of a week on the wall."""
    monday = datetime.fromisoformat("2001-01-01")
    return [all(_shows(windows, monday + count * MINUTE) for windows in sets) for count in range(7 * 24 * 60)]


def place_in_week(wall: datetime) -> int:
    """The minute of the week that a clock shows."""
    return wall.weekday() * 24 * 60 + wall.hour * 60 + wall.minute


def changes_of(zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """The instants at which a zone changes its clocks: the minutes are looked at of each hour in which that happens."""
    hour = timedelta(hours=1)
    hours = [first + count * hour for count in range((last - first) // hour)]
    offsets = [at.astimezone(zone).utcoffset() for at in hours]
    return [
        next(
            minute
            for minute in (hours[place - 1] + count * MINUTE for count in range(1, 61))
            if minute.astimezone(zone).utcoffset() != offsets[place - 1]
        )
        for place in range(1, len(hours))
        if offsets[place] != offsets[place - 1]
    ]
