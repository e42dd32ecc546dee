"""The hold of all sending as a process knows it: at most five seconds old whenever a send is let through.

It is read along with the items that a chunk needs anyway, so honouring it costs no request. Only where a chunk took
longer than five seconds from its loads to its gates is it asked for by itself.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from retention.clock import machine_time
from retention.core import Core
from retention.holding.hold import KIND, NO_HOLD, Hold
from retention.holding.model import SendingHold
from retention.table.keys import Key, key
from retention.table.store import Store

#: Seconds of the machine after which nothing is let through by what was read.
KEPT: Final = 5.0
#: Seconds of the machine after which it is read along again: what a chunk loads is then good until its gates.
ALONG: Final = 2.0


class _Kept(NamedTuple):
    read_at: datetime
    hold: Hold


_kept: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()
_guard = threading.Lock()
#: One thread asks, and the others wait for what it hears.
_asking = threading.Lock()


def hold_key() -> Key:
    """Where the hold lives."""
    return key(KIND)


def known_hold(core: Core) -> Hold:
    """The hold, at most five seconds old."""
    kept = _younger(core, KEPT)
    if kept is None:
        with _asking:
            kept = _younger(core, KEPT)
            if kept is None:
                read_at = core.now()
                kept = _keep(core, read_at, core.store.find(SendingHold, hold_key()))
    return kept.hold


def hold_wanted(core: Core) -> list[tuple[type[SendingHold], Key]]:
    """What to ask for along with other items of a BatchGet; nothing while what is known is new.

    What was found goes to `remember_hold`.
    """
    return [] if _younger(core, ALONG) is not None else [(SendingHold, hold_key())]


def remember_hold(core: Core, asked_at: datetime, found: Sequence[Any]) -> None:
    """Keep what was found for `hold_wanted`: one answer, perhaps None, or nothing if nothing was asked."""
    for one in found:
        _keep(core, asked_at, one)


def forget_hold(core: Core) -> None:
    """Have this process read it again: it has just been changed here."""
    with _guard:
        _kept.pop(core.store, None)


def _younger(core: Core, seconds: float) -> _Kept | None:
    with _guard:
        kept = _kept.get(core.store)
    return kept if kept is not None and core.now() - kept.read_at < machine_time(core.clock, seconds) else None


def _keep(core: Core, read_at: datetime, found: SendingHold | None) -> _Kept:
    kept = _Kept(read_at, NO_HOLD if found is None else found.as_hold())
    with _guard:
        known = _kept.get(core.store)
        # Of two threads that asked, the one that asked later knows better.
        if known is None or known.read_at <= read_at:
            _kept[core.store] = kept
    return kept
