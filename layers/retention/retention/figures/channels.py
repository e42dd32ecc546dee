"""The channels side by side."""

from typing import Final

from pydantic import Field

from retention.fields import CHANNELS, Channel, Contract
from retention.figures.days import Period
from retention.figures.measures import OF_CHANNELS, About, Messages, messages
from retention.figures.reading import Numbers

#: The names that the report is made of.
NAMES: Final = OF_CHANNELS


class ChannelRow(Contract):
    """One channel."""

    channel: Channel = Field(description="The channel")
    messages: Messages = Field(description="What was sent in the period, and what has come of it by now")


class ChannelReport(About):
    """What was sent over each channel, and what has come of it."""

    data: list[ChannelRow] = Field(description="A row for each channel")


def channel_report(numbers: Numbers, period: Period) -> ChannelReport:
    """The channels over a period."""
    rows = [ChannelRow(channel=channel, messages=messages(numbers, {channel: channel})) for channel in CHANNELS]
    return ChannelReport(**period.shown(), data=rows)
