"""Changes of an obligation that is not over: later, held, marked as waiting for its outcome, its channel released.

Source: the send protocol, rules 1, 4, 6, 7 and 11.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from retention.clock import machine_time
from retention.core import Core
from retention.engine.attempts import attempt_write
from retention.engine.commit import Committer, Recipe, Written, contact_change, recent_without
from retention.engine.decision import Defer, Park
from retention.engine.errand import Errand
from retention.engine.obligation import Flight, Obligation, Phase
from retention.engine.reasons import Reason
from retention.ids import jitter
from retention.jsontext import format_instant
from retention.providers.port import NotAccepted, Unclear
from retention.table.writes import Replace, Write

#: Longest pause between two tries, in seconds.
LONGEST_PAUSE: Final = 3600.0
#: Share by which a pause is stretched at random, so that what failed together is not tried together.
SPREAD: Final = 0.1

#: What is forgotten of a send that is known not to have been taken.
_CLEAN: Final = {"phase": None, "flown": None}


@dataclass(frozen=True)
class Waiter:
    """Has obligations wait."""

    core: Core
    committer: Committer

    def deferred(self, errand: Errand, defer: Defer) -> Written:
        """Due again later, as decided."""
        work = errand.work.noted(self.core.now(), defer.reason, until=format_instant(defer.until), **defer.inputs)
        return self._on_decision(errand, errand.doubtful, **self._due(defer.until), history=work, **_CLEAN)

    def parked(self, errand: Errand, park: Park) -> Written:
        """Held in place, as decided: without a due time, until it is resumed."""
        work = errand.work
        due = work.scheduled_at or work.due_at
        return self._on_decision(
            errand,
            errand.doubtful,
            status="PENDING",
            scheduled_at=None,
            due_at=None,
            held_due_at=due,
            held_since=park.since,
            history=work.noted(self.core.now(), park.reason),
            **_CLEAN,
        )

    def _on_decision(self, errand: Errand, came_to_nothing: Flight | None, **changes: Any) -> Written:
        """A change that is void when anything moved since the errand was read.

        Args:
            came_to_nothing: the send before, which the provider proved not to have taken.
        """
        after = self.core.changed(errand.work, **changes)
        again = recent_without(errand, came_to_nothing)
        contact = contact_change(errand, landing=errand.own_flight, fresh=True, **again)
        return self.committer.once(lambda _: Recipe([Replace(after, before=errand.work), contact], (after,)))

    def refused(self, errand: Errand, flight: Flight, answer: NotAccepted, *, tried: bool = True) -> Written:
        """The provider refused passingly: one transaction takes the flight back, with its place among the caps.

        Args:
            tried: False where the provider was not even asked, which is no try.
        """
        tries = errand.work.tries + tried
        pause = max(self._pause(errand, max(tries, 1)) if tried else 0.0, answer.retry_after or 0.0)
        until = self.core.now() + machine_time(self.core.clock, pause)

        def cook(now: Errand, _: bool) -> Recipe | None:
            if not now.work.is_open or now.own_flight != flight:
                return None
            history = now.work.noted(
                self.core.now(), Reason.PROVIDER_BUSY, cause=answer.code, until=format_instant(until)
            )
            after = self.core.changed(now.work, **self._due(until), tries=tries, history=history, **_CLEAN)
            contact = contact_change(now, landing=flight, fresh=True, **recent_without(now, flight))
            return Recipe([Replace(after, before=now.work), contact], (after,))

        return self.committer.surely(errand, cook)

    def unclear(self, errand: Errand, flight: Flight, answer: Unclear, settle: timedelta) -> Written:
        """Nobody knows whether the provider took it: the flight stays, and is looked into after the settle delay."""

        def cook(now: Errand, _: bool) -> Recipe | None:
            if not now.work.is_open or now.own_flight != flight:
                return None
            history = now.work.noted(self.core.now(), Reason.OUTCOME_AWAITED, cause=answer.code)
            until, tries = flight.at + settle, now.work.tries + 1
            after, attempts = self._awaiting(now, flight, "sending", until, history, tries)
            return Recipe([after, *attempts, contact_change(now, landing=None, fresh=True)], _obligations(after))

        return self.committer.surely(errand, cook)

    def released(self, errand: Errand, flight: Flight) -> Written:
        """The provider's records cannot be read: its channel is free for others, and it waits, marked as unknown."""
        until = self.core.now() + machine_time(self.core.clock, self._pause(errand, 1))
        history = errand.work.noted(self.core.now(), Reason.OUTCOME_AWAITED, cause="records_unreadable")
        after, attempts = self._awaiting(errand, flight, "released", until, history, errand.work.tries)
        contact = contact_change(errand, landing=flight, fresh=True)
        return self.committer.once(lambda _: Recipe([after, *attempts, contact], _obligations(after)))

    def still_blind(self, errand: Errand, blind_for: timedelta) -> Written:
        """It waits on, for as long again as it has waited, up to an hour."""
        pause = min(blind_for, machine_time(self.core.clock, LONGEST_PAUSE))
        return self._on_decision(errand, None, due_at=self.core.now() + pause)

    def _awaiting(
        self, errand: Errand, flight: Flight, phase: Phase, until: datetime, history: Any, tries: int
    ) -> tuple[Replace, list[Write]]:
        """The obligation, marked as waiting for the outcome of a send, and its attempt."""
        work = errand.work
        attempts = attempt_write(
            self.core, errand, "IN_PROGRESS", channel=flight.channel, started_at=flight.at, flight=flight
        )
        after = self.core.changed(
            work,
            phase=phase,
            flown=flight.as_json(),
            tries=tries,
            due_at=until,
            contact_attempt_id=work.contact_attempt_id or work.id,
            history=history,
        )
        return Replace(after, before=work), attempts

    @staticmethod
    def _due(until: datetime) -> dict[str, Any]:
        return {"status": "SCHEDULED", "due_at": until, "scheduled_at": until}

    @staticmethod
    def _pause(errand: Errand, tries: int) -> float:
        """Seconds of the machine before try number `tries` + 1: doubling, a little at random."""
        pause = min(errand.retry.first_pause_seconds * 2.0 ** (tries - 1), LONGEST_PAUSE)
        return pause * (1 + SPREAD * jitter())


def _obligations(write: Replace) -> tuple[Obligation, ...]:
    return (write.entity,) if isinstance(write.entity, Obligation) else ()
