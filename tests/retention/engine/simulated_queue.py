"""A queue that delivers exactly when it was asked to, and remembers when that was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from retention.clock import ManualClock
from retention.engine.queue import Message, delay_until
from retention.fields import Channel


@dataclass(frozen=True)
class Delivery:
    """A message with the instant at which the worker gets it."""

    at: datetime
    message: Message


@dataclass
class SimulatedQueue:
    """Delays by whole seconds from when it takes a message, as SQS does."""

    clock: ManualClock
    deliveries: list[Delivery] = field(default_factory=list)
    #: Messages that wait, by channel.
    depth: dict[Channel, int] = field(default_factory=dict)
    asked: list[Channel] = field(default_factory=list)
    #: How long it takes to hand over one message.
    seconds_each: float = 0

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.clock.advance(self.seconds_each)
            delay = timedelta(seconds=delay_until(self.clock, message.due, self.clock.now()))
            self.deliveries.append(Delivery(self.clock.now() + delay, message))

    def waiting(self, channel: Channel) -> int:
        self.asked.append(channel)
        return self.depth.get(channel, 0)

    def all_by_id(self) -> dict[str, list[datetime]]:
        """When each obligation was delivered, in order."""
        found: dict[str, list[datetime]] = {}
        for delivery in sorted(self.deliveries, key=lambda one: one.at):
            for work in delivery.message.work:
                found.setdefault(work.id, []).append(delivery.at)
        return found

    def take(self) -> list[Message]:
        """The messages so far, which are forgotten."""
        taken = [delivery.message for delivery in self.deliveries]
        self.deliveries.clear()
        return taken
