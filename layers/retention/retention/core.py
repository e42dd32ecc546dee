"""What every service works with: the table, the clock, the ids, the keys, and the way to commit an effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from retention.clock import Clock
from retention.config import Settings
from retention.engine.queue import WorkQueue
from retention.entity import Dated, Entity
from retention.errors import ContentionError, StaleError
from retention.idempotency import Idempotency
from retention.ids import Ids
from retention.jobs.queue import JobsQueue
from retention.keyring import Keyring
from retention.table.store import Store
from retention.table.writes import RefusedError, Replace, Write, gone

#: How often a change is tried again when others change the same item.
REVISE_TRIES: Final = 10

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Core:
    """The parts that services share."""

    settings: Settings
    store: Store
    clock: Clock
    ids: Ids
    keyring: Keyring
    idempotency: Idempotency
    work_queue: WorkQueue
    jobs_queue: JobsQueue

    def now(self) -> datetime:
        """The current instant."""
        return self.clock.now()

    def changed(self, entity: E, **fields: object) -> E:
        """The next state of an entity, with a revision of its own (and its time of change, where it tells that)."""
        update: dict[str, object] = {**fields, "revision": self.ids.revision()}
        if isinstance(entity, Dated):
            update["updated_at"] = self.now()
        return entity.model_copy(update=update)

    def revise(
        self,
        find: Callable[[], E],
        change: Callable[[E], tuple[E, list[Write]]],
        *,
        if_match: str | None,
        show: Callable[[E], object] = lambda entity: entity,
    ) -> E:
        """Read, decide, and write on the condition that nobody changed the item meanwhile; tried again otherwise.

        Args:
            find: reads the present state; raises NotFoundError when there is none.
            change: the next state and what else is to be written with it; equal states write nothing.
            if_match: the revision that the caller insists on.
            show: what an answer shows of the new state.

        Raises:
            StaleError: the item is not in the state that the caller insists on.
            ContentionError: others kept changing it.
            RefusedError: one of the other writes was refused.
        """
        for _ in range(REVISE_TRIES):
            current = find()
            if if_match is not None and current.revision != if_match:
                raise StaleError
            following, others = change(current)
            if not others and self._same(current, following):
                return current
            try:
                self.idempotency.commit(Replace(following, before=current), *others, outcome=show(following))
            except RefusedError as refusal:
                if 0 not in refusal.failed:
                    raise
                continue
            return following
        raise ContentionError

    @staticmethod
    def _same(current: E, following: E) -> bool:
        """Whether a state differs from another in nothing but its revision and its time of change."""
        ours = {"revision", "updated_at"}
        return all(value == vars(following)[name] for name, value in vars(current).items() if name not in ours)

    def discard(
        self,
        find: Callable[[], E],
        others: Callable[[E], list[Write]] = lambda _: [],
        *,
        if_match: str | None,
        outcome: object,
    ) -> None:
        """Read, and remove on the condition that nobody changed the item in between; tried again when somebody did.

        Args:
            find: reads the present state; raises NotFoundError when there is none.
            others: what else is to be written with it.
            if_match: the revision that the caller insists on.
            outcome: what an answer shows.

        Raises:
            StaleError: the item is not in the state that the caller insists on.
            ContentionError: others kept changing it.
        """
        for _ in range(REVISE_TRIES):
            current = find()
            if if_match is not None and current.revision != if_match:
                raise StaleError
            try:
                self.idempotency.commit(gone(current), *others(current), outcome=outcome)
            except RefusedError:
                continue
            return
        raise ContentionError
