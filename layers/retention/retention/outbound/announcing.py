"""What happened becomes deliveries, in the very transaction in which it happened: none is lost, none is made up."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from retention.core import Core
from retention.table.writes import Write

#: What a team can be told of.
EventType = Literal[
    "lead.created",
    "lead.stopped",
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.opened",
    "message.clicked",
    "message.replied",
    "call.ended",
    "conversion.recorded",
    "conversion.changed",
]


def announced(core: Core, what: EventType, about: str, data: Mapping[str, Any]) -> list[Write]:
    """The deliveries of one event, to be put into its transaction; none where no endpoint wants it.

    Args:
        about: names the event among its type, so that it is announced once: the id of what it is about and its state.
        data: what is told, as JSON; ids and states, and no more personal data than the endpoint's team has anyway.
    """
    return []


def wake_deliveries(core: Core, written: Iterable[Write]) -> None:
    """Have the deliveries among writes that were carried out made at once."""
