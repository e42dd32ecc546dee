"""Putting right what a recount has found wrong, once, whoever counts meanwhile; removing what stands on nothing."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from retention.core import Core
from retention.stats.cells import weight_of
from retention.stats.model import CHANGES, FigureRepair, Tally
from retention.stats.recount_sheet import Spot, Sums
from retention.stats.scopes import is_there, shares_of
from retention.table.keys import key_of
from retention.table.store import raw_key
from retention.table.writes import Count, Create, RefusedError

logger = logging.getLogger(__name__)

#: Repairs that the result of a recount tells one by one. All are kept as items.
TOLD: Final = 50
#: Numbers that one update adds to. Source: an expression of DynamoDB has at most 4 KB.
TOGETHER: Final = 100
#: How long it is remembered what was repaired.
KEPT: Final = timedelta(days=90)
#: The share that repairs are added to.
_SHARE: Final = "recount"
_MODULUS: Final = 1 << 64


def put_right(core: Core, recount: str, sums: Sums, cell_of: Callable[[Spot], int]) -> Iterator[FigureRepair]:
    """Repair what was wrong twice alike, and tell each repair. What moved meanwhile is left to the next recount."""
    spots: dict[int, set[Spot]] = {}
    for spot in {*sums.right, *sums.kept, *sums.before, *sums.after}:
        spots.setdefault(cell_of(spot), set()).add(spot)
    sums.result |= {"repairs": 0, "repaired": []}
    for cell in sums.suspects:
        mine = sorted(spots.get(cell, ()))
        if all(sums.before[spot] == sums.after[spot] for spot in mine) and _off(sums, mine) == sums.suspects[cell]:
            for repair in (one for spot in mine for one in _repairs(core, recount, sums, spot)):
                _tell(sums.result, repair)
                yield repair


def _difference(sums: Sums, spot: Spot) -> dict[str, dict[str, int]]:
    right, kept = sums.right.get(spot, Counter()), sums.kept.get(spot, Counter())
    names = sorted({*right, *kept})
    both = {name: {"kept": kept[name], "right": right[name]} for name in names}
    return {name: numbers for name, numbers in both.items() if numbers["kept"] != numbers["right"]}


def _off(sums: Sums, spots: Sequence[Spot]) -> int:
    """What some numbers are off by, as a checksum."""
    return (
        sum(
            weight_of(*spot, name) * (numbers["right"] - numbers["kept"])
            for spot in spots
            for name, numbers in _difference(sums, spot).items()
        )
        % _MODULUS
    )


def _repairs(core: Core, recount: str, sums: Sums, spot: Spot) -> Iterator[FigureRepair]:
    """Add the differences of one quarter of an hour, each once: the key of a repair is the state that it found."""
    scope, bucket = spot
    wrong = list(_difference(sums, spot).items())
    for n, at in enumerate(range(0, len(wrong), TOGETHER)):
        numbers = dict(wrong[at : at + TOGETHER])
        now = core.now()
        repair = FigureRepair(
            scope=scope,
            bucket=bucket,
            changes=sums.after[spot] + n,
            recount=recount,
            numbers=numbers,
            repaired_at=now,
            expires_at=now + KEPT,
        )
        amounts = {name: one["right"] - one["kept"] for name, one in numbers.items()}
        tally = Tally(scope=scope, bucket=bucket, spread_by=_SHARE)
        try:
            core.store.write(Create(repair), Count(tally, amounts | {CHANGES: 1}))
        except RefusedError:
            # Put right already: by this recount, before it was killed, or by another one.
            found = core.store.find(FigureRepair, key_of(repair))
            if found is None or found.recount != recount:
                continue
        else:
            logger.error("figures_repaired", extra={"scope": scope, "bucket": bucket, "numbers": numbers})
        yield repair


def _tell(result: dict[str, Any], repair: FigureRepair) -> None:
    result["repairs"] += len(repair.numbers)
    if len(result["repaired"]) < TOLD:
        result["repaired"].append({"scope": repair.scope, "at": repair.bucket, "numbers": repair.numbers})


def remove_strays(core: Core, scopes: Sequence[str]) -> int:
    """Remove tallies of what is not there any more: a count that came late has brought them back."""
    removed = 0
    for scope in scopes:
        if not is_there(core, scope):
            doomed = [raw_key(row) for pk in shares_of(scope) for row in core.store.query(pk)]
            core.store.remove_unconditionally(doomed)
            removed += len(doomed)
    return removed
