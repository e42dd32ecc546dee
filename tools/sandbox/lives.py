"""What becomes of a message after it was accepted, and when it is told."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tools.sandbox.courier import Courier
from tools.sandbox.faults import Fault
from tools.sandbox.habits import Habit
from tools.sandbox.ledger import Entry
from tools.sandbox.people import People
from tools.sandbox.provider import Provider, Report, Stage
from tools.sandbox.world import Record, World

#: Stages at which somebody has a message in hand.
ARRIVED: Final = frozenset({"sent", "delivered", "read", "open", "machine_open", "click"})


@dataclass(frozen=True)
class Plan:
    """What was asked for a message when it was accepted; None: as usual."""

    outcome: Fault | None
    callbacks: Fault | None
    reply: Fault | None
    #: What the receiver does with it by habit.
    habits: Sequence[Habit]

    @property
    def said(self) -> str | None:
        """What the receiver says when the message is a call."""
        words = [self.reply.text] if self.reply else [habit.text for habit in self.habits if habit.does == "reply"]
        return words[0] if words else None


class Lives:
    """Leads each message through its stages."""

    def __init__(self, world: World, courier: Courier, people: People) -> None:
        self._world = world
        self._courier = courier
        self._people = people

    def plan(self, provider: Provider, to: str) -> Plan:
        """What the faults in force say of a message to this receiver."""
        take = self._world.faults.take
        return Plan(
            take(["outcome"], provider.name, "send", to),
            take(["callbacks"], provider.name, "send", to),
            take(["reply"], provider.name, "send", to),
            self._world.habits.take(provider.name, to),
        )

    async def begin(self, provider: Provider, record: Record) -> None:
        """Begin a life; where reports are to come before the answer, it is over when this returns."""
        plan = self.plan(provider, record.entry.to)
        if provider.name == "vapi" and plan.said:
            record.facts["said"] = plan.said
        if plan.callbacks is not None and plan.callbacks.when == "before":
            reports = [
                report
                for stage in provider.life(record, plan.outcome)
                for report in self._reach(provider, record, stage)
            ]
            await self._courier.deliver(provider, _told(reports, plan.callbacks))
            self._courier.start(self._after(provider, record, plan))
        else:
            self._courier.start(self._live(provider, record, plan))

    def restore(self, provider: Provider, entry: Entry) -> None:
        """Remember something that was accepted in an earlier run: its life is over, and all was told."""
        record = self._world.remember(entry, "")
        for stage in provider.life(record, None):
            record.status = stage.status
            record.facts.update(stage.facts)

    async def _live(self, provider: Provider, record: Record, plan: Plan) -> None:
        kept: list[Report] = []
        for stage in provider.life(record, plan.outcome):
            await asyncio.sleep(stage.after / self._world.options.speed)
            reports = self._reach(provider, record, stage)
            if plan.callbacks is None:
                self._courier.put(provider, reports)
            kept += reports
        if plan.callbacks is not None:
            self._courier.put(provider, _told(kept, plan.callbacks))
        await self._after(provider, record, plan)

    async def _after(self, provider: Provider, record: Record, plan: Plan) -> None:
        """What the receiver does once the message has arrived."""
        if plan.reply is not None:
            self._courier.put(provider, provider.answered(record, plan.reply.text))
        if record.status in ARRIVED:
            await self._people.live_with(record, plan.habits)

    def _reach(self, provider: Provider, record: Record, stage: Stage) -> list[Report]:
        record.status = stage.status
        record.updated_at = self._world.now()
        record.facts.update(stage.facts)
        return provider.reports(record)


def _told(reports: list[Report], fault: Fault) -> list[Report]:
    """The reports as they are told: how often, and in what order."""
    if fault.when == "never":
        return []
    told = reports * fault.repeat
    if fault.shuffle:
        random.shuffle(told)
    return told
