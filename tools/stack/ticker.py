"""Ticks for the dispatcher while the clock of the local stack is not the machine's.

The schedule of the stand-in knows the machine's minutes alone: too slow for a clock that goes fast, and behind one
that once did.
"""

import json
import threading
import time
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from tools.stack.aws import client
from tools.stack.clock import FileClock

#: Seconds between two looks at the clock.
LOOK = 0.1

#: Seconds between two ticks: of a clock that goes fast, and of one that is only ahead. Source of the second:
#: template.yaml.
FAST, ORDINARY = 1.0, 60.0


def event(now: datetime, period: float) -> bytes:
    """What the dispatcher is told: what time it is by its clock, and how many seconds of the machine a tick is for."""
    told = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": told, "periodSeconds": period}).encode()


def tick(endpoint: str, function: str, clock: FileClock, stop: threading.Event) -> None:
    """Calls the dispatcher as often as the clock asks for it, until `stop` is set."""
    service = client("lambda", endpoint)
    due, before = 0.0, 0.0
    while not stop.wait(LOOK):
        if not clock.is_moved:
            continue
        period = FAST if clock.pace > 1 else ORDINARY
        now = time.monotonic()
        if now < due and period == before:
            continue
        # From the last due time on, not from now: else each tick would come a little later than the one before.
        due, before = max(due + period, now) if period == before else now + period, period
        try:
            service.invoke(FunctionName=function, Payload=event(clock.now(), period))
        except (BotoCoreError, ClientError):
            continue  # The next tick makes up for it, and the function's log tells what is wrong.
