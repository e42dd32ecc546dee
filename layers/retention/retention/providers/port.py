"""What the engine asks of a provider: send this once, and later: did you take it?

No provider takes an idempotency key for a send, so an outcome has four forms, and only two of them allow another try.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

from retention.budgets.prices import Prices
from retention.fields import Channel
from retention.suppressions.model import SuppressionReason


class TextBody(NamedTuple):
    """A text message, filled in."""

    body: str


class EmailBody(NamedTuple):
    """An e-mail, filled in."""

    subject: str
    html: str
    text: str
    #: Where one click (RFC 8058) unsubscribes; https.
    unsubscribe_url: str


class CallBody(NamedTuple):
    """A call, filled in."""

    #: What the assistant is told, and what it says first; None: as the assistant is set up.
    instructions: str | None
    first_message: str | None
    #: The script's settings for the provider, then the campaign's (integrations' own come last).
    settings: dict[str, Any]
    #: Values that the provider's own templates may use.
    variables: dict[str, str]


Body = TextBody | EmailBody | CallBody


class Order(NamedTuple):
    """One message, complete: nothing is looked up any more."""

    #: The obligation that it meets.
    work: str
    channel: Channel
    #: E.164 number or e-mail address.
    to: str
    #: The lead's name, where a provider shows one.
    name: str
    body: Body
    #: The same for every send of this obligation: 26 characters, no personal data.
    correlation: str
    #: Signed by us, names the obligation; comes back with every report.
    callback_key: str
    #: Where the provider reports to; None where this stack has no public address.
    callback_url: str | None
    #: Fingerprint of `to` and `body`: see digest.
    digest: str


class Accepted(NamedTuple):
    """The provider has taken it."""

    #: The provider's own id; None where the answer could not be read.
    ref: str | None
    #: What else it said that belongs into the result, such as the number of segments.
    facts: Mapping[str, Any] = {}


class Rejected(NamedTuple):
    """The provider will not take it, now or later."""

    #: The provider's own code, or the HTTP status.
    code: str
    #: In words, without personal data.
    detail: str
    #: Set where the provider says that this address must not be used again.
    suppress: SuppressionReason | None = None


class NotAccepted(NamedTuple):
    """The provider certainly has not taken it, and may later: not connected, or told to wait."""

    code: str
    detail: str
    #: Seconds that the provider wants us to wait, where it says so.
    retry_after: float | None = None


class Unclear(NamedTuple):
    """Nobody knows whether the provider has taken it: no answer, a broken one, or a server error."""

    code: str
    detail: str


Outcome = Accepted | Rejected | NotAccepted | Unclear


class Trace(NamedTuple):
    """What is known of a send whose outcome is not: enough to find it among the provider's records."""

    channel: Channel
    to: str
    correlation: str
    digest: str
    #: When it was let through.
    at: datetime
    #: Accepted at `since` or later, and before `until`.
    since: datetime
    until: datetime
    #: The provider's ids that belong to other attempts with this lead.
    known_refs: frozenset[str]


class Found(NamedTuple):
    """The provider has it."""

    ref: str
    facts: Mapping[str, Any] = {}


class Missing(NamedTuple):
    """The provider's records were read, and it is not there: it was not accepted."""


class Blind(NamedTuple):
    """The provider's records could not be read, or do not tell."""

    detail: str


Lookup = Found | Missing | Blind


class Provider(Protocol):
    """One provider with its credentials."""

    #: Its name among the integrations.
    name: str
    #: Messages that it has under way at the same time at most, such as calls; None: no such limit.
    places: int | None
    #: What it charges, as far as its integration says.
    prices: Prices

    def send(self, order: Order) -> Outcome:
        """Send one message: one request, no hidden retry, a total deadline. Never raises for what a provider does."""

    def look_up(self, trace: Trace) -> Lookup:
        """Find a send whose outcome is not known."""


@runtime_checkable
class CallRecords(Provider, Protocol):
    """A provider whose records show what became of a call."""

    def report(self, ref: str) -> Mapping[str, Any] | Blind | None:
        """A call by the provider's id, in the provider's words; None where there is none."""
