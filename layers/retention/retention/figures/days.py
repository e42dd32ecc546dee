"""Days of a time zone. A report is about some of them, both ends included.

A day begins when the clocks of its zone first show midnight, or pass it: it has 23 to 25 hours where they change.
Source: IANA time zone database, by zoneinfo (PEP 495: of a time that comes twice, the first).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from retention.errors import MalformedInputError
from retention.stats.buckets import bucket_of

#: Days that one report may be about: a year, and the month before it.
MOST_DAYS: Final = 400
#: Days that a report is about, unless it is told otherwise.
USUAL_DAYS: Final = 30
_DAY: Final = timedelta(days=1)
_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2999, 12, 31)


def _is_day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-02-18") else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise PydanticCustomError("not_a_day", "must be a day such as 2026-02-18")
    if not _EARLIEST <= day <= _LATEST:
        raise PydanticCustomError("day_out_of_range", "must lie between the years 2000 and 2999")
    return text


#: A day of the calendar, YYYY-MM-DD.
Day = Annotated[
    str, AfterValidator(_is_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-02-18"]})
]


class Period(NamedTuple):
    """The days that a report is about."""

    first: date
    last: date
    #: The zone whose days they are, an IANA name.
    zone: str

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]

    def beginnings(self) -> Iterator[str]:
        """The quarter of an hour in which each day begins, and that in which the day after the last one does."""
        zone = ZoneInfo(self.zone)
        for day in (*self.days, self.last + _DAY):
            yield bucket_of(datetime(day.year, day.month, day.day, tzinfo=zone))

    def shown(self) -> dict[str, Any]:
        """As a report says what it is about."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "timeZone": self.zone}


def period_of(first: Day | None, last: Day | None, zone: str, now: datetime) -> Period:
    """The days that somebody asks for; what is left open is the last thirty days, today the last of them.

    Raises:
        MalformedInputError: they end before they begin, or are too many.
    """
    today = now.astimezone(UTC).astimezone(ZoneInfo(zone)).date()
    until = today if last is None else date.fromisoformat(last)
    if first is not None:
        since = date.fromisoformat(first)
        until = max(until, since) if last is None else until
    else:
        since = max(until - (USUAL_DAYS - 1) * _DAY, _EARLIEST)
    if until < since:
        raise MalformedInputError.at("/query/to", "before_from", "The last day must not be before the first.")
    if (until - since).days >= MOST_DAYS:
        detail = f"A report is about {MOST_DAYS} days at most; ask for some years one by one."
        raise MalformedInputError.at("/query/from", "too_many_days", detail)
    return Period(since, until, zone)
