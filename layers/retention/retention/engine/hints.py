"""Telling the worker at once of work that is due so soon that the dispatcher has looked past it already."""

from collections.abc import Iterable
from typing import Final

from retention.clock import machine_time
from retention.core import Core
from retention.engine.chunks import messages_for
from retention.engine.obligation import Obligation
from retention.table.keys import OwedEntry

#: Seconds of the machine from now that a tick of the dispatcher may have looked at already: it looks one to two
#: minutes ahead, and an index lags a little.
HORIZON: Final = 125.0


def hint(core: Core, obligations: Iterable[Obligation]) -> None:
    """Queue what is due soon. Everything else is found by the dispatcher; a hint too many costs a refused claim."""
    now = core.now()
    soon = now + machine_time(core.clock, HORIZON)
    entries = [
        OwedEntry(one.due_at, type(one).__name__, one.channel, one.id)
        for one in obligations
        if one.due_at is not None and one.due_at <= soon
    ]
    core.work_queue.send(messages_for(entries, now, core.clock))
