"""Ends an obligation: sent, failed or skipped, in one transaction with everything that follows from it.

It takes the flight from the contact item on the condition that it is the one that was seen, raises the version, writes
the attempt, moves the enrollment on, creates the next execution and adds to the counters.

Source: the send protocol, rules 1, 4, 7, 8, 10 and 11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from retention.budgets.quoting import cost_of
from retention.clock import machine_time
from retention.core import Core
from retention.engine.attempts import attempt_write
from retention.engine.commit import Committer, Cook, Recipe, Written, contact_change, recent_without
from retention.engine.decision import Skip
from retention.engine.errand import Errand
from retention.engine.joint import JointCommitter, Part
from retention.engine.obligation import Flight
from retention.engine.reasons import Reason
from retention.engine.slots import CALL_LEASE
from retention.engine.telling import told_of_send
from retention.integrations.providers import provider_of
from retention.jsontext import format_decimal, format_instant
from retention.leads.model import Lead
from retention.outbound.announcing import EventType
from retention.providers.port import Accepted, Rejected
from retention.sequences.progress import Ending
from retention.table.writes import Replace, Write


@dataclass(frozen=True)
class Settler:
    """Ends obligations."""

    core: Core
    committer: Committer

    def sent(self, errand: Errand, flight: Flight, answer: Accepted, *, reported: bool = False) -> Written:
        """The provider has taken it, for certain: by its answer, its records or its report.

        Proof counts whichever flight of the obligation is there now; also when the flight was released since the
        provider could not be asked. Anything else that ended it first stands.

        Args:
            reported: the provider told of it by itself. Then it counts without a flight, too: its answer or its records
                may have said that it was not taken, and were wrong.
        """
        return self.committer.surely(errand, self._landing(flight, answer, reported=reported))

    def all_sent(self, landings: Sequence[tuple[Errand, Flight, Accepted]]) -> list[Written | Exception]:
        """As `sent`, for several at once, each of another lead: what became of each, in order."""
        parts = [Part(errand, self._landing(flight, answer)) for errand, flight, answer in landings]
        return JointCommitter(self.committer).surely(parts)

    def _landing(self, flight: Flight, answer: Accepted, *, reported: bool = False) -> Cook:
        """From an errand as it is now to the transaction in which a send that was taken ends it."""

        def cook(now: Errand, exists: bool) -> Recipe | None:
            own = now.own_flight
            if not now.work.is_open or (own is None and now.work.phase != "released" and not reported):
                return None
            result = {"provider": provider_of(flight.channel), "providerRef": answer.ref, **answer.facts}
            return self._end(
                now,
                own,
                Ending(flight.at, "sent", now.work.scheduled_at),
                "SENT",
                Reason.SENT,
                {name: value for name, value in result.items() if value is not None},
                attempt_write(
                    self.core,
                    now,
                    "IN_PROGRESS",
                    channel=flight.channel,
                    started_at=flight.at,
                    flight=flight,
                    ref=answer.ref,
                    sent=True,
                    facts=answer.facts,
                ),
                exists,
                # Without a flight that it ends, no gate may open at this moment: its flight would never end.
                fresh=own is None,
                due_at=self._reported_by(flight),
                telling=_told(self.core, "message.sent", now, flight, providerRef=answer.ref),
                last_contacted_at=max(flight.at, now.contact.last_contacted_at or flight.at),
            )

        return cook

    def rejected(self, errand: Errand, flight: Flight, answer: Rejected, reason: Reason) -> Written:
        """The provider did not take it, for certain, and will not."""

        def cook(now: Errand, exists: bool) -> Recipe | None:
            if not now.work.is_open or now.own_flight != flight:
                return None
            result = {
                "provider": provider_of(flight.channel),
                "reason": reason,
                "code": answer.code,
                "detail": answer.detail,
            }
            text = f"{reason}: {answer.code} {answer.detail}"
            failed = attempt_write(
                self.core, now, "FAILED", channel=flight.channel, started_at=flight.at, flight=flight, result=text
            )
            return self._end(
                now,
                now.own_flight,
                Ending(flight.at, "failed", now.work.scheduled_at),
                "FAILED",
                reason,
                result,
                failed,
                exists,
                fresh=True,
                telling=_told(self.core, "message.failed", now, flight, reason=reason),
                **recent_without(now, flight),
            )

        return self.committer.surely(errand, cook)

    def skipped(self, errand: Errand, skip: Skip) -> Written:
        """It ends without a send, as decided. A flight of its own, proved to have come to nothing, ends with it."""
        at = self.core.now()
        ended: Literal["failed", "skipped"] = "failed" if skip.status == "FAILED" else "skipped"
        ending = Ending(at, ended, errand.work.scheduled_at, skip.enrollment, skip.reason)
        result = {"reason": skip.reason, **skip.inputs}
        attempts: list[Write] = []
        if errand.attempt is not None or errand.work.contact_attempt_id is not None:
            attempts = attempt_write(
                self.core, errand, "FAILED", channel=errand.channel, started_at=at, result=skip.reason
            )
        given_back = recent_without(errand, errand.doubtful)

        def cook(exists: bool) -> Recipe:
            return self._end(
                errand,
                errand.own_flight,
                ending,
                skip.status,
                skip.reason,
                result,
                attempts,
                exists,
                fresh=True,
                inputs=skip.inputs,
                **given_back,
            )

        return self.committer.once(cook)

    def unknown(self, errand: Errand, flight: Flight) -> Written:
        """Nobody could say for a day whether it was sent: it ends, is listed, and is not sent again by itself."""
        reason = Reason.OUTCOME_UNKNOWN
        attempts = attempt_write(
            self.core,
            errand,
            "FAILED",
            channel=flight.channel,
            started_at=flight.at,
            flight=flight,
            result=reason,
            unknown=True,
        )

        def cook(exists: bool) -> Recipe:
            return self._end(
                errand,
                None,
                Ending(self.core.now(), "failed", errand.work.scheduled_at),
                "FAILED",
                reason,
                {"provider": provider_of(flight.channel), "reason": reason, **_asked(flight)},
                attempts,
                exists,
                fresh=True,
            )

        return self.committer.once(cook)

    def _end(
        self,
        errand: Errand,
        landing: Flight | None,
        ending: Ending,
        status: Literal["SENT", "FAILED", "SKIPPED"],
        reason: Reason,
        result: dict[str, Any],
        attempts: list[Write],
        exists: bool,
        *,
        fresh: bool = False,
        due_at: datetime | None = None,
        inputs: Mapping[str, Any] | None = None,
        telling: Sequence[Write] = (),
        **contact: Any,
    ) -> Recipe:
        """The transaction that ends it."""
        work = errand.work
        following = errand.follow(ending, exists)
        after = self.core.changed(
            work,
            status=status,
            executed_at=ending.at,
            result={**work.result, **result},
            contact_attempt_id=work.id if attempts or work.contact_attempt_id else None,
            due_at=due_at,
            held_due_at=None,
            held_since=None,
            phase=None,
            flown=None,
            history=work.noted(ending.at, reason, **(inputs or {})),
        )
        writes: list[Write] = [
            Replace(after, before=work),
            *attempts,
            *following.writes,
            *telling,
            contact_change(errand, landing=landing, fresh=fresh, **contact),
        ]
        if status == "SENT" and errand.lead is not None and errand.lead.status == "NEW":
            writes.append(self._contacted(errand.lead))
        return Recipe(writes, tuple(following.created))

    def _reported_by(self, flight: Flight) -> datetime | None:
        """When the provider is asked how it ended, should it not tell: of a call, when its place falls free."""
        if flight.channel != "CALL":
            return None
        return self.core.now() + machine_time(self.core.clock, CALL_LEASE)

    def _contacted(self, lead: Lead) -> Write:
        """The first contact that a provider takes makes a new lead a contacted one."""
        return Replace(self.core.changed(lead, status="CONTACTED"), before=lead)


def _told(core: Core, what: EventType, errand: Errand, flight: Flight, **more: str | None) -> list[Write]:
    """What the team is told of how a send ended."""
    return told_of_send(core, what, errand.work, errand.campaign_id, flight.channel, flight.at, **more)


def _asked(flight: Flight) -> dict[str, str]:
    """When the provider was asked last, which is what its records are searched by, and by what the caps count it; and
    what the send costs if it should prove to have been taken."""
    cost = cost_of(flight.channel, flight.price, flight.units, {})
    quoted = {} if cost is None else {"quoted": format_decimal(cost)}
    return {"askedAt": format_instant(flight.at), **quoted}
