"""What a message will cost, as far as that can be said before it is sent; and what it did cost, by the answer.

SMS     segments x price: as many as the provider says, else as we have counted
EMAIL   the price
CALL    the most that it can come to, a minute begun counts whole; what it did cost its report says
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from retention.budgets.prices import Prices
from retention.fields import Channel
from retention.providers.port import CallBody, Order, TextBody
from retention.templates.segments import segments_of

#: Seconds after which VAPI ends a call, unless `maxDurationSeconds` says otherwise. Source: CreateAssistantDTO in
#: fern/apis/api/openapi.json of VapiAI/docs.
LONGEST_CALL: Final = 600
_MINUTE: Final = 60
_CENT_OF_A_CENT: Final = Decimal("0.0001")


class Quote(NamedTuple):
    """What a message will cost: of a call the most that it can be."""

    #: The price of a unit.
    each: Decimal
    #: Segments, e-mails or minutes.
    units: int

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return self.each * self.units


def quote(prices: Prices, order: Order) -> Quote | None:
    """What a message will cost; None where its price is not known."""
    body = order.body
    each = prices.by_country.get(_country(order.to), prices.each) if prices.by_country else prices.each
    if each is None:
        return None
    if isinstance(body, TextBody):
        return Quote(each, max(segments_of(body.body).count, 1))
    if isinstance(body, CallBody):
        return Quote(each, -(-_longest(body.settings) // _MINUTE))
    return Quote(each, 1)


def cost_of(channel: Channel, price: str | None, units: int | None, facts: Mapping[str, Any]) -> Decimal | None:
    """What a message that was taken costs; None of a call, whose report says it, and where its price is not known.

    Args:
        price, units: of one unit, and how many, as it was quoted.
        facts: what the provider said: its own price, or how many segments it made of it.
    """
    if channel == "CALL":
        return None
    told = _told(facts.get("price"))
    if told is not None or price is None:
        return told
    segments = facts.get("segments")
    return Decimal(price) * (segments if isinstance(segments, int) else units or 1)


def _told(price: Any) -> Decimal | None:
    try:
        return None if price is None else abs(Decimal(price)).quantize(_CENT_OF_A_CENT)
    except InvalidOperation:
        return None


def _longest(settings: Mapping[str, Any]) -> int:
    """Seconds that a call may last, as its settings say."""
    described = settings.get("assistant")
    levels = [settings, described if isinstance(described, Mapping) else {}]
    said = next((level["maxDurationSeconds"] for level in levels if "maxDurationSeconds" in level), None)
    return int(said) if isinstance(said, int | Decimal) and said > 0 else LONGEST_CALL


def _country(number: str) -> str:
    import phonenumbers  # Loaded with the first price that differs by country.

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
