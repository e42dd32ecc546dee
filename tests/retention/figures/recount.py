"""Reports made the slow way: by looking at every item there is. Shares nothing with what makes the real ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from retention.attempts.model import ContactAttempt
from retention.conversions.model import Conversion
from retention.entity import Entity
from retention.leads.model import Lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution

E = TypeVar("E", bound=Entity)
_TELLING = {
    "delivered": "SMS EMAIL",
    "opened": "EMAIL",
    "clicked": "SMS EMAIL",
    "replied": "SMS",
    "answered": "CALL",
}


@dataclass(frozen=True)
class Items:
    """All items, seen from some days of a zone."""

    all: list[Entity]
    first: date
    last: date
    zone: str

    def day(self, instant: datetime) -> date:
        """What the calendar shows."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def within(self, instant: datetime | None) -> bool:
        """Whether it was on one of the days."""
        return instant is not None and self.first <= self.day(instant) <= self.last

    def of(self, kind: type[E]) -> list[E]:
        """Items of a kind."""
        return [one for one in self.all if type(one) is kind and not one.deleting]

    # --- what was sent -----------------------------------------------------------------------------------------

    def sent(self, **like: Any) -> list[ContactAttempt]:
        """What was sent on the days."""
        found = [one for one in self.of(ContactAttempt) if self.within(one.sent_at)]
        return [one for one in found if all(getattr(one, name) == value for name, value in like.items())]

    def messages(self, sent: Iterable[ContactAttempt], bringing: Iterable[Conversion]) -> dict[str, Any]:
        """What a report says of messages, but for what was refused."""
        sent, bought = list(sent), [one for one in bringing if one.status == "customer"]
        told = Counter(what for one in sent for what in one.told or {} if what != "sent")
        whats = ("delivered", "undelivered", "opened", "clicked", "replied", "answered", "unanswered", "complained")
        counts = {what: told[what] for what in whats} | {"converted": len(bought)}
        cost = sum((one.cost or Decimal(0) for one in sent), Decimal(0))
        revenue = sum((one.revenue for one in bought), Decimal(0))
        rates = {what: self.share(*self._of_which(what, sent)) for what in _TELLING}
        rates["converted"] = self.share(len(bought), len(sent))
        return {
            "sent": len(sent),
            **counts,
            "cost": cost,
            "revenue": revenue,
            "roas": round(revenue / cost, 4) if cost else None,
            "rates": rates,
        }

    @staticmethod
    def _of_which(what: str, sent: Iterable[ContactAttempt]) -> tuple[int, int]:
        """How many of the messages that can tell of something do so, and how many can."""
        able = [one for one in sent if one.channel in _TELLING[what]]
        return sum(what in (one.told or {}) for one in able), len(able)

    def brought(self, **like: Any) -> list[Conversion]:
        """Conversions that count on the days for what brought them: when that was sent, else when they came."""
        found = [one for one in self.of(Conversion) if self.within(one.sent_at or one.created_at)]
        return [one for one in found if all(getattr(one, name) == value for name, value in like.items())]

    @staticmethod
    def share(part: int, whole: int) -> Decimal | None:
        """A share to four decimals."""
        return round(min(Decimal(1), Decimal(part) / whole), 4) if whole else None

    # --- reports -----------------------------------------------------------------------------------------------

    def leads(self) -> Counter[str]:
        """Leads that came on the days, by status."""
        return Counter(one.status for one in self.of(Lead) if self.within(one.created_at))

    def revenue(self, on: date | None = None) -> Decimal:
        """Revenue recorded on the days, or on one."""
        paid = [one for one in self.of(Conversion) if one.status == "customer" and self.within(one.created_at)]
        return sum((one.revenue for one in paid if on in (None, self.day(one.created_at))), Decimal(0))

    def hours(self) -> Counter[tuple[int, int, str]]:
        """By weekday and hour where the lead lives: what was sent, and what came of it."""
        counted: Counter[tuple[int, int, str]] = Counter()
        for one in self.sent():
            if one.local_hour is not None:
                at = (int(one.local_hour[0]), int(one.local_hour[1:]))
                for what in {"sent", *(one.told or {})}:
                    counted[*at, what] += 1
        return counted

    def ended(self, step_id: str) -> list[SequenceStepExecution]:
        """Executions of a step that came to an end on the days."""
        mine = [one for one in self.of(SequenceStepExecution) if one.step_id == step_id]
        return [
            one
            for one in mine
            if one.status in ("SENT", "DELIVERED", "FAILED", "SKIPPED") and self.within(one.executed_at)
        ]

    def enrolled(self, sequence_id: str) -> Counter[str]:
        """Leads enrolled on the days, by status."""
        mine = [one for one in self.of(SequenceEnrollment) if one.sequence_id == sequence_id]
        return Counter(one.status for one in mine if self.within(one.enrolled_at))
