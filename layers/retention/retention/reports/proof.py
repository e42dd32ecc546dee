"""A report proves that the provider took a message: what was still open, or in doubt, is settled by it.

Source: the send protocol, rules 11 and 12: whoever can prove what became of a send ends its obligation.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from retention.attempts.model import DirectContact
from retention.attempts.proven import proven
from retention.campaigns.model import CampaignContact
from retention.clock import machine_time
from retention.core import Core
from retention.engine.commit import Committer
from retention.engine.configuration import Configuration
from retention.engine.errand import Kind
from retention.engine.hints import hint
from retention.engine.kinds.contact import ContactKind
from retention.engine.kinds.direct import DirectKind
from retention.engine.kinds.step import StepKind
from retention.engine.loading import Loader
from retention.engine.obligation import FLIGHT_FIELD, Flight
from retention.engine.settle import Settler
from retention.outbound.announcing import wake_deliveries
from retention.providers.port import Accepted
from retention.reports.reading import Case
from retention.sequences.model import SequenceStepExecution
from retention.sequences.passages import require_version
from retention.table.writes import RefusedError, Replace

#: Seconds of the machine for which the one who asked the provider is given the time to write its answer down.
OWN_ANSWER: Final = 10.0


@dataclass(frozen=True)
class Proof:
    """Settles sends by what was told of them."""

    core: Core

    @cached_property
    def _loader(self) -> Loader:
        configuration = Configuration(self.core)
        kinds: dict[str, Kind] = {
            SequenceStepExecution.__name__: StepKind(self.core, configuration),
            CampaignContact.__name__: ContactKind(self.core, configuration),
            DirectContact.__name__: DirectKind(self.core, configuration),
        }
        return Loader(self.core, kinds)

    def is_awaited(self, case: Case) -> bool:
        """Whether the provider was asked so lately that its answer is still on its way into the table."""
        flight = flight_of(case)
        return flight is not None and self.core.now() - flight.at < machine_time(self.core.clock, OWN_ANSWER)

    def settle(self, case: Case, ref: str | None, at: datetime) -> bool:
        """End an open obligation as sent; False when something else has ended it first.

        Args:
            at: when the first thing was told of it; used where no trace of the send is left.

        Raises:
            ContentionError: others kept changing the same items.
        """
        assert case.work is not None
        errand = self._loader.reload(case.asked)
        if errand is None:
            return False
        flight = flight_of(case) or Flight.of(case.work.flown)
        flight = flight or Flight(case.work.id, case.channel, "", at, "", "")
        settler = Settler(self.core, Committer(self.core, self._loader))
        written = settler.sent(errand, flight, Accepted(ref), reported=True)
        hint(self.core, written.created)
        return written.done

    def resolve(self, case: Case, ref: str | None) -> bool:
        """Put right that a send ended as one of which nobody knows what became of it.

        False when something of it was changed at the same moment; nothing is done then.
        """
        assert case.work is not None
        assert case.contact is not None
        assert case.lead is not None
        ended = proven(
            self.core,
            case.work,
            attempt=case.attempt,
            lead=case.lead,
            contact=case.contact,
            channel=case.channel,
            ref=ref,
            said={"outcome": "sent", "by": "report"},
        )
        change = replace(require_version(case.contact), set=ended.contact)
        try:
            self.core.store.write(Replace(ended.work, before=case.work), change, *ended.others)
        except RefusedError:
            return False
        wake_deliveries(self.core, ended.others)
        return True


def flight_of(case: Case) -> Flight | None:
    """The send under way for the obligation, on whatever channel."""
    flights = (Flight.of(getattr(case.contact, name)) for name in FLIGHT_FIELD.values())
    return next((one for one in flights if one is not None and one.work == case.asked.id), None)
