"""What Twilio tells of a text message, as evidence. Pure.

Its callbacks say no time, but RawDlrDoneDate, which is a carrier's, in whole minutes and in no stated time zone: what
they tell happened when we were told.

Source: Twilio, guides/outbound-message-status-in-status-callbacks and guides/track-outbound-message-status; the
statuses are those of twilio_api_v2010.json, the codes those of providers/twilio_codes.
"""

from collections.abc import Mapping
from typing import Any, Final

from retention.engine.queue import Work
from retention.inbound.outcome import Hopeless, Ignored
from retention.keyring import Keyring
from retention.providers.twilio_codes import CODES
from retention.receiving.event import Event
from retention.reports.evidence import Evidence, Report, Suppress, What
from retention.templates.links import Callback, verify

#: What each status proves. On its way: that Twilio has taken it, and nothing else.
_TELLS: Final[Mapping[str, tuple[What, ...]]] = {
    "scheduled": (),
    "accepted": (),
    "queued": (),
    "sending": (),
    "sent": (),
    "delivered": ("delivered",),
    # Of several recipients, or parts, some.
    "partially_delivered": ("delivered",),
    "read": ("delivered", "opened"),
    "undelivered": ("undelivered",),
    "failed": ("undelivered",),
    "canceled": ("undelivered",),
}
#: Statuses of messages that come to us.
_INBOUND: Final = frozenset({"receiving", "received"})


def read(event: Event, keyring: Keyring) -> Report | Ignored | Hopeless:
    """What a status callback tells."""
    content = event.content if isinstance(event.content, Mapping) else {}
    token, params = content.get("callback"), content.get("params")
    callback = verify(keyring, token, Callback) if isinstance(token, str) else None
    if callback is None or not isinstance(params, Mapping):
        # Somebody else's message from the same account.
        return Ignored("not_ours")
    if callback.preview:
        return Ignored("preview")
    status = _text(params, "MessageStatus") or _text(params, "SmsStatus")
    if status in _INBOUND:
        return Ignored("not_a_report")
    if status not in _TELLS:
        return Hopeless(f"Twilio reports a status that is not known here: {status[:50]!r}")
    code = _text(params, "ErrorCode")
    facts = _facts(status, code)
    evidence = [Evidence(what, event.received_at, facts if what == "undelivered" else {}) for what in _TELLS[status]]
    ref = _text(params, "MessageSid") or _text(params, "SmsSid")
    work = Work(callback.kind, callback.work)
    return Report(work, "SMS", ref or None, tuple(evidence), _suppress(params, code))


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    return value.strip() if isinstance(value, str) else ""


def _facts(status: str, code: str) -> dict[str, Any]:
    """Why it did not arrive, as far as that is told."""
    verdict = CODES.get(int(code)) if _is_code(code) else None
    known = {"kind": status, "code": code if _is_code(code) else None, "detail": verdict.detail if verdict else None}
    return {name: value for name, value in known.items() if value is not None}


def _suppress(params: Mapping[str, Any], code: str) -> Suppress | None:
    """The number, where the code says that it must not be used again."""
    verdict = CODES.get(int(code)) if _is_code(code) else None
    to = _text(params, "To")
    # Other channels of the same API write "whatsapp:+1...".
    number = to.rpartition(":")[2]
    return Suppress(number, verdict.suppress) if verdict is not None and verdict.suppress and number else None


def _is_code(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) <= 6
