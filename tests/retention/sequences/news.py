"""What waits to be looked at by triggers, and having it looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.jobs.queue import ArrivalHint
from retention.jobs.sweep import ARRIVAL_GRACE, Sweep
from retention.sequences.model import Arrival, SequenceEnrollment
from retention.sequences.triggering import Looked
from tests.integrity import everything


@dataclass
class Told:
    """A queue that remembers what it was told."""

    jobs: list[str] = field(default_factory=list)
    arrivals: list[ArrivalHint] = field(default_factory=list)

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        self.jobs.append(job_id)

    def wake_for_arrivals(self, hints: Sequence[ArrivalHint]) -> None:
        self.arrivals += hints

    def wake_for_deliveries(self, ids: Sequence[str], delay_seconds: int = 0) -> None:
        raise AssertionError("nobody is told here")


def overdue(app: Application, clock: ManualClock) -> list[ArrivalHint]:
    """What the sweep finds."""
    told = Told()
    Sweep(app.core.store, clock, told).wake_due_arrivals()
    return told.arrivals


def look(app: Application, clock: ManualClock) -> Looked:
    """Let the grace pass, and look at what the sweep finds: no message told of it."""
    clock.advance(ARRIVAL_GRACE + 1)
    return app.triggers.look_at(overdue(app, clock))


def arrivals(app: Application) -> list[Arrival]:
    """What is still to be looked at."""
    return [item for item in everything(app) if isinstance(item, Arrival)]


def enrolled(app: Application, sequence_id: str) -> list[str]:
    """The leads in a sequence, each as often as it is there."""
    found = [item for item in everything(app) if isinstance(item, SequenceEnrollment)]
    return sorted(item.lead_id for item in found if item.sequence_id == sequence_id)
