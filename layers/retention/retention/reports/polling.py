"""A call whose report has not come: the provider is asked how it ended.

A call that was accepted stays due, though it is SENT: a quarter of an hour later the worker finds it like everything
that is due. Its report takes the due time away; where none came, VAPI's records are read and applied as the report.

    ended          --> applied; a report that comes later is a copy, unless nothing had been found out of the call yet
    goes on        --> asked again in 5 minutes
    cannot be read --> asked again after as long as it has been awaited, at most an hour
    after a day    --> FAILED, "no-report"

VAPI repeats a report only where that was asked for, and ten times at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from retention.attempts.model import FINAL, ContactAttempt
from retention.attempts.service import attempt_key
from retention.clock import machine_time
from retention.core import Core
from retention.engine.commit import Committer, Recipe, Written, contact_change
from retention.engine.errand import Errand
from retention.engine.obligation import Obligation
from retention.engine.order import correlation_of
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.engine.reconcile import SKEW, Providers
from retention.inbound.outcome import Applied
from retention.providers.port import CallRecords, Found, Provider, Trace
from retention.receiving.event import Event
from retention.reports.ended import NO_REPORT, end_of, sentence_of
from retention.reports.evidence import Evidence, Report
from retention.table.writes import Replace, Write

#: Seconds of the machine between two questions about a call that goes on, and at most between two others.
GOES_ON_PAUSE: Final = 300.0
LONGEST_PAUSE: Final = 3600.0
#: Seconds of the machine after which nobody waits for a report any more.
PATIENCE: Final = 86_400.0
#: Seconds that VAPI is given to write down what it found out in a call, after the end of it.
ANALYSIS_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Poller:
    """Asks how calls ended whose reports did not come."""

    core: Core
    providers: Providers
    committer: Committer

    def is_owed(self, work: Obligation) -> bool:
        """Whether the report of a call is overdue."""
        return not work.is_open and work.due_at is not None and work.due_at <= self.core.now()

    def look(self, errand: Errand) -> tuple[Reason, Written]:
        """Ask about one call, and write down what is known of it."""
        attempt = self.core.store.find(ContactAttempt, attempt_key(errand.work.id))
        if attempt is None or attempt.deleting:
            return Reason.REPORT_AWAITED, self._due(errand, None)
        now, call = self.core.now(), self._call(attempt)
        is_over = call is not None and _is_over(call, now - self._time(ANALYSIS_SECONDS))
        if call is not None and is_over and self._apply(errand, call):
            return Reason.REPORT_AWAITED, Written(True)
        awaited = now - (errand.work.executed_at or attempt.started_at)
        if awaited >= self._time(PATIENCE):
            return self._given_up(errand, attempt)
        goes_on = call is not None and not is_over
        pause = self._time(GOES_ON_PAUSE) if goes_on else min(awaited, self._time(LONGEST_PAUSE))
        return Reason.REPORT_AWAITED, self._due(errand, now + pause)

    def _call(self, attempt: ContactAttempt) -> Mapping[str, Any] | None:
        """The call, as the provider's records show it; None where they cannot be read, or do not show it."""
        provider = self.providers.provider_for("CALL")
        if not isinstance(provider, CallRecords):
            return None
        ref = attempt.provider_ref or self._ref(provider, attempt)
        call = None if ref is None else provider.report(ref)
        return call if isinstance(call, Mapping) else None

    def _ref(self, provider: Provider, attempt: ContactAttempt) -> str | None:
        """The provider's id of a call, where its answer could not be read: by the name that we gave to it."""
        skew = timedelta(seconds=SKEW)
        found = provider.look_up(
            Trace(
                channel="CALL",
                to="",
                correlation=correlation_of(attempt.id),
                digest="",
                at=attempt.started_at,
                since=attempt.started_at - skew,
                until=attempt.started_at + self._time(ANALYSIS_SECONDS),
                known_refs=frozenset(),
            )
        )
        return found.ref if isinstance(found, Found) else None

    def _apply(self, errand: Errand, call: Mapping[str, Any]) -> bool:
        # Loaded when it is first needed: a worker whose calls are reported does without.
        from retention.reports.calls import CallReports

        return isinstance(CallReports(self.core).looked_up(_work(errand), call), Applied)

    def _given_up(self, errand: Errand, attempt: ContactAttempt) -> tuple[Reason, Written]:
        """Nobody waits any more. How it ended may be known by its status: then nothing but the details is missing."""
        from retention.reports.applying import Reporter

        if attempt.status in FINAL:
            return Reason.REPORT_AWAITED, self._due(errand, None)
        now, kind = self.core.now(), end_of(NO_REPORT).kind
        why, text = {"endedReason": NO_REPORT, "endedClass": kind}, sentence_of(NO_REPORT, kind)
        evidence = (
            Evidence("undelivered", now, {**why, "detail": text}),
            Evidence("ended", now, {**why, "text": text}),
        )
        report = Report(_work(errand), "CALL", attempt.provider_ref, evidence)
        event = Event("vapi", f"{errand.work.id}:{NO_REPORT}:", {}, now)
        applied = isinstance(Reporter(self.core).apply(event, report), Applied)
        # Somebody should look at it, as at a send of which nobody knows.
        return Reason.OUTCOME_UNKNOWN, Written(True) if applied else self._due(errand, None)

    def _time(self, seconds: float) -> timedelta:
        return machine_time(self.core.clock, seconds)

    def _due(self, errand: Errand, until: datetime | None) -> Written:
        """It is asked about again then, or (None) no more."""
        after = self.core.changed(errand.work, due_at=until)
        writes: list[Write] = [
            Replace(after, before=errand.work),
            contact_change(errand, landing=None, fresh=False),
        ]
        return self.committer.once(lambda _: Recipe(writes))


def _work(errand: Errand) -> Work:
    return Work(type(errand.work).__name__, errand.work.id)


def _is_over(call: Mapping[str, Any], analysed_by: datetime) -> bool:
    """Whether a call has ended, and all is known of it that will be.

    Args:
        analysed_by: of a call that ended by then no more is awaited.
    """
    if call.get("status") != "ended":
        return False
    try:
        ended = datetime.fromisoformat(str(call.get("endedAt") or call.get("updatedAt")))
    except ValueError:
        return True
    ended = ended if ended.tzinfo else ended.replace(tzinfo=UTC)
    return bool(call.get("analysis")) or ended <= analysed_by
