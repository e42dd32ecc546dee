"""An obligation with all that bears on it, as it was read: what the guards look at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign
from retention.contactrules.model import CampaignSettings, Lateness, Retry, SequenceSettings, StepSettings
from retention.engine.decision import Decision
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.engine.reasons import Reason
from retention.entity import Entity
from retention.fields import Channel
from retention.leads.model import Contact, Lead
from retention.scripts.model import Script
from retention.sequences.progress import Ending, Onward
from retention.table.keys import Key


@dataclass(frozen=True)
class Errand:
    """One obligation and what was read with it. The contact item was read first, on its own."""

    work: Obligation
    contact: Contact
    lead: Lead | None
    #: Whether an address that the lead owns is suppressed.
    suppressed: bool
    channel: Channel
    script: Script | None
    #: What it belongs to says (paused, over, archived); None: go on.
    standing: Decision | None
    #: Why it is passed over though its lead could be contacted; None: it is not.
    passed_over: Reason | None
    #: Says whether the conditions hold, and why not; asked after everything that costs nothing.
    conditions: Callable[[datetime], tuple[bool, dict[str, Any]]]
    #: What goes with its end.
    follow: Callable[[Ending, bool], Onward]
    #: Says why it is not to be sent now though nothing stands against it; None: it is. May read.
    needed: Callable[[datetime], Decision | None] = lambda now: None
    campaign: Campaign | None = None
    campaign_settings: CampaignSettings | None = None
    sequence_settings: SequenceSettings | None = None
    step_settings: StepSettings | None = None
    lateness: Lateness = field(default_factory=Lateness)
    retry: Retry = field(default_factory=Retry)
    #: The variant of a test that its script was chosen for (scripts/choosing); None: for no test.
    experiment: str | None = None
    #: Its attempt, where there is one and it was read.
    attempt: ContactAttempt | None = None

    @property
    def campaign_id(self) -> str | None:
        """The campaign that it is sent for."""
        return None if self.campaign is None else self.campaign.id

    @property
    def flight(self) -> Flight | None:
        """The send that is under way on its channel, whosever it is."""
        return Flight.of(getattr(self.contact, FLIGHT_FIELD[self.channel]))

    @property
    def doubtful(self) -> Flight | None:
        """Its latest send whose outcome is not known: under way, or released since the provider could not be asked."""
        return self.own_flight or Flight.of(self.work.flown)

    @property
    def own_flight(self) -> Flight | None:
        """The send that is under way for this very obligation; its channel may have been changed since."""
        flights = (Flight.of(getattr(self.contact, name)) for name in FLIGHT_FIELD.values())
        return next((flight for flight in flights if flight is not None and flight.work == self.work.id), None)


Wanted = tuple[type[Entity], Key]


class Asking(Protocol):
    """What is to be read of one obligation, and how it is put together."""

    @property
    def wanted(self) -> list[Wanted]:
        """What is read of it besides lead and contact, itself first."""

    def errand(self, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read, which is in the order of `wanted`; its first is there."""


class Kind(Protocol):
    """What is special about one kind of obligation."""

    def asking(self, identifier: str) -> Asking | None:
        """What is to be asked about an obligation; None for an id that cannot be."""
