"""Queues again what is overdue: a message was lost, a tick was dropped, a worker died, or there is too much to do.

A message is a hint and this is the guarantee. A backlog is read in rounds, a page of each shard in turn, and goes to
the queues in measured amounts: while a queue is deep, what it would get is left for a later minute.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from retention.channels import Channel
from retention.clock import Clock
from retention.engine.chunks import messages_for
from retention.engine.queue import WorkQueue
from retention.table.keys import OwedEntry, owed_entry
from retention.table.store import Store

#: Seconds of the machine after which what is due counts as overdue: until then its message is on its way.
GRACE: Final = 60.0
#: Rows of one shard that are read at a time.
PAGE: Final = 500
#: Rounds of one sweep: 80,000 rows over eight shards. What is behind them comes up as these are dealt with.
ROUNDS: Final = 20
#: Messages in a queue from which on it gets no more of a backlog: 5,000 obligations that wait there already.
DEEP: Final = 200
#: Obligations of one channel that one sweep queues again: what ten workers do in a minute or two.
MAX_SWEPT: Final = 25_000

#: How many messages wait for the worker in the queue of a channel.
Waiting = Callable[[Channel], int]


class Backlog(NamedTuple):
    """What is overdue in one shard: a first page of it, and after which sort key the next begins (None: no more)."""

    shard: str
    entries: list[OwedEntry]
    more: str | None


class Overdue(NamedTuple):
    """What is overdue in each shard, and the place in a shard at which that ends."""

    backlogs: Sequence[Backlog]
    until: str

    def oldest(self) -> datetime | None:
        """Since when the oldest of it has been due; None when nothing is overdue."""
        return min((backlog.entries[0].due_at for backlog in self.backlogs if backlog.entries), default=None)


class Room:
    """How much of a backlog the queue of each channel takes in one sweep. Asked when it first matters."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._left: dict[Channel, int] = {}

    def take(self, entries: Sequence[OwedEntry]) -> Iterator[OwedEntry]:
        """Yields those of the entries that there is room for, in their order."""
        for entry in entries:
            if entry.channel not in self._left:
                self._left[entry.channel] = MAX_SWEPT if self._waiting(entry.channel) < DEEP else 0
            if self._left[entry.channel] > 0:
                self._left[entry.channel] -= 1
                yield entry


class Sweep(NamedTuple):
    """Queues again what is overdue."""

    store: Store
    clock: Clock
    queue: WorkQueue
    waiting: Waiting

    def requeue(self, overdue: Overdue, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Queue what is overdue, from its first pages on, and tell how many obligations that were.

        Args:
            may_go_on: asked before each further round.
        """
        room, swept = Room(self.waiting), 0
        backlogs = [backlog for backlog in overdue.backlogs if backlog.entries or backlog.more]
        for left in range(ROUNDS, 0, -1):
            # The oldest first, whichever shard they are in.
            taken = list(room.take(sorted(entry for backlog in backlogs for entry in backlog.entries)))
            self.queue.send(messages_for(taken, self.clock.now(), self.clock))
            swept += len(taken)
            backlogs = [backlog for backlog in backlogs if backlog.more is not None]
            if not backlogs or left == 1 or not may_go_on():
                break
            backlogs = self.store.parallel(lambda backlog: self._next_page(backlog, overdue.until), backlogs)
        return swept

    def _next_page(self, backlog: Backlog, until: str) -> Backlog:
        rows = list(self.store.query(backlog.shard, index="due", above=backlog.more, below=until, limit=PAGE))
        return Backlog(backlog.shard, entries_in(rows), rows[-1]["dueSk"]["S"] if len(rows) == PAGE else None)


def entries_in(rows: Sequence[dict[str, dict[str, str]]]) -> list[OwedEntry]:
    """What rows of the due index say is owed; what does not read as such is passed over."""
    return [entry for row in rows if (entry := owed_entry(row["dueSk"]["S"])) is not None]
