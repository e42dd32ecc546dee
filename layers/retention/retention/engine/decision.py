"""The five things that can be decided about an obligation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from retention.engine.reasons import Reason


class Send(NamedTuple):
    """It may go out now."""

    #: E.164 number or e-mail address.
    to: str
    #: What the decision went by, for explanations.
    inputs: Mapping[str, Any] = {}


class Skip(NamedTuple):
    """It ends without a send."""

    reason: Reason
    inputs: Mapping[str, Any] = {}
    #: FAILED where something is wrong that somebody should look at.
    status: Literal["SKIPPED", "FAILED"] = "SKIPPED"
    #: What it makes of the enrollment; None: the next step is taken.
    enrollment: Literal["CANCELLED", "CONVERTED"] | None = None


class Defer(NamedTuple):
    """It is due again later."""

    reason: Reason
    until: datetime
    inputs: Mapping[str, Any] = {}


class Park(NamedTuple):
    """It is held in place until it is resumed."""

    reason: Reason
    #: Since when it counts as held.
    since: datetime


class Drop(NamedTuple):
    """There is nothing to do: somebody else has it, or it is over. Nothing is written."""

    reason: Reason


Decision = Send | Skip | Defer | Park | Drop
