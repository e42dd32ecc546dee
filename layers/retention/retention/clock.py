"""What time is it? The only reader of wall time; everything else is handed a clock."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol


def truncate_to_milliseconds(instant: datetime) -> datetime:
    """Drop what is finer than a millisecond: stored and answered instants have exactly three decimals."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


class Clock(Protocol):
    """Tells the time as an aware UTC instant in whole milliseconds."""

    @property
    def pace(self) -> float:
        """Seconds of this clock in one second of the machine: 1, except where time is compressed for a demonstration.

        What machines take (leases, time-outs, delays of a queue) is reckoned in their seconds; what people agreed on
        (delays of steps, contact hours, caps) in this clock's.
        """

    def now(self) -> datetime:
        """Return the current instant."""


def machine_time(clock: Clock, seconds: float) -> timedelta:
    """How far a clock moves while the machine works for so many seconds."""
    return timedelta(seconds=seconds * clock.pace)


def machine_seconds(clock: Clock, duration: timedelta) -> float:
    """How many seconds of the machine pass while a clock moves by a duration."""
    return duration.total_seconds() / clock.pace


class SystemClock:
    """The machine's clock."""

    pace: Final = 1.0

    def now(self) -> datetime:
        """Return the current instant."""
        return truncate_to_milliseconds(datetime.now(UTC))


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    pace: Final = 1.0

    def __init__(self, start: datetime) -> None:
        self._now = truncate_to_milliseconds(start.astimezone(UTC))

    def now(self) -> datetime:
        """Return the instant that the clock was last set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on by so many seconds."""
        self._now = truncate_to_milliseconds(self._now + timedelta(seconds=seconds))


_installed: list[Clock] = [SystemClock()]


def process_clock() -> Clock:
    """The clock of this process: the machine's, unless another was installed."""
    return _installed[0]


def install(clock: Clock) -> None:
    """Make this the clock of the process, before anything is put together."""
    _installed[:] = [clock]
