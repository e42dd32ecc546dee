"""Why a call ended, by VAPI's word for it: what that says of the lead, and of whoever has to set something right.

VAPI knows some 600 words and adds to them, so they are read by pattern. A word that no pattern fits ends the call all
the same: a call over which nobody knows more has failed, unless its report shows that somebody talked.

Source: fern/calls/call-ended-reason.mdx and the values of `endedReason` in fern/apis/api/openapi.json of VapiAI/docs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from retention.reports.evidence import What

#: reached: somebody took the call. no_contact: nobody did. bad_number: there is nobody to be reached at that number, or
#: calls to it are forbidden. capacity: no place, or the day's calls are used up. account, configuration: somebody has
#: to set something right. transient: a fault of theirs that passes. cancelled: somebody ended it on purpose.
EndedClass = Literal[
    "reached",
    "no_contact",
    "bad_number",
    "capacity",
    "account",
    "configuration",
    "transient",
    "cancelled",
    "unknown",
]

#: The reason that is given to a call of which nothing was heard for a day. Our word, not VAPI's.
NO_REPORT: Final = "no-report"


class CallEnd(NamedTuple):
    """What the end of a call says."""

    kind: EndedClass
    #: What it proves: answered, unanswered or undelivered.
    what: What
    #: Whether the number must not be used again, on any channel.
    bad_number: bool = False


_TELLS: Final[Mapping[EndedClass, What]] = {"reached": "answered", "no_contact": "unanswered"}

#: By the first that fits.
_WORDS: Final[Sequence[tuple[EndedClass, str]]] = (
    # A transfer comes after somebody took the call, however the transfer itself went.
    ("reached", r"^(customer-ended-call|assistant-(ended-call|said-end-call-phrase|forwarded-call))"),
    ("reached", r"^(exceeded-max-duration|silence-timed-out|vonage-completed)$|-completed-call$"),
    ("reached", r"^call\.(forwarding|ending)\.|error-(warm-transfer|transfer-failed)"),
    ("no_contact", r"^(customer-busy|customer-did-not-|voicemail)|^call\.ringing\.(hook|sip-inbound-caller)"),
    # A line without a sound: nobody can say that somebody was there.
    ("no_contact", r"did-not-receive-customer-audio|sip-(480|408)-"),
    ("bad_number", r"misdialed|sip-403-"),
    ("capacity", r"concurrency-limit-reached|worker-not-available|outbound-daily-limit"),
    ("account", r"subscription-|insufficient-credits|wallet|fraud|enterprise-feature"),
    ("cancelled", r"^(manually-cancell?ed|scheduled-call-deleted|call-deleted)$"),
    ("configuration", r"sip-407-"),
    (
        "transient",
        r"(vapi|provider)fault-|failed-to-connect|closed-websocket|^vonage-(rejected|disconnected)|^worker-",
    ),
    # What the provider of a part answers passingly, for whosever account.
    ("transient", r"-5\d\d-|server-error|overloaded|rate-limit|timed-out|econnreset|socket-hang-up"),
    ("transient", r"(llm|voice|transcriber|video)-failed$|ws-model-connection-failed"),
    ("configuration", r"^assistant-(not|request)-|^call[.-]start[.-]|pipeline-|^phone-call-"),
)
_PATTERNS: Final = [(kind, re.compile(words)) for kind, words in _WORDS]

#: A number that cannot be dialled will not become one. A carrier's 403 may as well be about who calls: no stop.
_NO_NUMBER: Final = re.compile(r"misdialed")

#: What people read, where the class says it.
_SAID: Final[Mapping[EndedClass, str]] = {
    "reached": "The call was answered",
    "no_contact": "Nobody took the call",
    "bad_number": "The number cannot be called",
    "capacity": "There was no place for the call",
    "account": "The account with the provider could not be used",
    "configuration": "The call was not set up rightly",
    "transient": "The call failed",
    "cancelled": "The call was cancelled",
    "unknown": "The call ended",
}


def end_of(reason: str, *, talked: bool = False) -> CallEnd:
    """What the end of a call says.

    Args:
        reason: VAPI's word; empty where it gave none.
        talked: whether the report shows that somebody talked. It decides where the word is not known.
    """
    kind: EndedClass = next((kind for kind, pattern in _PATTERNS if pattern.search(reason)), "unknown")
    if kind == "unknown":
        return CallEnd(kind, "answered" if talked else "undelivered")
    return CallEnd(kind, _TELLS.get(kind, "undelivered"), bool(_NO_NUMBER.search(reason)))


def sentence_of(reason: str, kind: EndedClass) -> str:
    """An end in words, for people."""
    if reason == "voicemail":
        return "A voicemail took the call."
    if reason == NO_REPORT:
        return "Nothing was heard of the call for a day."
    return f"{_SAID[kind]} ({reason})." if reason else f"{_SAID[kind]}."
