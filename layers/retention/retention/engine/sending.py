"""Gate, provider, outcome: what becomes of sends that were decided on."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from retention.budgets.quoting import Quote
from retention.contactrules.account import AccountRules
from retention.contactrules.caps import DAY, with_contact, with_moved_stamp
from retention.core import Core
from retention.engine import slots
from retention.engine.commit import Written
from retention.engine.errand import Errand
from retention.engine.gate import Pass, open_gates
from retention.engine.obligation import Flight
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.engine.reconcile import Reconciler
from retention.engine.settle import Settler
from retention.engine.waiting import Waiter
from retention.errors import AlreadyExistsError
from retention.jsontext import format_decimal
from retention.providers.port import Accepted, NotAccepted, Order, Outcome, Provider, Rejected, Unclear
from retention.suppressions.model import SuppressionInput

logger = logging.getLogger(__name__)

#: Seconds that one call of a provider may take in all, and that writing down its outcome may take.
CALL_SECONDS: Final = 10.0
RECORD_SECONDS: Final = 5.0


class Ready(NamedTuple):
    """A send that waits for the gate."""

    work: Work
    errand: Errand
    order: Order
    provider: Provider
    #: The send before, which the provider proved not to have taken.
    again: Flight | None
    #: What it will cost; None: its price is not known.
    quote: Quote | None = None


class Through(NamedTuple):
    """A send that is behind the gate."""

    ready: Ready
    errand: Errand
    flight: Flight


class Ended(NamedTuple):
    """What became of a send, and of writing it down."""

    reason: Reason
    written: Written


@dataclass(frozen=True)
class Sender:
    """Carries sends out."""

    core: Core
    account: AccountRules
    settler: Settler
    waiter: Waiter
    reconciler: Reconciler

    def open_gates(self, ready: Sequence[Ready]) -> tuple[list[Through], list[Ready]]:
        """Let sends through, in one request; the second list is what was refused: decided on what is no more."""
        if not ready:
            return [], []
        now = self.core.now()
        passes = [self._pass(one, now) for one in ready]
        try:
            opened = open_gates(self.core, passes)
        except BaseException:
            for one in ready:
                self.give_back(one)
            raise
        through, refused = [], []
        for one, asked, is_open in zip(ready, passes, opened, strict=True):
            if is_open:
                through.append(Through(one, asked.passed(), asked.flight))
            else:
                refused.append(one)
                self.give_back(one)
        return through, refused

    def _pass(self, ready: Ready, now: datetime) -> Pass:
        order, errand, contact = ready.order, ready.errand, ready.errand.contact
        flight = Flight(
            ready.work.id,
            order.channel,
            self.core.ids.revision(),
            now,
            order.to,
            order.digest,
            script=None if errand.script is None else errand.script.id or None,
            experiment=errand.experiment,
            **_priced(ready),
        )
        before = contact.recent or {}
        if ready.again is None:
            recent = with_contact((*self.account.caps, DAY), before, order.channel, now)
        else:
            recent = with_moved_stamp(before, order.channel, ready.again.at, now)
        return Pass(ready.errand, flight, recent)

    def deliver(self, one: Through, time_left: Callable[[], float]) -> Ended | Accepted:
        """Ask the provider, once, and write down what it says; that it has taken it is left to `settle`."""
        if time_left() < CALL_SECONDS + RECORD_SECONDS:
            not_asked = NotAccepted("no_time", "there was no time left to wait for the provider")
            self.give_back(one.ready)
            return Ended(Reason.PROVIDER_BUSY, self.waiter.refused(one.errand, one.flight, not_asked, tried=False))
        answer = self._ask(one)
        if isinstance(answer, Accepted):
            return answer
        if isinstance(answer, Unclear):
            settle = self.reconciler.settle_delay(one.flight.channel)
            return Ended(Reason.OUTCOME_AWAITED, self.waiter.unclear(one.errand, one.flight, answer, settle))
        self.give_back(one.ready)
        if isinstance(answer, NotAccepted):
            if one.errand.work.tries + 1 < one.errand.retry.max_tries:
                return Ended(Reason.PROVIDER_BUSY, self.waiter.refused(one.errand, one.flight, answer))
            given_up = Rejected(answer.code, answer.detail)
            return Ended(Reason.GIVEN_UP, self.settler.rejected(one.errand, one.flight, given_up, Reason.GIVEN_UP))
        # First the suppression: should this process die in between, the send is decided anew, and refused.
        self._suppress(one.flight.to, answer)
        return Ended(Reason.REJECTED, self.settler.rejected(one.errand, one.flight, answer, Reason.REJECTED))

    def settle(self, taken: Sequence[tuple[Through, Accepted]]) -> list[Ended | Exception]:
        """Write down together what the provider has taken; what fails here is found by its flight."""
        written = self.settler.all_sent([(one.errand, one.flight, answer) for one, answer in taken])
        return [one if isinstance(one, Exception) else Ended(Reason.SENT, one) for one in written]

    @staticmethod
    def _ask(one: Through) -> Outcome:
        try:
            return one.ready.provider.send(one.ready.order)
        except Exception as error:
            # A fault of ours on the way: nobody can say how far it came.
            logger.exception("provider_call_failed", extra={"work": one.ready.work.id})
            return Unclear("exception", type(error).__name__)

    def _suppress(self, address: str, answer: Rejected) -> None:
        if answer.suppress is None:
            return
        # Loaded with the first address that a provider names for it.
        from retention.suppressions.service import SuppressionService

        note = f"said by the provider: {answer.code}"
        try:
            SuppressionService(self.core).add(SuppressionInput(address=address, reason=answer.suppress, note=note))
        except AlreadyExistsError:
            return

    def give_back(self, ready: Ready) -> None:
        """Free the place that was taken for a call which is not made now."""
        if ready.provider.places is not None:
            slots.give_back(self.core, ready.provider.name, ready.work.id)


def _priced(ready: Ready) -> dict[str, Any]:
    """What a send is quoted at; of a call, whose report says what it cost, nothing."""
    if ready.quote is None or ready.order.channel == "CALL":
        return {}
    return {"price": format_decimal(ready.quote.each), "units": ready.quote.units}
