"""Applies what Twilio and SendGrid tell of our sends."""

from dataclasses import dataclass
from functools import cached_property

from retention.core import Core
from retention.inbound.outcome import Outcome
from retention.receiving.event import Event
from retention.reports import sendgrid, twilio
from retention.reports.applying import Reporter
from retention.reports.evidence import Report, Suppress


@dataclass(frozen=True)
class DeliveryReports:
    """The handlers of delivery reports."""

    core: Core

    @cached_property
    def _reporter(self) -> Reporter:
        return Reporter(self.core)

    def twilio(self, event: Event) -> Outcome:
        """A status callback for a text message.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        told = twilio.read(event, self.core.keyring)
        return self._reporter.apply(event, told) if isinstance(told, Report) else told

    def sendgrid(self, event: Event) -> Outcome:
        """One event of SendGrid's.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        told = sendgrid.read(event, self.core.keyring)
        if isinstance(told, Report):
            return self._reporter.apply(event, told)
        return self._reporter.suppress(event, told) if isinstance(told, Suppress) else told
