"""Applies the events of a message, each on its own: one that fails harms no other.

    applied, ignored      done
    later                 comes again by itself, after a pause that grows; after a day it is hopeless
    something unforeseen  the same, for an hour and a half
    hopeless              to the dead-letter queue, with its cause

An event is let go only when it is done, or waits somewhere else.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final

from retention.ids import jitter
from retention.inbound.outcome import Applied, Hopeless, Ignored, Later, Outcome
from retention.inbound.queue import InboundQueue
from retention.receiving.event import Event, Source

logger = logging.getLogger(__name__)

Handler = Callable[[Event], Outcome]

#: Events that are applied side by side: enough to hide the network.
THREADS: Final = 8
#: Seconds of the machine until an event comes again, by how often it could not be applied so far; then the last.
PAUSES: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
#: How often an event may have to come again before it is hopeless: about a day, and an hour and a half.
MOST_LATER: Final = 100
MOST_FAILURES: Final = 9
#: Seconds that must be left for an event to be begun: the longest takes a request to a provider and a few to the table.
ENOUGH: Final = 20.0


@dataclass
class Summary:
    """What became of the events of some messages."""

    #: How many were applied, ignored, put off, failed, or hopeless, by that word and the source.
    counts: Counter[tuple[str, Source]] = field(default_factory=Counter)

    def of(self, word: str) -> int:
        """How many came to this, whatever their source."""
        return sum(count for (what, _), count in self.counts.items() if what == word)


@dataclass(frozen=True)
class Applier:
    """Applies what came in."""

    queue: InboundQueue
    handlers: Mapping[Source, Handler]
    pool: Executor

    def apply(self, body: str, summary: Summary, time_left: Callable[[], float]) -> None:
        """Apply the events of a message. When this returns, each is done or waits somewhere else.

        Args:
            time_left: seconds of the machine until this process may be stopped.

        Raises:
            ValueError: it is no message of ours.
        """
        events = self.queue.read(body)
        futures = [self.pool.submit(self._one, event, time_left) for event in events]
        for event, future in zip(events, futures, strict=True):
            summary.counts[future.result(), event.source] += 1
        self.queue.done(body)

    def _one(self, event: Event, time_left: Callable[[], float]) -> str:
        """Apply one event; says in a word what became of it."""
        if time_left() < ENOUGH:
            self.queue.again(event, 0)
            return "postponed"
        try:
            outcome = self.handlers[event.source](event)
        except Exception as error:
            logger.exception("event_failed", extra=_named(event))
            return self._failed(event, type(error).__name__)
        return self._settle(event, outcome)

    def _settle(self, event: Event, outcome: Outcome) -> str:
        match outcome:
            case Applied(what):
                logger.info("event_applied", extra={**_named(event), "what": what})
                return "applied"
            case Ignored(why):
                logger.info("event_ignored", extra={**_named(event), "why": why})
                return "ignored"
            case Later(why, seconds):
                if event.tries >= MOST_LATER:
                    return self._bury(event, f"still not: {why}")
                logger.info("event_later", extra={**_named(event), "why": why})
                self.queue.again(_tried(event), _pause(event) if seconds is None else seconds)
                return "later"
            case Hopeless(why):
                return self._bury(event, why)

    def _failed(self, event: Event, cause: str) -> str:
        if event.tries >= MOST_FAILURES:
            return self._bury(event, cause)
        self.queue.again(_tried(event), _pause(event))
        return "failed"

    def _bury(self, event: Event, cause: str) -> str:
        logger.error("event_hopeless", extra={**_named(event), "cause": cause})
        self.queue.bury(event, cause)
        return "hopeless"


def _tried(event: Event) -> Event:
    return event._replace(tries=event.tries + 1)


def _pause(event: Event) -> float:
    pause = PAUSES[min(event.tries, len(PAUSES) - 1)]
    return pause * (1 + 0.2 * jitter())


def _named(event: Event) -> dict[str, object]:
    """What a log may say of an event: no word of what came in it."""
    return {"source": event.source, "tries": event.tries}
