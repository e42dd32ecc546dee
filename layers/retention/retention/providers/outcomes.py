"""From an HTTP answer to what it means for a send.

The rule behind all of it: only what is certain counts as not accepted. A request that was never written was not; a
refusal in so many words was not; a server error, silence or a broken connection may hide an accepted message.

A refusal that is not the lead's fault (credentials, sender, account, region) is no rejection: the message waits for
whoever sets it right, with a code that says what is wrong, and the lead's step is not lost over it.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, Literal, NamedTuple

from retention.providers.http import Answer, NoAnswer, NotSent
from retention.providers.port import Blind, NotAccepted, Outcome, Rejected, Unclear
from retention.suppressions.model import SuppressionReason

#: Seconds that one send may take in all, the repetition with renewed credentials included; one look-up; one check.
SEND_SECONDS: Final = 9.0
LOOK_UP_SECONDS: Final = 9.0
CHECK_SECONDS: Final = 5.0
#: Seconds that a provider can make us wait at most.
LONGEST_WAIT: Final = 3600.0
#: Seconds to wait when something must be set right: nobody does that within the usual pauses.
SET_UP_PAUSE: Final = 900.0

#: What a refusal means. wait: the same may be accepted later. set_up: something must be set right first, and not at the
#: lead. refused: this message never will be.
Meaning = Literal["wait", "set_up", "refused"]


class Checked(NamedTuple):
    """What a harmless question showed about the credentials of a provider."""

    ok: bool
    #: In our words.
    detail: str


class Verdict(NamedTuple):
    """What a refusal means for a message."""

    meaning: Meaning
    #: In our words: a provider's own may hold the address.
    detail: str
    #: Why the address must not be used again, where it must not.
    suppress: SuppressionReason | None = None


class Unauthorized(NotAccepted):
    """Not accepted because the credentials are not, or no longer, the right ones."""


class UnauthorizedError(Exception):
    """The provider does not take the credentials for a question."""


#: What a status means by itself, where the provider's own words say nothing; any other 4xx refuses the message.
STATUSES: Final[Mapping[int, Verdict]] = {
    401: Verdict("set_up", "it does not take the credentials"),
    402: Verdict("set_up", "the account has to be paid for"),
    403: Verdict("set_up", "the credentials may not do this"),
    404: Verdict("set_up", "there is no such account, sender or address"),
    405: Verdict("set_up", "this is not done at this address"),
    406: Verdict("set_up", "it does not speak our format"),
    410: Verdict("set_up", "this address is not served any more"),
    413: Verdict("refused", "the message is too large"),
    415: Verdict("set_up", "it does not read our format"),
    421: Verdict("wait", "it was the wrong server"),
    425: Verdict("wait", "it was too early"),
    429: Verdict("wait", "there are too many requests"),
}
_REFUSED: Final = Verdict("refused", "it refuses the message")
#: A request that timed out on their side, or met another of itself, may have been taken all the same.
_AMBIGUOUS: Final = frozenset({408, 409})
#: Redirects are not followed: whatever they lead to has not seen the message.
_REDIRECTED: Final = Verdict("set_up", "it leads elsewhere; is this its base URL?")


def is_success(answer: Answer) -> bool:
    """Whether a request was taken."""
    return 200 <= answer.status < 300


def unanswered(provider: str, reply: NotSent | NoAnswer) -> Outcome:
    """What it means that no status came back."""
    detail = f"{provider}: {reply.detail}"
    return NotAccepted(reply.code, detail) if isinstance(reply, NotSent) else Unclear(reply.code, detail)


def refusal(provider: str, answer: Answer, verdict: Verdict | None = None, code: str | None = None) -> Outcome:
    """What an answer other than success means.

    Args:
        verdict: what the provider's own words come to; None: the status speaks for itself.
        code: the provider's own code, where it gave one.
    """
    status = answer.status
    said = code or str(status)
    verdict = verdict or _by_status(status)
    if verdict is None or not 300 <= status < 500:
        return Unclear(said, f"{provider} answered {status}, which leaves open whether the message was taken")
    detail = f"{provider}: {verdict.detail} ({said})"
    if verdict.meaning == "refused":
        return Rejected(said, detail, verdict.suppress)
    pause = retry_after(answer) if verdict.meaning == "wait" else SET_UP_PAUSE
    return (Unauthorized if status == 401 else NotAccepted)(said, detail, pause)


def _by_status(status: int) -> Verdict | None:
    if 300 <= status < 400:
        return _REDIRECTED
    return None if status in _AMBIGUOUS else STATUSES.get(status, _REFUSED)


def retry_after(answer: Answer) -> float | None:
    """How long a provider wants us to wait, in seconds; None where it does not say.

    Source: RFC 9110, section 10.2.3. A date is read against the date of the answer itself, so no clock comes into it.
    """
    said = answer.headers.get("retry-after", "").strip()
    try:
        if said.isdecimal():
            seconds = float(said)
        else:
            seconds = (parsedate_to_datetime(said) - parsedate_to_datetime(answer.headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, IndexError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def blind(provider: str, reply: Answer | NotSent | NoAnswer) -> Blind:
    """What it means for a look-up that the records were not shown.

    Raises:
        UnauthorizedError: because of the credentials.
    """
    if not isinstance(reply, Answer):
        return Blind(f"{provider}: {reply.detail}")
    if reply.status == 401:
        raise UnauthorizedError
    return Blind(f"{provider} answered {reply.status}")


def unusable(provider: str, reply: Answer | NotSent | NoAnswer) -> Checked:
    """What it means for a check that the question was not answered with success."""
    if not isinstance(reply, Answer):
        return Checked(False, f"{provider}: {reply.detail}.")
    verdict = _by_status(reply.status)
    if verdict is None or not 300 <= reply.status < 500:
        return Checked(False, f"{provider} answered {reply.status}.")
    return Checked(False, f"{provider}: {verdict.detail} ({reply.status}).")
