"""The difference that a transaction makes to the figures, put into the very transaction."""

from collections import Counter
from collections.abc import Sequence

from retention.entity import Entity
from retention.stats.contributing import COUNTED, Contribution, contribution
from retention.stats.model import CHANGES, Tally
from retention.table.keys import Key, key_of
from retention.table.writes import Change, Count, Create, Put, Remove, Replace, Write


def counts_of(writes: Sequence[Write]) -> list[Write]:
    """What the figures gain and lose by some writes: one write for each tally that changes, and none for any other.

    Raises:
        TypeError: a write of something that counts does not say what was there before.
    """
    difference: Contribution = Counter()
    for write in writes:
        before, after = states(write)
        difference.update(contribution(after))
        difference.subtract(contribution(before))
    tallies: dict[Key, tuple[Tally, Counter[str]]] = {}
    for (place, name), amount in difference.items():
        if amount:
            tally = Tally(scope=place.scope, bucket=place.bucket, spread_by=place.spread_by)
            # Several leads may have their numbers in one share, which a transaction may touch once.
            tallies.setdefault(key_of(tally), (tally, Counter({CHANGES: 1})))[1][name] += amount
    return [Count(tally, dict(numbers)) for tally, numbers in tallies.values()]


def states(write: Write) -> tuple[Entity | None, Entity | None]:
    """An item before and after a write, as far as the write changes what it counts for."""
    match write:
        case Create(entity):
            return None, entity
        case Replace(entity, before):
            return before, entity
        case Remove() if write.before is not None:
            return write.before, None
        case Remove() | Change() if write.entity_type in COUNTED:
            raise TypeError(f"{type(write).__name__} of {write.entity_type.__name__} must say what was there")
        case Put(entity) if type(entity) in COUNTED:
            raise TypeError(f"Put of {type(entity).__name__} does not say what was there")
    return None, None
