"""What was set aside for a message becomes what it cost, or is given back.

That follows from what the obligation and its attempt say, and from nothing else: whoever looks comes to the same, at
any time and any number of times. So the transaction that ends a send has no part in it: all sends of a campaign
would contend for the one item that holds its budget. Until somebody has looked, the estimate counts. A worker looks
when it has done with a chunk, a report that told a price when it was written down; what both missed (a worker died)
is found when the budget no longer suffices for somebody.

    a send of which nobody knows the outcome     stays set aside
    a call whose report has not come             stays set aside
    it cost so much                              that is spent
    it was sent, and nobody said a price         what was set aside is spent
    it ended without a send                      nothing is spent
    it is still owed and nobody is about it      nothing is spent, after a while
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.attempts.proven import is_unknown
from retention.attempts.service import attempt_key
from retention.budgets.limits import charge_key
from retention.budgets.model import Charge, Spending
from retention.clock import machine_time
from retention.core import Core
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.reports.deriving import was_sent
from retention.reports.naming import work_named
from retention.reports.reading import work_of
from retention.stats.contributing import money
from retention.table import keys
from retention.table.keys import Key
from retention.table.store import raw_key
from retention.table.writes import Count, RefusedError, Replace, Write

logger = logging.getLogger(__name__)

#: Charges that are closed in one transaction.
TOGETHER: Final = 30
#: How often charges are looked at again that others changed.
TRIES: Final = 8
#: Seconds of the machine for which money stays set aside that no send shows: longer than any worker lives.
PATIENCE: Final = 900.0
#: Seconds of the machine between two searches for what was left behind in a budget, and charges of one search.
PAUSE: Final = 60.0
MOST: Final = 500


class Seen(NamedTuple):
    """A charge and what it goes by, as they were read."""

    charge: Charge
    work: Obligation | None
    attempt: ContactAttempt | None
    contact: Contact | None


@dataclass(frozen=True)
class Closer:
    """Closes charges."""

    core: Core
    _searched: dict[str, datetime] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def close(self, places: Sequence[Key]) -> int:
        """Bring charges up to date; returns what became free again, in ten-thousandths (less than 0: more is used)."""
        freed = 0
        for at in range(0, len(places), TOGETHER):
            freed += self._close(places[at : at + TOGETHER])
        return freed

    def look_at(self, attempt: ContactAttempt) -> None:
        """Somebody has said what a send cost, or what became of it: what was set aside for it, if anything, is that."""
        try:
            self.close([charge_key(attempt.lead_id, attempt.id, scope) for scope in attempt.budgets or ()])
        except Exception:
            # What was said is written down: what is left open here is found by a search.
            logger.exception("charges_left_open")

    def search(self, scope: str) -> int:
        """Close what was left behind in a budget, at most once a minute; returns what became free."""
        now = self.core.now()
        with self._one_at_a_time:
            last = self._searched.get(scope)
            if last is not None and now - last < machine_time(self.core.clock, PAUSE):
                return 0
            self._searched[scope] = now
        (pk,) = keys.index_partitions(Charge.__name__, "owner", scope=scope)
        starts_with = keys.index_prefix(Charge.__name__, "owner")
        rows = self.core.store.query(pk, index="owner", starts_with=starts_with, limit=MOST)
        return self.close([raw_key(row) for row in rows])

    def _close(self, places: Sequence[Key]) -> int:
        for _ in range(TRIES):
            writes, freed = self._closing(self._seen(places))
            if not writes:
                return 0
            try:
                self.core.store.write(*writes)
            except RefusedError:
                continue
            return freed
        # Others are at it; what they leave is found by the next search.
        logger.info("charges_contended", extra={"charges": len(places)})
        return 0

    def _seen(self, places: Sequence[Key]) -> Iterator[Seen]:
        charges: list[Charge] = [
            one for one in self.core.store.find_many([(Charge, place) for place in places]) if one is not None
        ]
        wanted: list[tuple[type[Any], Key]] = []
        for charge in charges:
            named = work_named(charge.id)
            work = None if named is None else work_of(named)
            assert work is not None
            wanted += [work, (ContactAttempt, attempt_key(charge.id)), (Contact, contact_key(charge.lead_id))]
        found = iter(self.core.store.find_many(wanted))
        for charge in charges:
            yield Seen(charge, next(found), next(found), next(found))

    def _closing(self, seen: Iterator[Seen]) -> tuple[list[Write], int]:
        writes: list[Write] = []
        sums: dict[tuple[str, str], Counter[str]] = {}
        patience = machine_time(self.core.clock, PATIENCE)
        for one in seen:
            charge = one.charge
            worth = worth_of(one, self.core.now() - patience)
            if worth is None or (charge.state == "closed" and charge.counted == worth):
                continue
            writes.append(Replace(self.core.changed(charge, counted=worth, state="closed"), before=charge))
            reserved = charge.counted if charge.state == "open" else 0
            changes = sums.setdefault((charge.scope, charge.period), Counter())
            changes.update({"used": worth - charge.counted, "reserved": -reserved})
        writes += [Count(Spending(scope=scope, period=period), dict(sums[scope, period])) for scope, period in sums]
        return writes, -sum(changes["used"] for changes in sums.values())


def worth_of(seen: Seen, long_ago: datetime) -> int | None:
    """What a charge comes to, in ten-thousandths; None while that is open.

    Args:
        long_ago: what was set aside before, nobody is about any more.
    """
    charge, work, attempt, contact = seen
    if attempt is not None and attempt.sent_at is not None and attempt.cost is not None:
        return money(attempt.cost)
    if work is None:
        return charge.counted
    if is_unknown(work):
        return None
    if work.is_open:
        under_way = work.flown is not None or (contact is not None and _is_flying(contact, work.id))
        return None if under_way or charge.since > long_ago else 0
    if not was_sent(work):
        return 0
    is_awaited = work.channel == "CALL" and work.due_at is not None
    return None if is_awaited else charge.counted


def _is_flying(contact: Contact, work_id: str) -> bool:
    flights = (Flight.of(getattr(contact, name)) for name in FLIGHT_FIELD.values())
    return any(flight is not None and flight.work == work_id for flight in flights)
