"""A provider with a ledger, in this process: the truth about what was accepted, and every way of not saying so.

It stands behind the port for proofs that need thousands of sends under a clock that stands still. What the real ports
do over HTTP is proved with the sandbox.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from retention.budgets.prices import Prices
from retention.clock import Clock
from retention.fields import Channel
from retention.providers.port import (
    Accepted,
    Blind,
    Found,
    Lookup,
    Missing,
    NotAccepted,
    Order,
    Outcome,
    Provider,
    Rejected,
    Trace,
    Unclear,
)

#: What it does with one send.
Mood = Literal["accept", "accept_silently", "lose", "busy", "reject", "opted_out", "accept_late"]


@dataclass(frozen=True)
class Entry:
    """One accepted message."""

    ref: str
    work: str
    channel: Channel
    to: str
    correlation: str
    at: datetime


@dataclass
class Ledger:
    """A provider for every channel."""

    clock: Clock
    entries: list[Entry] = field(default_factory=list)
    #: What it does with the next sends, first to last; after them it accepts.
    moods: list[Mood] = field(default_factory=list)
    blind: bool = False
    #: Whether it finds a message by its number alone, as a provider does that keeps no correlation.
    fuzzy: bool = False
    #: Obligations that had passed the gate when their lead was stopped, and those of them that were sent after all.
    resends_forbidden: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    sent_again: list[str] = field(default_factory=list)
    #: Whether a worker stands right before sending.
    is_sending: bool = False
    #: Is told of every call, before and after it is carried out.
    watch: Callable[[str], None] = lambda _: None
    late: list[tuple[datetime, Order]] = field(default_factory=list)
    calls: int = 0
    places: int | None = None
    prices: Prices = field(default_factory=Prices)
    name: str = "twilio"

    def provider_for(self, channel: Channel) -> Provider | None:
        """Itself."""
        return self

    def of(self, work: str) -> list[Entry]:
        """What was accepted for an obligation."""
        return [entry for entry in self.entries if entry.work == work]

    def send(self, order: Order) -> Outcome:
        """Take a message, or not, and say so, or not."""
        outside, self.is_sending = self.is_sending, True
        self.watch("before send")
        self.is_sending = outside
        self.calls += 1
        if order.work in self.resends_forbidden and order.work in self.begun:
            self.sent_again.append(order.work)
        self.begun.add(order.work)
        mood = self.moods.pop(0) if self.moods else "accept"
        outcome = self._answer(mood, order)
        self.watch("after send")
        return outcome

    def _answer(self, mood: Mood, order: Order) -> Outcome:
        if mood == "accept":
            return Accepted(self._accept(order).ref)
        if mood == "accept_silently":
            self._accept(order)
            return Unclear("timeout", "no answer")
        if mood == "accept_late":
            self.late.append((self.clock.now(), order))
            return Unclear("timeout", "no answer")
        if mood == "lose":
            return Unclear("timeout", "no answer")
        if mood == "busy":
            return NotAccepted("429", "too many requests")
        if mood == "opted_out":
            return Rejected("21610", "opted out", suppress="OPT_OUT")
        return Rejected("21211", "no such number")

    def accept_late(self) -> None:
        """Accept what was to be accepted after the answer had timed out."""
        late, self.late = self.late, []
        for at, order in late:
            self._accept(order, at)

    def _accept(self, order: Order, at: datetime | None = None) -> Entry:
        ref = f"ref-{len(self.entries) + 1}"
        entry = Entry(ref, order.work, order.channel, order.to, order.correlation, at or self.clock.now())
        self.entries.append(entry)
        return entry

    def look_up(self, trace: Trace) -> Lookup:
        """Find a message by its correlation, within the window."""
        self.watch("before look-up")
        if self.blind:
            return Blind("down")
        for entry in self.entries:
            theirs = entry.to == trace.to if self.fuzzy else entry.correlation == trace.correlation
            if theirs and trace.since <= entry.at < trace.until and entry.ref not in trace.known_refs:
                return Found(entry.ref)
        return Missing()
