"""The team is told once that a budget is used up, and once more when it was raised and is used up again."""

from decimal import Decimal
from typing import Any

import pytest

from retention import jsontext
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.outbound.endpoint import EndpointInput
from retention.outbound.model import Delivery
from tests.retention.budgets.purse import PRICE, Purse
from tests.retention.engine.world import LONG


@pytest.fixture
def purse(app: Application, clock: ManualClock) -> Purse:
    return Purse(app, clock)


def told(purse: Purse) -> list[dict[str, Any]]:
    found: list[Delivery] = purse.all(Delivery)
    return [jsontext.loads(one.payload)["data"] for one in sorted(found, key=lambda one: one.created_at)]


def test_it_is_told_once_for_each_amount(purse: Purse) -> None:
    given = EndpointInput(name="Ours", url="https://team.example/hook", events=["budget.spent"])
    purse.app.endpoints.create(given)
    purse.clock.advance(10)
    sequence = purse.budgeted(1)
    leads = purse.enrolled(sequence, 3)

    for _ in range(3):
        purse.work(*leads)
        purse.clock.advance(3600)
    first = told(purse)
    settings = {"budget": {"amount": PRICE * 2}}
    purse.app.sequences.update(sequence, {"settings": settings}, if_match=None)
    for _ in range(3):
        purse.clock.advance(6 * 3600 + LONG)
        purse.work(*leads)

    spent = {"sequenceId": sequence, "period": "total", "amount": PRICE, "used": PRICE}
    assert first == [spent]
    assert told(purse) == [spent, {**spent, "amount": 2 * PRICE, "used": 2 * PRICE}]


def test_a_budget_that_never_sufficed_for_anything_is_told_of_too(purse: Purse) -> None:
    purse.app.endpoints.create(EndpointInput(name="Ours", url="https://team.example/hook", events=["budget.spent"]))
    purse.clock.advance(10)
    sequence = purse.budgeted(0)

    purse.work(*purse.enrolled(sequence, 2))

    assert told(purse) == [{"sequenceId": sequence, "period": "total", "amount": Decimal(0), "used": Decimal(0)}]
