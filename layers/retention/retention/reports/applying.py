"""Evidence into the table: one transaction with the claim of the event that told it."""

from dataclasses import dataclass

from retention.core import Core
from retention.inbound.outcome import Outcome
from retention.receiving.event import Event
from retention.reports.evidence import Report


@dataclass(frozen=True)
class Reporter:
    """Writes down what was told about sends."""

    core: Core

    def apply(self, event: Event, report: Report) -> Outcome:
        """Add the evidence of a report to its attempt, and bring everything that follows from it up to date."""
        raise NotImplementedError
