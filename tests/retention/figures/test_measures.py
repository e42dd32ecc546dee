"""Rates and money: exact, null without a base, never above one."""

from collections import Counter
from decimal import Decimal

from retention.figures.measures import messages, quotient, rate


def test_a_rate_without_a_base_is_none() -> None:
    assert rate(0, 0) is None
    assert rate(3, 0) is None
    assert quotient(Decimal(3), Decimal(0)) is None
    assert set(messages(Counter(), {"SMS": "SMS"}).rates.model_dump().values()) == {None}
    assert messages(Counter(), {"SMS": "SMS"}).roas is None


def test_a_rate_has_four_decimals_and_is_never_above_one() -> None:
    assert rate(1, 3) == Decimal("0.3333")
    assert rate(2, 3) == Decimal("0.6667")
    # A lead that buys twice after one message.
    assert rate(2, 1) == Decimal(1)


def test_money_is_exact_to_its_last_decimal() -> None:
    told = messages(Counter({"SMS:sent": 3, "SMS:cost": 249, "SMS:revenue": 10_000_001}), {"SMS": "SMS"})
    assert (told.cost, told.revenue) == (Decimal("0.0249"), Decimal("1000.0001"))
    assert told.roas == Decimal("40160.6466")


def test_several_channels_together_are_their_sums() -> None:
    numbers = Counter({"SMS:sent": 3, "SMS:delivered": 2, "EMAIL:sent": 1, "EMAIL:delivered": 1})
    told = messages(numbers, {"SMS": "SMS", "EMAIL": "EMAIL"})
    assert (told.sent, told.delivered, told.rates.delivered) == (4, 3, Decimal("0.75"))


def test_a_rate_is_a_share_of_what_it_can_be_said_of() -> None:
    numbers = Counter({"SMS:sent": 90, "EMAIL:sent": 10, "EMAIL:opened": 5, "CALL:sent": 4, "CALL:answered": 1})
    rates = messages(numbers, {"SMS": "SMS", "EMAIL": "EMAIL", "CALL": "CALL"}).rates
    assert (rates.opened, rates.answered) == (Decimal("0.5"), Decimal("0.25"))
    assert messages(numbers, {"SMS": "SMS"}).rates.opened is None
    # The channel of a step that is gone is not known any more.
    assert messages(Counter({"step:x:sent": 2, "step:x:opened": 1}), {"step:x": None}).rates.opened == Decimal("0.5")
