"""When nothing is sent: now, and at earlier times. Without contracts: the dispatcher starts quickly for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.table.keys import key
from retention.table.store import Store

#: What the item is named after, and where it lives.
KIND: Final = "SendingHold"


class Span(NamedTuple):
    """A hold that has ended."""

    since: datetime
    until: datetime


class Hold(NamedTuple):
    """Since when nothing is sent, and the holds before that."""

    #: None: sending goes on.
    since: datetime | None = None
    before: Sequence[Span] = ()

    @property
    def is_on(self) -> bool:
        """Whether nothing is sent now."""
        return self.since is not None

    def late(self, due: datetime, now: datetime) -> timedelta:
        """How late something is that was due, by the time in which it could have been sent.

        What a hold has kept waiting is not late for that: nobody's policy for lateness speaks of it.
        """
        spans = [*self.before, *([] if self.since is None else [Span(self.since, now)])]
        held = sum((max(timedelta(), min(now, until) - max(due, since)) for since, until in spans), timedelta())
        return now - due - held


#: Nothing is held, and nothing was.
NO_HOLD: Final = Hold()


def spans_in(stored: Sequence[Sequence[str]] | None) -> list[Span]:
    """Earlier holds, as they stand in the item."""
    return [Span(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in stored or ()]


def read_hold(store: Store) -> Hold:
    """The hold as it is now, or was a moment ago: half a read unit, and no contract is needed for it."""
    place = key(KIND)
    for raw in store.query(place.pk, starts_with=place.sk, consistent=False):
        return _hold_of(raw)
    return NO_HOLD


def _hold_of(raw: Mapping[str, Mapping[str, Any]]) -> Hold:
    since = raw.get("since", {}).get("S")
    before = raw.get("before", {}).get("S")
    return Hold(
        None if since is None else datetime.fromisoformat(since),
        spans_in(None if before is None else jsontext.loads(before)),
    )
