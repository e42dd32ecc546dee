"""The claim of an event: its first effect takes it, in the same transaction, and every copy loses by its key."""

from datetime import timedelta
from typing import Final

from retention.core import Core
from retention.entity import Entity
from retention.receiving.event import Event, Source
from retention.table.keys import Key, fingerprint, key
from retention.table.writes import Create

#: How long a claim is kept: longer than any caller repeats itself and any window of replays is open.
KEPT: Final = timedelta(days=30)


class ReceivedEvent(Entity):
    """An event that had its effect. Its id is a hash: nothing personal stays behind."""

    source: str
    id: str


def claim_key(event: Event) -> Key:
    """Where the claim of an event lives."""
    return key("ReceivedEvent", source=event.source, id=_name(event.source, event.id))


def claim_of(core: Core, event: Event) -> Create:
    """The part of a transaction that lets an event have its effect once. Refused, it was a copy."""
    return Create(
        ReceivedEvent(
            source=event.source,
            id=_name(event.source, event.id),
            expires_at=core.now() + KEPT,
            revision=core.ids.revision(),
        )
    )


def _name(source: Source, event_id: str) -> str:
    return fingerprint(source, event_id)
