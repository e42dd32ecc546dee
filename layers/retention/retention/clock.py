"""What time is it? The only reader of wall time; everything else is handed a clock."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


def truncate_to_milliseconds(instant: datetime) -> datetime:
    """Drop what is finer than a millisecond: stored and answered instants have exactly three decimals."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class Clock(Protocol):
    """Tells the time as an aware UTC instant in whole milliseconds."""

    def now(self) -> datetime:
        """Return the current instant."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant."""
        return truncate_to_milliseconds(datetime.now(UTC))


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        self._now = truncate_to_milliseconds(start.astimezone(UTC))

    def now(self) -> datetime:
        """Return the instant that the clock was last set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on by so many seconds."""
        self._now = truncate_to_milliseconds(self._now + timedelta(seconds=seconds))
