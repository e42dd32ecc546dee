"""A sequence with a budget, and what stands in its books."""

from collections import Counter
from decimal import Decimal
from typing import Any

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.budgets.limits import spending_key
from retention.budgets.model import Charge, Spending
from retention.budgets.prices import Prices
from retention.clock import ManualClock
from retention.stats.contributing import UNIT, money, sequence_scope
from retention.table.items import from_raw
from tests.integrity import scan
from tests.retention.engine.world import World

#: What a text message costs.
PRICE = Decimal("0.0083")


class Purse(World):
    """A world in which messages have a price."""

    def __init__(self, app: Application, clock: ManualClock, **rules: str) -> None:
        super().__init__(app, clock, **rules)
        self.ledger.prices = Prices(PRICE)

    def budgeted(self, sends: int, *delays: int, period: str = "total", **more: Any) -> str:
        """A sequence that may spend what so many messages cost."""
        settings = {"budget": {"amount": PRICE * sends, "period": period}}
        return self.sequence(*delays or (0,), settings=settings, **more)

    def enrolled(self, sequence: str, number: int = 1) -> list[str]:
        """New leads of a sequence."""
        leads = [self.lead() for _ in range(number)]
        for lead in leads:
            self.enroll(sequence, lead)
        return leads

    def all(self, kind: type[Any]) -> list[Any]:
        """Everything of a kind."""
        return [from_raw(kind, raw) for raw in scan(self.app) if raw["kind"]["S"] == kind.__name__]

    def spending(self, sequence: str, period: str = "total") -> tuple[Decimal | int, Decimal | int]:
        """What is used of a sequence's budget, and the part of it that is set aside."""
        found = self.app.core.store.find(Spending, spending_key(sequence_scope(sequence), period))
        used, reserved = (0, 0) if found is None else (found.used or 0, found.reserved or 0)
        return Decimal(used) / UNIT, Decimal(reserved) / UNIT

    def faults(self) -> list[str]:
        """What does not fit: each spending is the sum of its charges, each closed charge what its attempt cost."""
        charges: list[Charge] = self.all(Charge)
        attempts: dict[str, ContactAttempt] = {one.id: one for one in self.all(ContactAttempt)}
        used: Counter[tuple[str, str]] = Counter()
        reserved: Counter[tuple[str, str]] = Counter()
        for charge in charges:
            place = (charge.scope, charge.period)
            used[place] += charge.counted
            reserved[place] += charge.counted if charge.state == "open" else 0
        found = [
            f"{one.scope} {one.period}: {one.used} used, {one.reserved} set aside, {used[one.scope, one.period]} and "
            f"{reserved[one.scope, one.period]} by its charges"
            for one in self.all(Spending)
            if ((one.used or 0), (one.reserved or 0)) != (used[one.scope, one.period], reserved[one.scope, one.period])
        ]
        for charge in charges:
            attempt = attempts.get(charge.id)
            cost = money(attempt.cost) if attempt is not None and attempt.sent_at is not None else 0
            if charge.state == "closed" and charge.counted != cost:
                found.append(f"{charge.id} cost {cost}, counted are {charge.counted}")
        return found
