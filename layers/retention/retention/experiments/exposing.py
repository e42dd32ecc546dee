"""What a transaction means for A/B tests, put into the very transaction.

An attempt that was made for a test, and a conversion that such an attempt brought, count for the test by their state
alone. Of each lead, the sum of that stands on one item, its exposure; and what an exposure counts for (stats/) is what
the test is judged by: a lead that gets four messages, clicks on two and buys three times is one recipient, one click
and one conversion. Whatever changes an attempt or a conversion, a report, a rejection, a correction by hand, a delete,
changes the exposure with it, so that at every moment it is the sum of what there is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.conversions.model import Conversion
from retention.entity import Entity
from retention.experiments.model import ABTest, Exposure
from retention.experiments.variants import Part
from retention.ids import Ids
from retention.stats.contributing import money
from retention.stats.counting import states
from retention.table.keys import Key, key
from retention.table.store import Store
from retention.table.writes import Create, Replace, Write, target


class Exposed(NamedTuple):
    """Whose exposure to what."""

    lead_id: str
    part: Part


class Share(NamedTuple):
    """What some attempts and conversions add to an exposure. Money in ten-thousandths."""

    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    revenue: int = 0
    cost: int = 0

    def plus(self, other: "Share", times: int = 1) -> "Share":
        """The sum of both."""
        return Share(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


_NOTHING: Final = Share()


def share_of(entity: Entity | None) -> tuple[Exposed, Share] | None:
    """What an attempt or a conversion counts for in a test, by its state alone; None for nothing."""
    if entity is None or entity.deleting or not isinstance(entity, ContactAttempt | Conversion):
        return None
    part = Part.read(entity.experiment)
    if part is None or entity.lead_id is None:
        return None
    if isinstance(entity, Conversion):
        paid = entity.status == "customer"
        share = Share(conversions=1, revenue=money(entity.revenue)) if paid else _NOTHING
    elif entity.sent_at is not None:
        share = Share(impressions=1, clicks=int("clicked" in (entity.told or {})), cost=money(entity.cost))
    else:
        share = _NOTHING
    return None if share == _NOTHING else (Exposed(entity.lead_id, part), share)


def exposure_key(exposed: Exposed) -> Key:
    """Where an exposure is."""
    return key(Exposure.__name__, lead_id=exposed.lead_id, test_id=exposed.part.test_id)


def exposures_of(store: Store, made: Ids, now: datetime, writes: Sequence[Write]) -> list[Write]:
    """The writes that bring exposures up to date with what other writes do to attempts and conversions.

    An exposure comes into being for a test that is there; what is told later of one that was deleted counts no more.

    Returns:
        Nothing for almost every transaction, which then costs no request; otherwise one request reads what is there.
    """
    changed = _changes(writes)
    if not changed:
        return []
    asked = list(changed)
    found = store.find_many([wanted for exposed in asked for wanted in _wanted(exposed)])
    following = zip(asked, found[::2], found[1::2], strict=True)
    return [
        write
        for exposed, exposure, test in following
        for write in _following(exposed, changed[exposed], exposure, test, made, now)
    ]


def _changes(writes: Sequence[Write]) -> dict[Exposed, Share]:
    """What each exposure gains and loses. One that is itself written here is taken to be right."""
    changes: dict[Exposed, Share] = {}
    for write in writes:
        for (exposed, share), times in _of_write(write):
            changes[exposed] = changes.get(exposed, _NOTHING).plus(share, times)
    changes = {exposed: share for exposed, share in changes.items() if share != _NOTHING}
    if not changes:
        return changes
    written = {place for kind, place in map(target, writes) if kind is Exposure}
    return {exposed: share for exposed, share in changes.items() if exposure_key(exposed) not in written}


def _of_write(write: Write) -> Iterator[tuple[tuple[Exposed, Share], int]]:
    for state, times in zip(states(write), (-1, 1), strict=True):
        counted = share_of(state)
        if counted is not None:
            yield counted, times


def _wanted(exposed: Exposed) -> list[tuple[type[Entity], Key]]:
    campaign_id, local_id = ids.split(exposed.part.test_id, 2) or ("none", "none")
    return [
        (Exposure, exposure_key(exposed)),
        (ABTest, key(ABTest.__name__, campaign_id=campaign_id, local_id=local_id)),
    ]


def _following(
    exposed: Exposed, share: Share, exposure: Exposure | None, test: ABTest | None, made: Ids, now: datetime
) -> Iterator[Write]:
    if exposure is not None:
        after: dict[str, Any] = Share(*(getattr(exposure, name) for name in Share._fields)).plus(share)._asdict()
        yield Replace(exposure.model_copy(update={**after, "revision": made.revision()}), before=exposure)
    elif min(share) >= 0 and test is not None and not test.deleting:
        test_id, variant = exposed.part
        new = Exposure(lead_id=exposed.lead_id, test_id=test_id, variant=variant, since=now, revision=made.revision())
        yield Create(new.model_copy(update=share._asdict()))
