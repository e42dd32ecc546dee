"""What VAPI tells of calls is applied: evidence, transcript, an opt-out that was spoken, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retention import jsontext
from retention.core import Core
from retention.engine.queue import Work
from retention.inbound.outcome import Ignored, Outcome
from retention.receiving.event import Event
from retention.receiving.splitting.vapi import event_of
from retention.reports.applying import Reporter
from retention.reports.transcripts import transcript_of
from retention.reports.vapi import CallTold, as_report, read, told_in


@dataclass(frozen=True)
class CallReports:
    """Applies reports about calls, whether they came or were asked for."""

    core: Core

    def apply(self, event: Event) -> Outcome:
        """Apply a message of VAPI's."""
        return self._applied(event, read(event, self.core.keyring))

    def looked_up(self, work: Work, call: Mapping[str, Any]) -> Outcome:
        """Apply a call that has ended, as VAPI's records show it.

        Should its report come yet, that is a copy; but where nothing had been found out of the call by then, it adds
        what was: an opt-out that was spoken may be in it.

        Args:
            call: with its id.
            work: the obligation that it met.
        """
        message = jsontext.mended(as_report(call))
        event = event_of(message, self.core.now())
        assert event is not None
        if not call.get("analysis"):
            event = event._replace(id=f"{event.id}looked-up")
        return self._applied(event, told_in(message, work, event.received_at))

    def _applied(self, event: Event, told: CallTold | Ignored) -> Outcome:
        if isinstance(told, Ignored):
            return told
        also = [] if told.transcript is None else [transcript_of(self.core, told.report.work.id, told.transcript)]
        return Reporter(self.core).apply(event, told.report, also)
