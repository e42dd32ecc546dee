"""Quarters of an hour: days of every time zone are made of them, since no zone is off by less.

Source: the IANA time zone database: all offsets in use since 1990 are multiples of fifteen minutes.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from retention.jsontext import format_instant

QUARTER: Final = timedelta(minutes=15)


def bucket_of(instant: datetime) -> str:
    """The quarter of an hour that an instant falls into, by its beginning."""
    utc = instant.astimezone(UTC)
    return format_instant(utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0))


def day_of(instant: datetime) -> str:
    """The day of UTC that an instant falls into, by its beginning: for figures that nobody asks for by the hour."""
    return format_instant(instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
