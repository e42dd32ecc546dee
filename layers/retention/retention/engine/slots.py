"""The few places that a provider has, such as calls at the same time: leased, so that a place is never lost."""

import threading
from typing import Final

from retention.core import Core
from retention.entity import Entity
from retention.errors import ContentionError
from retention.table.keys import Key, key
from retention.table.writes import Create, RefusedError, Replace, Write

#: How often a place is asked for when other processes ask at the same moment. The threads of one ask in turn.
TRIES: Final = 20
#: Seconds of the machine for which a call holds its place unless a report frees it: longer than most calls last. Then
#: the provider is asked about the call.
CALL_LEASE: Final = 900
_in_turn: Final = threading.Lock()


class ProviderSlots(Entity):
    """Who holds the places of a provider: obligations, each with when its place falls free at the latest (seconds)."""

    provider: str
    holders: dict[str, int]


def take(core: Core, provider: str, holder: str, *, places: int, lease_seconds: int) -> bool:
    """Take a place; False when all are taken. Who holds one already keeps it.

    Args:
        lease_seconds: seconds of the machine after which it falls free by itself.

    Raises:
        ContentionError: others kept asking.
    """
    with _in_turn:
        return _take(core, provider, holder, places, lease_seconds)


def _take(core: Core, provider: str, holder: str, places: int, lease_seconds: int) -> bool:
    for _ in range(TRIES):
        before = _find(core, provider)
        now = int(core.now().timestamp())
        held = {} if before is None else {who: until for who, until in before.holders.items() if until > now}
        if len(held) >= places and holder not in held:
            return False
        held[holder] = now + int(lease_seconds * core.clock.pace)
        if _save(core, provider, held, before):
            return True
    raise ContentionError


def give_back(core: Core, provider: str, holder: str) -> None:
    """Free a place; what cannot be freed now falls free by itself."""
    with _in_turn:
        for _ in range(TRIES):
            freed = without(core, _find(core, provider), holder)
            if not freed:
                return
            try:
                core.store.write(*freed)
            except RefusedError:
                continue
            return


def slots_key(provider: str) -> Key:
    """Where the places of a provider live."""
    return key("ProviderSlots", provider=provider)


def without(core: Core, slots: ProviderSlots | None, holder: str) -> list[Write]:
    """The part of a transaction that frees a place: none where it is not held.

    Others may take or free one at the same moment: a transaction that is refused over this item is put together again.

    Args:
        slots: the places as they were read.
    """
    if slots is None or holder not in slots.holders:
        return []
    left = {who: until for who, until in slots.holders.items() if who != holder}
    return [Replace(core.changed(slots, holders=left), before=slots)]


def _find(core: Core, provider: str) -> ProviderSlots | None:
    return core.store.find(ProviderSlots, slots_key(provider))


def _save(core: Core, provider: str, held: dict[str, int], before: ProviderSlots | None) -> bool:
    after = ProviderSlots(provider=provider, holders=held, revision=core.ids.revision())
    write: Write = Create(after) if before is None else Replace(after, before=before)
    try:
        core.store.write(write)
    except RefusedError:
        return False
    return True
