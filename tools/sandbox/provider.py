"""What the providers have in common, as the server sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tools.sandbox.faults import Fault, Operation
from tools.sandbox.ledger import Name
from tools.sandbox.wire import Request, Response
from tools.sandbox.world import Draft, Record


class RefusedError(Exception):
    """The provider does not take a request; `response` is what it answers."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode("utf-8", "replace"))
        self.response = response


@dataclass(frozen=True)
class Stage:
    """One step in the life of something accepted."""

    #: Seconds since the step before.
    after: float
    status: str
    #: What becomes known with it.
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a provider has to tell us."""

    url: str
    #: A form or an object, as the provider writes it.
    content: Any


@dataclass(frozen=True)
class Post:
    """A report as it goes over the wire, signed."""

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


class Provider(Protocol):
    """One provider's wire format."""

    name: Name
    #: Seconds for which reports are collected, so that several go in one request.
    batch_seconds: float

    def operation(self, request: Request) -> Operation | None:
        """What a request is; None: it is not for this provider, or unknown to it."""

    def authenticated(self, request: Request) -> bool:
        """Whether it carries the credentials that this provider knows."""

    def read(self, request: Request) -> list[Draft]:
        """The messages that a request wants to have sent.

        Raises:
            RefusedError: it is wrong.
        """

    def accept(self, drafts: Sequence[Draft]) -> tuple[list[Record], Response]:
        """Accept them, and say so.

        Raises:
            RefusedError: what is right in itself is not taken all the same.
        """

    def ask(self, request: Request, records: Sequence[Record]) -> Response:
        """Answer a look-up, from records that it may show, or a check."""

    def refusal(self, status: int, code: int | str | None = None, retry_after: float | None = None) -> Response:
        """An error, in this provider's form."""

    def unreadable(self) -> Response:
        """A success whose answer nobody can read."""

    def life(self, record: Record, outcome: Fault | None) -> list[Stage]:
        """What becomes of something accepted, when nothing is told of it or an outcome is asked for."""

    def reports(self, record: Record) -> list[Report]:
        """What is told of the stage that it has just reached."""

    def answered(self, record: Record, text: str) -> list[Report]:
        """What is told of a receiver's answer; nothing where the channel has none."""

    def told(self, record: Record, event: str) -> list[Report]:
        """What is told of something that a receiver did; nothing where the provider does not notice."""

    def posts(self, reports: Sequence[Report]) -> list[Post]:
        """Reports as requests to us."""
