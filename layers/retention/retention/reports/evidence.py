"""Evidence: what was told about one send. It is only ever added, so order and copies cannot matter.

An attempt keeps, of each kind of evidence, the earliest that was told (of two at the same instant the one whose facts
come first as text); of the end of a call, which is told in a word first and in full later, the one that says most.
Each is the least by an order that is total, so the sum is the same in whatever order they come, and however often.
Everything that can be seen of the attempt follows from that set (deriving).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from retention.engine.queue import Work
from retention.fields import Channel
from retention.jsontext import canonical, format_instant
from retention.suppressions.model import SuppressionReason

#: sent: the provider passed it on. delivered: it arrived. undelivered: it did not, for good. opened, clicked: by a
#: person. machine_opened, machine_clicked: by a scanner or a mail proxy. replied: the lead wrote back. answered: a
#: person took the call. unanswered: nobody did. ended: the call is over. complained: marked as spam.
What = Literal[
    "sent",
    "delivered",
    "undelivered",
    "opened",
    "machine_opened",
    "clicked",
    "machine_clicked",
    "replied",
    "answered",
    "unanswered",
    "ended",
    "complained",
]


class Evidence(NamedTuple):
    """One thing that was told about a send."""

    what: What
    #: When it happened, by the one who tells.
    at: datetime
    #: What else was told with it: JSON; no personal data but what the attempt may show.
    facts: Mapping[str, Any] = {}


class Suppress(NamedTuple):
    """An address that must not be used again, as a report says."""

    #: An e-mail address or an E.164 number.
    address: str
    reason: SuppressionReason


#: All evidence there is of one send, as its attempt keeps it: {what: {"at": instant, "facts": {...}}}.
Told = Mapping[str, Mapping[str, Any]]


def added(told: Told, evidence: Iterable[Evidence]) -> dict[str, Any]:
    """The sum of what was told and what is told now; equal to `told` where that adds nothing."""
    total = dict(told)
    for one in evidence:
        entry = {"at": format_instant(one.at), "facts": dict(one.facts)}
        there = total.get(one.what)
        if there is None or _place(one.what, entry) < _place(one.what, there):
            total[one.what] = entry
    return total


def _place(what: str, entry: Mapping[str, Any]) -> tuple[int, str, bytes]:
    """The order in which evidence of one kind is preferred."""
    size = len(entry["facts"]) if what == "ended" else 0
    return -size, entry["at"], canonical(entry["facts"])


class Report(NamedTuple):
    """What was told about the send that met one obligation."""

    #: The obligation, as the signed callback key names it.
    work: Work
    channel: Channel
    #: The provider's id of the message or call; None where it was not told.
    ref: str | None
    #: None of it: the report proves only that the provider took the message.
    evidence: tuple[Evidence, ...]
    suppress: Suppress | None = None
