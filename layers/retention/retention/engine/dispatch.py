"""From the due index to the queues, each minute: what falls due soon is queued with a delay, so that it runs on time.

One query of a shard, from its beginning to the end of the window, tells both what is due in the window and what is
overdue; an idle minute costs nothing else. Nothing is written: a tick that is lost, late or repeated changes nothing
but when something is looked at.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final, NamedTuple

from retention.clock import Clock, machine_time
from retention.engine.chunks import messages_for
from retention.engine.queue import WorkQueue
from retention.engine.sweep import GRACE, Backlog, Overdue, entries_in
from retention.jsontext import format_instant
from retention.table import keys
from retention.table.keys import OwedEntry
from retention.table.store import Store

#: Seconds of the machine between two ticks, unless the tick says otherwise. Source: the schedule in template.yaml.
PERIOD: Final = 60.0
#: Rows of one shard that the first query reads. More than a shard of a small stack has on its way in two minutes.
FIRST_LOOK: Final = 250
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Tick(NamedTuple):
    """One beat of the schedule, in the time of the engine's clock."""

    at: datetime
    period: timedelta

    @property
    def begin(self) -> datetime:
        """Where the window of a tick begins that knows of none before it.

        A rule ticks anywhere within its minute. Reckoned from the beginning of that minute no instant is left out.
        """
        return self.at - (self.at - _EPOCH) % self.period + self.period

    @property
    def end(self) -> datetime:
        """Where its window ends; exclusive."""
        return self.at + 2 * self.period


class Dispatched(NamedTuple):
    """What a tick did: how many obligations it queued for their time, and what it found overdue."""

    queued: int
    overdue: Overdue


class _Look(NamedTuple):
    """What one shard holds: what is due in the window, and what is overdue."""

    window: list[OwedEntry]
    backlog: Backlog


class Dispatcher:
    """Queues what falls due, tick by tick."""

    def __init__(self, store: Store, clock: Clock, queue: WorkQueue) -> None:
        self._store = store
        self._clock = clock
        self._queue = queue
        #: Up to where this process has queued what is due. Only a convenience: without it, something is queued twice.
        self._seen: datetime | None = None

    def tick(self, event: Mapping[str, Any]) -> Dispatched:
        """Queue what is due in the window of this tick, and say what was found overdue (see sweep.py)."""
        tick, now = tick_of(event, self._clock), self._clock.now()
        overdue_until = format_instant(now - machine_time(self._clock, GRACE))
        since = max(format_instant(self._since(tick)), overdue_until)
        until = max(format_instant(tick.end), overdue_until)
        looks = self._store.parallel(lambda shard: self._look(shard, overdue_until, since, until), _shards())
        window = [entry for look in looks for entry in look.window]
        self._queue.send(messages_for(window, self._clock.now(), self._clock))
        self._seen = tick.end if self._seen is None else max(self._seen, tick.end)
        return Dispatched(len(window), Overdue([look.backlog for look in looks], overdue_until))

    def _since(self, tick: Tick) -> datetime:
        """Where the window begins: where the last one ended, if this process knows."""
        return tick.begin if self._seen is None or self._seen > tick.end else self._seen

    def _look(self, shard: str, overdue_until: str, since: str, until: str) -> _Look:
        """Read what one shard holds up to the end of the window: one query, unless there is much."""
        rows = list(self._store.query(shard, index="due", below=until, limit=FIRST_LOOK))
        overdue = list(takewhile(lambda row: _place(row) < overdue_until, rows))
        window = [row for row in rows if _place(row) >= since]
        more = None
        if len(rows) == FIRST_LOOK:
            more = _place(rows[-1]) if len(overdue) == FIRST_LOOK else None
            window += self._store.query(shard, index="due", above=max(since, _place(rows[-1])), below=until)
        return _Look(entries_in(window), Backlog(shard, entries_in(overdue), more))


def tick_of(event: Mapping[str, Any], clock: Clock) -> Tick:
    """The tick that an event of the schedule tells of: its own time, and not when it arrives.

    An event tells the machine's time. A clock of another pace has its own; then, and where the event tells none, the
    clock is asked. An event from the future is taken for one of now.
    """
    seconds = event.get("periodSeconds")
    period = machine_time(clock, seconds if isinstance(seconds, int | float) and seconds > 0 else PERIOD)
    now = clock.now()
    told = _instant(event.get("time")) if clock.pace == 1 else None
    return Tick(now if told is None else min(told, now), period)


def _instant(value: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return told if told is not None and told.tzinfo is not None else None


def _shards() -> Sequence[str]:
    # All kinds that are owed to a lead share them (table/layouts.py).
    return keys.index_partitions("SequenceStepExecution", "due")


def _place(row: Mapping[str, Mapping[str, str]]) -> str:
    return row["dueSk"]["S"]
