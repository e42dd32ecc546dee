"""What the people behind the addresses do: by themselves with what reaches them (habits), or when they are told to."""

import threading
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tools.sandbox.ledger import Name

Deed = Literal["open", "machine_open", "click", "scan", "buy", "unsubscribe", "unsubscribe_page", "complain", "reply"]


class Habit(BaseModel):
    """One thing that somebody does with a message.

    open              opens an e-mail, as SendGrid reports it; machine_open: as a mailbox does by itself
    click             follows the first tracked link in it, to wherever it leads on this machine
    scan              the same, as a scanner of links does: HEAD, and a name that says so
    buy               follows it to the tracker's landing page and buys there: `status`, `payout`, `currency`, `tid`
    unsubscribe       uses the header of the e-mail: one POST (RFC 8058)
    unsubscribe_page  follows the link to unsubscribe, and presses the button
    complain          marks an e-mail as spam
    reply             answers a text with `text`; says it on the phone
    """

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    does: Deed
    #: Whose habit it is; None: everybody's.
    to: str | None = None
    #: With whose messages; None: with all that it can be done with.
    provider: Name | None = None
    #: Seconds after it arrived.
    after: float = Field(default=0.2, ge=0)
    #: Messages that it is done with; None: with all.
    times: int | None = Field(default=None, ge=1)
    text: str = "STOP"
    status: str = "sale"
    payout: str = "49.90"
    currency: str | None = None
    tid: str | None = None


class Habits:
    """The habits in force. May be asked and told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Each with the number of messages that it is still for.
        self._left: list[tuple[Habit, int | None]] = []

    def put(self, habits: Iterable[Habit]) -> None:
        """From now on these, and no others."""
        with self._lock:
            self._left = [(habit, habit.times) for habit in habits]

    def as_json(self) -> list[dict[str, Any]]:
        """Those in force; `times` is what is left of it."""
        with self._lock:
            return [
                {**habit.model_dump(by_alias=True, exclude_defaults=True), "times": left} for habit, left in self._left
            ]

    def take(self, provider: Name, to: str) -> list[Habit]:
        """What a receiver will do with a message, in order; it is counted."""
        with self._lock:
            found = [one for one in self._left if one[0].provider in (None, provider) and one[0].to in (None, to)]
            self._left = [
                (habit, left if left is None or (habit, left) not in found else left - 1)
                for habit, left in self._left
                if (habit, left) not in found or left != 1
            ]
        return [habit for habit, _ in found]
