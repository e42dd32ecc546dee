"""Who wants which events, kept in every process for a few seconds: it is asked on every path that matters.

An endpoint that is put in place or switched on hears of what happens from five seconds later on, at the latest.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from retention.clock import machine_time
from retention.core import Core
from retention.outbound.model import EndpointRegistry
from retention.table.keys import Key, key
from retention.table.store import Store

#: Seconds of the machine that it is kept; that there are none is kept as long.
KEPT: Final = 5.0


class _Kept(NamedTuple):
    read_at: datetime
    #: Endpoints by type of event.
    endpoints: dict[str, tuple[str, ...]]


_kept: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


def registry_key() -> Key:
    """Where the registry lives."""
    return key("EndpointRegistry")


def endpoints_wanting(core: Core, what: str) -> tuple[str, ...]:
    """The ids of the active endpoints that want a type of event; one request where what is kept is too old."""
    kept = _fresh(core)
    if kept is None:
        kept = _keep(core, core.store.find(EndpointRegistry, registry_key()))
    return kept.endpoints.get(what, ())


def endpoints_wanted(core: Core) -> list[tuple[type[EndpointRegistry], Key]]:
    """What to ask for along with other items of a BatchGet, so that announcing costs no request of its own.

    Nothing while what is kept is fresh. What was found goes to `remember_endpoints`.
    """
    return [] if _fresh(core) is not None else [(EndpointRegistry, registry_key())]


def remember_endpoints(core: Core, found: Sequence[Any]) -> None:
    """Keep what was found for `endpoints_wanted`: one answer, perhaps None, or nothing if nothing was asked."""
    for registry in found:
        _keep(core, registry)


def forget_endpoints(core: Core) -> None:
    """Have this process read it again: it has just been changed here."""
    with _one_at_a_time:
        _kept.pop(core.store, None)


def _fresh(core: Core) -> _Kept | None:
    with _one_at_a_time:
        kept = _kept.get(core.store)
    too_old = machine_time(core.clock, KEPT)
    return kept if kept is not None and core.now() - kept.read_at < too_old else None


def _keep(core: Core, registry: EndpointRegistry | None) -> _Kept:
    endpoints: dict[str, tuple[str, ...]] = {}
    for one in registry.wanting if registry is not None else ():
        for what in one["events"]:
            endpoints[what] = (*endpoints.get(what, ()), one["id"])
    kept = _Kept(core.now(), endpoints)
    with _one_at_a_time:
        _kept[core.store] = kept
    return kept
