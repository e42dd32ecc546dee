"""Amounts as trackers write them, read exactly: never through a binary float, and never guessed at.

    21.0   $21   1,234.50   1.234,50   1 234,50   12,50   1,234 = 1234

Of two kinds of separators the last one is the decimal point. A comma alone stands before thousands when exactly three
digits follow and at most three go before; a point alone is always a decimal point, as machines write it.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final, NamedTuple

from retention.conversions.unusable import UnusableError, quoted

#: Characters of an amount that are looked at.
_LONGEST: Final = 40
#: Decimals that an amount keeps, and the largest one. Source: fields.Money.
PLACES: Final = Decimal("0.0001")
LARGEST: Final = Decimal("99999999999999.9999")
#: Digits to reckon with: of the longest amount and the longest rate together, and room.
_DIGITS: Final = 80
#: Signs that stand for one currency only, and those that say no more than that it is money.
_SIGNS: Final[Mapping[str, str | None]] = {
    "$": None, "¥": None, "€": "EUR", "£": "GBP", "₽": "RUB", "₴": "UAH", "₹": "INR", "₸": "KZT", "₺": "TRY", "₩": "KRW"
}  # fmt: skip
_SIGN: Final = "[" + "".join(map(re.escape, _SIGNS)) + "]|[A-Za-z]{3}"
_AMOUNT: Final = re.compile(rf"(?P<before>{_SIGN})?\s*\+?(?P<number>[0-9][0-9.,' ]*|\.[0-9]+)\s*(?P<after>{_SIGN})?")
#: Blanks and apostrophes between groups of digits, in all their forms.
_BLANKS: Final = re.compile(r"[\s\u00a0\u2007\u2009\u202f]")
_APOSTROPHES: Final = re.compile(r"[\u2019\u02bc]")


class Amount(NamedTuple):
    """An amount as it was written."""

    value: Decimal
    #: The currency that stands beside it; None: it says none.
    currency: str | None = None


def exact(text: str) -> Amount:
    """Read an amount.

    Raises:
        UnusableError: it is none, or cannot be told for certain.
    """
    tidy = _APOSTROPHES.sub("'", _BLANKS.sub(" ", text.strip()))
    found = _AMOUNT.fullmatch(tidy) if len(tidy) <= _LONGEST else None
    if found is None or (found["before"] and found["after"]):
        raise UnusableError(f"{quoted(text)} is no amount")
    number = _plain(found["number"].strip())
    if number is None:
        raise UnusableError(f"{quoted(text)} is no amount: its digits are not grouped by threes")
    sign = found["before"] or found["after"] or ""
    return Amount(Decimal(number), _SIGNS[sign] if sign in _SIGNS else sign.upper() or None)


def _plain(number: str) -> str | None:
    """A number with a decimal point and nothing else; None when its groups make no sense."""
    point = _decimal_mark(number)
    whole, _, fraction = number.rpartition(point) if point else (number, "", "")
    groups = re.split(r"[.,' ]", whole)
    marks = set(re.findall(r"[.,' ]", whole))
    if not fraction.isdigit() and fraction:
        return None
    if len(groups) > 1:
        regular = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        if len(marks) > 1 or point in marks or not regular:
            return None
    return f"{''.join(groups) or '0'}.{fraction or '0'}"


def _decimal_mark(number: str) -> str:
    """The sign that stands before the decimals; empty when there are none."""
    if "." in number and "," in number:
        return max(".,", key=number.rfind)
    mark = "." if "." in number else ","
    if number.count(mark) != 1:
        return ""
    whole, _, fraction = number.partition(mark)
    # 1,234 is a thousand and more; 0,123 and 1234,567 cannot be.
    is_thousands = mark == "," and len(fraction) == 3 and len(whole) <= 3 and not whole.startswith("0")
    return "" if is_thousands else mark


def in_account_currency(amount: Amount, named: str | None, account: str, rates: Mapping[str, str]) -> Decimal:
    """An amount in the currency of the account, rounded half up to four decimals.

    Args:
        named: the currency that the postback names, if it does.
        account: the currency of the account, which an amount without any is in.
        rates: what a unit of another currency is worth in it, as exact decimal text.

    Raises:
        UnusableError: there is no rate, the amount and the postback name two currencies, or it is too large.
    """
    currency = named.strip().upper() if named and named.strip() else amount.currency
    if amount.currency not in (None, currency):
        raise UnusableError(f"the amount is in {amount.currency} and the postback says {quoted(str(currency))}")
    with localcontext(prec=_DIGITS):
        value = (amount.value * _rate(currency, account, rates)).quantize(PLACES, ROUND_HALF_UP)
    if value > LARGEST:
        raise UnusableError(f"{value} {account} is too large an amount")
    return value


def _rate(currency: str | None, account: str, rates: Mapping[str, str]) -> Decimal:
    if currency in (None, account):
        return Decimal(1)
    if currency not in rates:
        name = quoted(str(currency)) if not re.fullmatch("[A-Z]{3}", str(currency)) else currency
        raise UnusableError(
            f"no rate for {name}: add it to the rates of the integration keitaro, in {account}, and replay"
        )
    return Decimal(rates[str(currency)])
