"""The three ways to contact a lead. Apart from fields: what only moves messages has no use for contracts."""

from typing import Final, Literal

Channel = Literal["CALL", "SMS", "EMAIL"]
CHANNELS: Final[tuple[Channel, ...]] = ("CALL", "SMS", "EMAIL")
