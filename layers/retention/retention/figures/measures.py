"""Numbers as reports show them: what came of messages, rates, money.

A rate is a share of what was sent in the period: whatever comes of a message counts with the message (stats), so it is
never above 1, and grows for as long as lead after lead still answers. It is a share of those messages of which it can
be said: nobody tells whether a text message was opened. Without any there is no rate.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, WithJsonSchema

from retention.fields import CHANNELS, Channel, Contract
from retention.figures.days import Day
from retention.figures.reading import Numbers
from retention.stats.contributing import UNIT

#: An amount in the account's currency.
Amount = Annotated[Decimal, WithJsonSchema({"type": "number", "examples": [12.345]})]
#: A share from 0 to 1, to four decimals.
Share = Annotated[Decimal, WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1, "examples": [0.0898]})]
_FOUR_DECIMALS: Final = Decimal("0.0001")
#: What is told of messages, in tallies.
_WHATS: Final = (
    "sent",
    "rejected",
    "delivered",
    "undelivered",
    "opened",
    "clicked",
    "replied",
    "answered",
    "unanswered",
    "complained",
    "converted",
)
_MONEY: Final = ("revenue", "cost")
#: Of messages of which channels a rate can be said.
TELLING: Final[Mapping[str, frozenset[Channel]]] = {
    "delivered": frozenset({"SMS", "EMAIL"}),
    "opened": frozenset({"EMAIL"}),
    "clicked": frozenset({"SMS", "EMAIL"}),
    "replied": frozenset({"SMS"}),
    "answered": frozenset({"CALL"}),
    "converted": frozenset(CHANNELS),
}


class About(Contract):
    """The days that a report is about."""

    from_: Day = Field(alias="from", description="The first day")
    to: Day = Field(description="The last day, included")
    time_zone: str = Field(description="The zone whose days they are", examples=["America/New_York"])


class Rates(Contract):
    """Shares of what was sent; null where nothing was sent of which it can be said."""

    delivered: Share | None = Field(description="Of text messages and e-mails sent: delivered")
    opened: Share | None = Field(description="Of e-mails sent: opened by a person")
    clicked: Share | None = Field(description="Of text messages and e-mails sent: clicked by a person")
    replied: Share | None = Field(description="Of text messages sent: replied to")
    answered: Share | None = Field(description="Of calls placed: taken by a person")
    converted: Share | None = Field(description="Of all sent: conversions that they brought; 1 at most")


class Messages(Contract):
    """What was sent in the period, and what has come of it by now."""

    sent: int = Field(description="Accepted by a provider")
    rejected: int = Field(description="Refused, so never sent")
    delivered: int = Field(description="Arrived, of those sent")
    undelivered: int = Field(description="Did not arrive, for good, of those sent")
    opened: int = Field(description="Opened by a person, of those sent")
    clicked: int = Field(description="Clicked by a person, of those sent")
    replied: int = Field(description="Replied to, of those sent")
    answered: int = Field(description="Calls that a person took, of those placed")
    unanswered: int = Field(description="Calls that nobody took, of those placed")
    complained: int = Field(description="Marked as spam, of those sent")
    converted: int = Field(description="Paid conversions that they brought, whenever recorded")
    revenue: Amount = Field(description="What these conversions are worth")
    cost: Amount = Field(description="What sending cost")
    roas: Amount | None = Field(description="revenue / cost; null without a cost")
    rates: Rates = Field(description="Shares of sent")


class ByChannel(Contract):
    """Messages of each channel."""

    call: Messages = Field(alias="CALL", description="Calls")
    sms: Messages = Field(alias="SMS", description="Text messages")
    email: Messages = Field(alias="EMAIL", description="E-mail")


def money(numbers: Numbers, *names: str) -> Decimal:
    """The sum of some amounts."""
    return Decimal(sum(numbers[name] for name in names)) / UNIT


def rate(part: int, whole: int) -> Decimal | None:
    """A share to four decimals, 1 at most; None without a whole."""
    return None if whole <= 0 else min(Decimal(1), (Decimal(part) / whole).quantize(_FOUR_DECIMALS))


def quotient(amount: Decimal, by: Decimal) -> Decimal | None:
    """An amount divided by another, to four decimals; None where that is nothing."""
    return None if by <= 0 else (amount / by).quantize(_FOUR_DECIMALS)


def names_of(prefixes: Sequence[str]) -> list[str]:
    """The names of the numbers that messages are made of."""
    return [f"{prefix}:{what}" for prefix in prefixes for what in (*_WHATS, *_MONEY)]


def messages(numbers: Numbers, of: Mapping[str, Channel | None]) -> Messages:
    """What numbers say of messages, over some channels or steps together.

    Args:
        of: how the names of their numbers begin, and the channel of each; None where it is not known any more.
    """
    told = {what: sum(numbers[f"{prefix}:{what}"] for prefix in of) for what in _WHATS}
    revenue, cost = (money(numbers, *(f"{prefix}:{what}" for prefix in of)) for what in _MONEY)
    rates = Rates(**{what: telling_rate(numbers, what, of) for what in TELLING})
    return Messages(**told, revenue=revenue, cost=cost, roas=quotient(revenue, cost), rates=rates)


def telling_rate(numbers: Numbers, what: str, of: Mapping[str, Channel | None]) -> Decimal | None:
    """The share of what was sent that something came of, where it can be said; None where it can be said of none."""
    telling = [prefix for prefix, channel in of.items() if channel is None or channel in TELLING[what]]
    part, whole = (sum(numbers[f"{prefix}:{name}"] for prefix in telling) for name in (what, "sent"))
    return rate(part, whole)


def by_channel(numbers: Numbers) -> ByChannel:
    """What numbers say of each channel."""
    return ByChannel(**{channel: messages(numbers, {channel: channel}) for channel in CHANNELS})


def all_channels(numbers: Numbers) -> Messages:
    """What numbers say of all channels together."""
    return messages(numbers, {channel: channel for channel in CHANNELS})


#: The names of what is told of every channel.
OF_CHANNELS: Final = names_of(CHANNELS)
