"""The five things that can be decided about an obligation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from retention.engine.reasons import Reason


@dataclass(frozen=True)
class Send:
    """It may go out now."""

    #: E.164 number or e-mail address.
    to: str
    #: What the decision went by, for explanations.
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """It ends without a send."""

    reason: Reason
    inputs: dict[str, Any] = field(default_factory=dict)
    #: FAILED where something is wrong that somebody should look at.
    status: Literal["SKIPPED", "FAILED"] = "SKIPPED"
    #: What it makes of the enrollment; None: the next step is taken.
    enrollment: Literal["CANCELLED", "CONVERTED"] | None = None


@dataclass(frozen=True)
class Defer:
    """It is due again later."""

    reason: Reason
    until: datetime
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Park:
    """It is held in place until it is resumed."""

    reason: Reason
    #: Since when it counts as held.
    since: datetime


@dataclass(frozen=True)
class Drop:
    """There is nothing to do: somebody else has it, or it is over. Nothing is written."""

    reason: Reason


Decision = Send | Skip | Defer | Park | Drop
