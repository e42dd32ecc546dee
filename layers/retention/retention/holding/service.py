"""Putting the hold of all sending on, and taking it off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError
from retention.holding.hold import Span, spans_in
from retention.holding.known import forget_hold, hold_key
from retention.holding.model import HoldInput, SendingHold
from retention.jsontext import format_instant
from retention.table.writes import Create, RefusedError, Replace

#: Holds that have ended which are remembered: each binds only what was due before it and is not done.
REMEMBERED: Final = 20


@dataclass(frozen=True)
class HoldingService:
    """The use cases of holding all sending."""

    core: Core

    def get(self) -> SendingHold:
        """Whether all sending is held."""
        return self._find() or SendingHold()

    def hold(self, given: HoldInput, by: str) -> SendingHold:
        """Have nothing sent any more, until it is released. What is held already stays so, with the new reason.

        A send that is let through within the next five seconds, by a worker that has not heard of it, is finished.

        Raises:
            ContentionError: others kept changing it.
        """

        def held(now: SendingHold) -> SendingHold:
            since = now.since or self.core.now()
            return now.model_copy(update={"held": True, "since": since, "reason": given.reason, "by": by})

        return self._change(held)

    def release(self) -> SendingHold:
        """Have sending go on: what is overdue is sent in the order of its due times, by the rules of each.

        Raises:
            ContentionError: others kept changing it.
        """

        def free(now: SendingHold) -> SendingHold:
            if now.since is None:
                return now
            spans = [*spans_in(now.before), Span(now.since, self.core.now())][-REMEMBERED:]
            before = [[format_instant(since), format_instant(until)] for since, until in spans]
            return SendingHold(before=before)

        return self._change(free)

    def _find(self) -> SendingHold | None:
        return self.core.store.find(SendingHold, hold_key())

    def _change(self, change: Callable[[SendingHold], SendingHold]) -> SendingHold:
        core = self.core
        for _ in range(REVISE_TRIES):
            current = self._find()
            following = change(current or SendingHold())
            if following == (current or SendingHold()):
                return following
            after = core.changed(following)
            try:
                core.idempotency.commit(
                    Create(after) if current is None else Replace(after, before=current), outcome=after
                )
            except RefusedError:
                continue
            forget_hold(core)
            return after
        raise ContentionError
