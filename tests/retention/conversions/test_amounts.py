"""Amounts as trackers write them."""

from decimal import Decimal

import pytest

from retention.conversions.amounts import Amount, exact, in_account_currency
from retention.conversions.unusable import UnusableError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21.0", "21"),
        ("0", "0"),
        ("0.1", "0.1"),
        (".5", "0.5"),
        ("12.", "12"),
        (" +7 ", "7"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234\u202f567,5", "1234567.5"),
        ("1'234.50", "1234.50"),
        ("1\u2019234", "1234"),
        ("12,50", "12.50"),
        ("12,5000", "12.5"),
        ("1,234", "1234"),
        ("0,123", "0.123"),
        ("1234,567", "1234.567"),
        ("1.234", "1.234"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,891", "1234567.891"),
        ("00012.30", "12.30"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_an_amount_is_read_exactly(text: str, value: str) -> None:
    assert exact(text) == Amount(Decimal(value))


@pytest.mark.parametrize(
    ("text", "currency"),
    [("$21", None), ("21 $", None), ("€21", "EUR"), ("21\u00a0€", "EUR"), ("USD 21", "USD"), ("21eur", "EUR")],
)
def test_a_sign_or_code_beside_it_may_say_the_currency(text: str, currency: str | None) -> None:
    assert exact(text) == Amount(Decimal(21), currency)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "\u22121", "(21)", "1e3", "1E-2", "NaN", "Infinity", "0x10", "twelve", "12.3.4", "1,23,456",
        "1,2345.0", "12,34,5", "1.234,50,1", "1,234 567", "1 23", "21 21", "$$21", "$21€", "1_000",
        "\u0662\u0661", "\uff12\uff11",
        "1" * 41, "21%", ".", ",5", "5.-", "12 34.5", "USDT 21",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_never_guessed_at(text: str) -> None:
    with pytest.raises(UnusableError, match="is no amount"):
        exact(text)


@pytest.mark.parametrize(
    ("value", "named", "worth"),
    [
        ("21", None, "21"),
        ("21", "usd", "21"),
        ("10", "EUR", "10.8"),
        ("0.00005", None, "0.0001"),
        ("0.00004999", None, "0"),
        ("19.99", "JPY", "0.1336"),
        ("99999999999999.9999", None, "99999999999999.9999"),
    ],
)
def test_money_is_converted_exactly_and_rounded_half_up_to_four_decimals(
    value: str, named: str | None, worth: str
) -> None:
    rates = {"EUR": "1.08", "JPY": "0.006683"}

    assert in_account_currency(Amount(Decimal(value)), named, "USD", rates) == Decimal(worth)


@pytest.mark.parametrize(
    ("amount", "named", "why"),
    [
        (Amount(Decimal(1)), "GBP", "no rate for GBP"),
        (Amount(Decimal(1)), "dollars", "no rate for 'DOLLARS'"),
        (Amount(Decimal(1), "GBP"), None, "no rate for GBP"),
        (Amount(Decimal(1), "EUR"), "USD", "is in EUR and the postback says 'USD'"),
        (Amount(Decimal("99999999999999.9999")), "EUR", "too large"),
        (Amount(Decimal("1e30")), None, "too large"),
    ],
)
def test_what_an_amount_is_worth_is_never_guessed_at(amount: Amount, named: str | None, why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        in_account_currency(amount, named, "USD", {"EUR": "1.08"})
