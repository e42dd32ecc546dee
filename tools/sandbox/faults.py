"""What the sandbox was told to do wrong: how, to whom, and how often."""

import threading
from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tools.sandbox.ledger import Name

Operation = Literal["send", "look_up", "check", "forget"]
Kind = Literal[
    "refuse",
    "delay",
    "drop",
    "accept_timeout",
    "accept_reset",
    "accept_refuse",
    "late_accept",
    "malformed",
    "drip",
    "lag",
    "callbacks",
    "outcome",
    "reply",
]

#: What can happen to an exchange; of these one request meets at most one.
TRANSPORT: Final[frozenset[Kind]] = frozenset(
    {
        "refuse",
        "delay",
        "drop",
        "accept_timeout",
        "accept_reset",
        "accept_refuse",
        "late_accept",
        "malformed",
        "drip",
    }
)


class Fault(BaseModel):
    """One thing to do wrong. Of several that fit a request, the one that was named first is met.

    refuse          answer `status` (with `code`, and `retryAfter`); nothing is accepted
    delay           work on the request after `seconds`
    drop            read the request and break the connection off; nothing is accepted
    accept_timeout  accept, and never answer
    accept_reset    accept, and break the connection off
    accept_refuse   accept, and answer `status`
    late_accept     never answer; accept after `seconds`, or where there are none, when released
    malformed       accept, and answer with a 2xx that nobody can read
    drip            accept, and answer a byte every `seconds`
    lag             look-ups do not show what was accepted within the last `seconds`, or anything
    callbacks       report `repeat` times, in `shuffle`d order, `when`: after or before the answer, or never
    outcome         what becomes of the message: `outcome`, with `code` (docs/development.md has the words)
    reply           the receiver of a text answers with `text`
    """

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    kind: Kind
    #: Whom it concerns; None: everybody.
    provider: Name | None = None
    #: Receiver, of sends only.
    to: str | None = None
    operation: Operation = "send"
    #: Requests that meet it; None: all until it is taken back.
    times: int | None = Field(default=None, ge=1)
    status: int = Field(default=500, ge=200, le=599)
    code: int | str | None = None
    #: Seconds.
    retry_after: float | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    repeat: int = Field(default=1, ge=1, le=1000)
    shuffle: bool = False
    when: Literal["after", "before", "never"] = "after"
    outcome: str | None = None
    text: str = "STOP"


class Faults:
    """The faults in force. May be asked and told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Each with the number of requests that it is still for.
        self._left: list[tuple[Fault, int | None]] = []

    def put(self, faults: Iterable[Fault]) -> None:
        """From now on these, and no others."""
        with self._lock:
            self._left = [(fault, fault.times) for fault in faults]

    def clear(self) -> None:
        """None any more."""
        self.put([])

    def as_json(self) -> list[dict[str, Any]]:
        """Those in force; `times` is what is left of it."""
        with self._lock:
            return [
                {**fault.model_dump(by_alias=True, exclude_defaults=True), "times": left} for fault, left in self._left
            ]

    def take(self, kinds: Iterable[Kind], provider: Name, operation: Operation, to: str | None = None) -> Fault | None:
        """The fault that a request meets; it is counted."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if fault.kind in kinds and _fits(fault, provider, operation, to):
                    if left is not None:
                        self._left[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None


def _fits(fault: Fault, provider: Name, operation: Operation, to: str | None) -> bool:
    return (
        fault.provider in (None, provider)
        and (fault.operation == operation or fault.kind == "lag")
        and fault.to in (None, to)
    )
