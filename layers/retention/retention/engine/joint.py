"""Commits the changes of several errands in one transaction: fewer requests, and figures that they share written once.

A transaction is refused as a whole. So whoever it is refused for is left to a transaction of its own, and the others go
together again. Nothing waits here to be joined: what is there when this is called goes together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from retention.engine.commit import Committer, Cook, Recipe, Written
from retention.engine.errand import Errand
from retention.table.writes import RefusedError, TooManyWritesError

#: Writes of one transaction, which leaves room for the figures that follow from them.
MOST_WRITES: Final = 75


class Part(NamedTuple):
    """A change that rests on a fact: an errand as it was read, and from that to what is written."""

    errand: Errand
    cook: Cook


class _Cooked(NamedTuple):
    """A change that is put together, and its place among those that were asked for."""

    at: int
    recipe: Recipe


class _Refused(NamedTuple):
    """A change that goes on alone, and why; None: not on its own account."""

    at: int
    refusal: RefusedError | None


@dataclass(frozen=True)
class JointCommitter:
    """Commits changes of errands of different leads."""

    committer: Committer

    def surely(self, parts: Sequence[Part]) -> list[Written | Exception]:
        """Commit each change, until it fits; what became of each, in order. One that fails harms no other."""
        done: dict[int, Written | Exception] = {}
        cooked: list[_Cooked] = []
        alone: list[_Refused] = []
        for at, part in enumerate(parts):
            try:
                recipe = part.cook(part.errand, False)
            except Exception as error:  # noqa: BLE001 - it is handed to the caller
                done[at] = error
                continue
            if recipe is None:
                done[at] = Written(False)
            else:
                cooked.append(_Cooked(at, recipe))
        for group in _groups(cooked):
            alone += self._together(group, done)

        def go_on(one: _Refused) -> Written | Exception:
            try:
                return self.committer.surely(*parts[one.at], one.refusal)
            except Exception as error:  # noqa: BLE001 - it is handed to the caller
                return error

        # Side by side, and not in the threads that ask providers: one of those may hang.
        outcomes = self.committer.core.store.parallel(go_on, alone)
        done.update({one.at: outcome for one, outcome in zip(alone, outcomes, strict=True)})
        return [done[at] for at in range(len(parts))]

    def _together(self, group: Sequence[_Cooked], done: dict[int, Written | Exception]) -> list[_Refused]:
        """Write changes in one transaction; returns those that it was refused for, and were left out of it."""
        refused: list[_Refused] = []
        left = list(group)
        while len(left) > 1:
            try:
                self.committer.core.store.write(*(write for one in left for write in one.recipe.writes))
            except RefusedError as refusal:
                because = {one.at: own for one, own in zip(left, _split(refusal, left), strict=True) if own is not None}
                refused += [_Refused(at, own) for at, own in because.items()]
                left = [one for one in left if one.at not in because]
            except TooManyWritesError:
                half = len(left) // 2
                return [*refused, *self._together(left[:half], done), *self._together(left[half:], done)]
            except Exception:  # noqa: BLE001 - contention, or no answer: each finds out on its own
                break
            else:
                done.update({one.at: self.committer.written(one.recipe) for one in left})
                return refused
        return [*refused, *(_Refused(one.at, None) for one in left)]


def _groups(cooked: Sequence[_Cooked]) -> Iterator[list[_Cooked]]:
    """As many as one transaction takes, again and again."""
    group: list[_Cooked] = []
    room = MOST_WRITES
    for one in cooked:
        if group and len(one.recipe.writes) > room:
            yield group
            group, room = [], MOST_WRITES
        group.append(one)
        room -= len(one.recipe.writes)
    if group:
        yield group


def _split(refusal: RefusedError, group: Sequence[_Cooked]) -> Iterator[RefusedError | None]:
    """The refusal of a transaction as it is each one's own; None for those that it is no matter of."""
    begin = 0
    for one in group:
        end = begin + len(one.recipe.writes)
        failed = frozenset(at - begin for at in refusal.failed if begin <= at < end)
        found = {at - begin: raw for at, raw in refusal.found.items() if begin <= at < end}
        yield RefusedError(refusal.writes[begin:end], failed, found) if failed else None
        begin = end
