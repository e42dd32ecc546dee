"""When a delivery is tried again: soon at first, then for days. All in the time of machines.

Source: the schedule that Standard Webhooks proposes, "Deliverability and reliability".
"""

from datetime import datetime, timedelta
from typing import Final

from retention.clock import Clock, machine_time
from retention.ids import jitter

_MINUTE: Final = 60.0
_HOUR: Final = 60 * _MINUTE
#: Seconds after each failed try; after the last, a delivery is given up. A bit more than four days together.
DELAYS: Final = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
    24 * _HOUR,
)
#: A delay grows by up to this share, so that what failed together does not come back together.
SPREAD: Final = 0.1
#: Longest time that an endpoint can ask for.
LONGEST_WISH: Final = 24 * _HOUR
#: Seconds that an endpoint rests after so many tries in a row without any answer: what is due meanwhile waits with it,
#: and is not counted as tried. Never longer than the delay after as many tries.
RESTS: Final = (5.0, 60.0, 15 * _MINUTE)
#: Nothing but failures for so long, and an endpoint is switched off.
HOPELESS: Final = 5 * 24 * _HOUR


def next_try(clock: Clock, tries: int, wish: float | None = None) -> datetime | None:
    """When a delivery that failed so many times is tried again; None: it is given up.

    Args:
        wish: seconds that the endpoint asked for at least.
    """
    if tries > len(DELAYS):
        return None
    seconds = max(DELAYS[tries - 1], min(wish or 0.0, LONGEST_WISH))
    return _spread(clock, seconds)


def after_rest(clock: Clock, until: datetime) -> datetime:
    """When a delivery is tried whose endpoint rests until an instant."""
    return max(until, clock.now()) + machine_time(clock, jitter() * RESTS[0])


def rest(clock: Clock, silent: int, wish: float | None = None) -> datetime | None:
    """Until when an endpoint rests that gave no answer so many times in a row, or asked for a pause; None: it need not.

    Args:
        wish: seconds that it asked for.
    """
    seconds = RESTS[min(silent, len(RESTS)) - 1] if silent else 0.0
    seconds = max(seconds, min(wish or 0.0, LONGEST_WISH))
    return clock.now() + machine_time(clock, seconds) if seconds else None


def is_hopeless(clock: Clock, failing_since: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is switched off."""
    return clock.now() - failing_since >= machine_time(clock, HOPELESS)


def _spread(clock: Clock, seconds: float) -> datetime:
    later: timedelta = machine_time(clock, seconds * (1 + SPREAD * jitter()))
    return clock.now() + later
