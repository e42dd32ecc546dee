"""What is begun once a night: asked for by the tick of the dispatcher, a few times, and begun by who hears it first.

No schedule of its own: the tick comes anyway. A tick may fail or get lost, so it is asked for again within the hour;
the job has the name of its day, so that asking again begins nothing.
"""

import json
from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple

from retention.engine.dispatch import Tick
from retention.jobs.queue import SqsJobsQueue

#: What is begun every night: tasks of jobs.
TASKS: Final = ("recount", "learn")
#: When it is asked for, in UTC: beside the hour, when everybody's schedules run.
TIMES: Final = (time(3, 7), time(3, 27), time(3, 47))


class Nightly(NamedTuple):
    """Something that is to be begun for a day."""

    task: str
    day: str


def asked_for(tick: Tick) -> list[Nightly]:
    """What is asked for at a tick: a time of the night has come since the tick before."""
    days = (tick.at.date(), (tick.at - timedelta(days=1)).date())
    due = (datetime.combine(day, at, tick.at.tzinfo) for day in days for at in TIMES)
    come = any(tick.at - tick.period < one <= tick.at for one in due)
    return [Nightly(task, tick.at.date().isoformat()) for task in TASKS] if come else []


def ask(queue: SqsJobsQueue, tick: Tick) -> int:
    """Have begun what is to be begun at a tick; how much that was."""
    found = asked_for(tick)
    for one in found:
        queue.send(json.dumps(one._asdict()))
    return len(found)


def nightly_in(message: dict[str, Any]) -> Nightly | None:
    """What a message asks for; None where it does not do so as `ask` does."""
    task, day = message.get("task"), message.get("day")
    return Nightly(task, day) if task in TASKS and isinstance(day, str) and day else None
