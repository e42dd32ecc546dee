"""What became of a send whose outcome is not known? The provider's records are asked before anything is sent again.

    silence for the settle delay --> found:   it was sent; settled
                                 +-> missing: it was not; everything is decided anew, and it passes the gate again
                                 +-> blind:   its channel is released, and it waits, for a day; then outcome_unknown

The settle delay is longer than a worker lives and a provider takes to accept, so that what the records do not show by
then will not come.

Source: the send protocol, rules 5, 11, 12 and 13.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from retention.attempts.service import attempts_of_lead
from retention.clock import machine_time
from retention.core import Core
from retention.engine.commit import Written
from retention.engine.errand import Errand
from retention.engine.obligation import Flight
from retention.engine.order import correlation_of
from retention.engine.reasons import Reason
from retention.engine.settle import Settler
from retention.engine.waiting import Waiter
from retention.fields import Channel
from retention.providers.port import Accepted, Blind, Found, Lookup, Missing, Provider, Trace, Unclear

#: How far the clocks of providers and of this stack may be apart, in seconds.
SKEW: Final = 5.0
#: How long a send may stay in the dark, in seconds of the machine: a day.
PATIENCE: Final = 86_400.0


class Providers(Protocol):
    """Finds the provider of a channel."""

    def provider_for(self, channel: Channel) -> Provider | None:
        """The provider with its credentials; None while it is not set up or switched off."""


@dataclass(frozen=True)
class Reconciler:
    """Finds out what became of sends."""

    core: Core
    providers: Providers
    settler: Settler
    waiter: Waiter
    #: Settle delays, in seconds of the machine.
    settle_seconds: Mapping[Channel, int]

    def settle_delay(self, channel: Channel) -> timedelta:
        """How long a send is left alone before the provider's records count."""
        return machine_time(self.core.clock, self.settle_seconds[channel])

    def in_question(self, errand: Errand) -> Flight | None:
        """The send of an errand whose fate can be looked into now."""
        now, own = self.core.now(), errand.own_flight
        if own is not None:
            return own if now >= own.at + self.settle_delay(own.channel) else None
        due = errand.work.due_at
        if errand.work.phase == "released" and errand.work.is_open and due is not None and due <= now:
            return Flight.of(errand.work.flown)
        return None

    def clear_up(self, errand: Errand, flight: Flight) -> tuple[Reason, Written] | None:
        """Ask the provider, and write down what it knows; None when it proved not to have taken it."""
        found = self._look_up(errand, flight)
        if isinstance(found, Found):
            return Reason.SENT, self.settler.sent(errand, flight, Accepted(found.ref, found.facts))
        if isinstance(found, Missing):
            if errand.own_flight is None or Flight.of(errand.work.flown) == flight:
                return None
            # Its worker died behind the gate. That was a try, too: it is written down before there is another.
            died = Unclear("worker_died", "nobody noted how the send went")
            return Reason.OUTCOME_AWAITED, self.waiter.unclear(errand, flight, died, timedelta())
        if errand.own_flight is not None:
            return Reason.OUTCOME_AWAITED, self.waiter.released(errand, flight)
        blind_for = self.core.now() - flight.at
        if blind_for >= machine_time(self.core.clock, PATIENCE):
            return Reason.OUTCOME_UNKNOWN, self.settler.unknown(errand, flight)
        return Reason.OUTCOME_AWAITED, self.waiter.still_blind(errand, blind_for)

    def _look_up(self, errand: Errand, flight: Flight) -> Lookup:
        provider = self.providers.provider_for(flight.channel)
        if provider is None:
            return Blind("the provider is not set up")
        skew = timedelta(seconds=SKEW)
        refs = {
            one.provider_ref for one in attempts_of_lead(self.core, errand.work.lead_id) if one.id != errand.work.id
        }
        return provider.look_up(
            Trace(
                channel=flight.channel,
                to=flight.to,
                correlation=correlation_of(flight.work),
                digest=flight.digest,
                at=flight.at,
                since=flight.at - skew,
                until=flight.at + self.settle_delay(flight.channel) - skew,
                known_refs=frozenset(ref for ref in refs if ref is not None),
            )
        )
