"""What a message costs: before it is sent, and when it was taken."""

from decimal import Decimal
from typing import Any

import pytest

from retention.budgets.prices import Prices
from retention.budgets.quoting import cost_of, quote
from retention.fields import Channel
from retention.providers.port import Body, CallBody, EmailBody, Order, TextBody

EACH = Decimal("0.0083")


def order(channel: Channel, body: Body, to: str = "+12025550001") -> Order:
    return Order("w", channel, to, "Ada", body, "c", "k", None, "d")


def call(**settings: Any) -> Order:
    return order("CALL", CallBody("Talk.", None, settings, {}))


@pytest.mark.parametrize(("text", "segments"), [("Hi", 1), ("a" * 160, 1), ("a" * 161, 2), ("ж" * 71, 2), ("", 1)])
def test_a_text_message_costs_its_segments(text: str, segments: int) -> None:
    quoted = quote(Prices(EACH), order("SMS", TextBody(text)))

    assert quoted is not None
    assert quoted.amount == EACH * segments


@pytest.mark.parametrize(
    ("to", "price"),
    [("+4915112345678", "0.1120"), ("+12025550001", "0.0083"), ("+442071838750", "0.0083"), ("?", "0.0083")],
)
def test_a_country_may_have_a_price_of_its_own(to: str, price: str) -> None:
    prices = Prices(EACH, {"DE": Decimal("0.1120"), "FR": Decimal(1)})

    quoted = quote(prices, order("SMS", TextBody("Hi"), to))

    assert quoted is not None
    assert quoted.amount == Decimal(price)


def test_an_email_costs_its_price() -> None:
    quoted = quote(Prices(Decimal("0.0010")), order("EMAIL", EmailBody("Hi", "<p>Hi</p>", "Hi", "https://u.example")))

    assert quoted is not None
    assert quoted.amount == Decimal("0.0010")


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [
        ({}, 10),
        ({"maxDurationSeconds": 300}, 5),
        ({"maxDurationSeconds": Decimal(301)}, 6),
        ({"assistant": {"maxDurationSeconds": 60}}, 1),
        ({"maxDurationSeconds": "long"}, 10),
    ],
)
def test_a_call_is_quoted_at_the_longest_that_it_may_be(settings: dict[str, Any], minutes: int) -> None:
    quoted = quote(Prices(Decimal("0.12")), call(**settings))

    assert quoted is not None
    assert quoted.amount == minutes * Decimal("0.12")


def test_without_a_price_there_is_no_quote() -> None:
    assert quote(Prices(), order("SMS", TextBody("Hi"))) is None
    assert quote(Prices(None, {"DE": EACH}), order("SMS", TextBody("Hi"))) is None


@pytest.mark.parametrize(
    ("facts", "cost"),
    [
        ({}, "0.0166"),
        # The provider has made another number of segments of it.
        ({"segments": 3}, "0.0249"),
        # It says the price itself.
        ({"segments": 3, "price": "0.0225"}, "0.0225"),
        ({"price": "a lot"}, "0.0166"),
    ],
)
def test_what_the_provider_says_of_a_text_message_counts_before_what_we_reckoned(
    facts: dict[str, Any], cost: str
) -> None:
    assert cost_of("SMS", "0.0083", 2, facts) == Decimal(cost)


def test_what_a_call_costs_is_not_known_when_it_is_taken() -> None:
    assert cost_of("CALL", "0.12", 10, {}) is None


def test_without_a_price_nobody_knows_what_it_costs() -> None:
    assert cost_of("SMS", None, None, {"segments": 1}) is None
