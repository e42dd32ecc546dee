"""What SendGrid tells of an e-mail, as evidence. Pure.

An event names our send by the custom arguments that the e-mail carried. Without them (a bounce that comes days later
may lack them) it still says what it says of the address.

Source: SendGrid, Event Webhook Reference (tracking-events/event), and its lists of suppressed addresses.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from retention.engine.queue import Work
from retention.inbound.outcome import Hopeless, Ignored
from retention.keyring import Keyring
from retention.providers.sendgrid import KEY_ARGUMENT
from retention.receiving.event import Event
from retention.reports.clicks import machine_sign
from retention.reports.evidence import Evidence, Report, Suppress, What
from retention.suppressions.model import SuppressionReason
from retention.templates.links import Callback, verify

#: What each event proves by itself; on its way: that SendGrid has taken it, and nothing else. A person who asks for no
#: more has had the message, but SendGrid also tells of scanners that follow the link.
_TELLS: Final[Mapping[str, tuple[What, ...]]] = {
    "processed": (),
    "deferred": (),
    "delivered": ("delivered",),
    "bounce": ("undelivered",),
    "blocked": ("undelivered",),
    "dropped": ("undelivered",),
    "open": ("opened",),
    "click": ("clicked",),
    "spamreport": ("complained",),
    "unsubscribe": (),
    "group_unsubscribe": (),
}
#: Events that say nothing of a send: of the account, or that somebody wants to hear from a group again, which lifts
#: nothing here: whoever lifts a suppression says on what ground.
_OTHERS: Final = frozenset({"group_resubscribe", "account_status_change"})
#: Why the address must not be used again.
_SUPPRESS: Final[Mapping[str, SuppressionReason]] = {
    "spamreport": "COMPLAINT",
    "unsubscribe": "OPT_OUT",
    "group_unsubscribe": "OPT_OUT",
}
#: Beginnings of the reasons for which SendGrid drops an e-mail because of its address.
_DROPPED: Final[Mapping[str, SuppressionReason]] = {
    "bounced address": "HARD_BOUNCE",
    "invalid": "HARD_BOUNCE",
    "unsubscribed address": "OPT_OUT",
    "spam reporting address": "COMPLAINT",
}
#: A drop for our own header, which begins like one for the address.
_OUR_HEADER: Final = "invalid smtpapi"
#: Bounces that are about the message or its sender: the address itself is sound.
_NOT_THE_ADDRESS: Final = frozenset({"content", "frequency or volume too high", "reputation", "technical failure"})
#: Where the id of a message ends and that of a server begins. The former may have dots in it.
_SERVER: Final = re.compile(r"\.(?:filter|recvd)")
#: How old an event may be to be believed: SendGrid tries for three days, and repeats itself for one.
_OLDEST: Final = timedelta(days=30)
#: Characters of a text that is kept.
_MAX_TEXT: Final = 300


def read(event: Event, keyring: Keyring) -> Report | Suppress | Ignored | Hopeless:
    """What one event tells; of the address alone where it does not say which send it is about."""
    told = event.content if isinstance(event.content, Mapping) else {}
    name = _text(told, "event").lower()
    if name in _OTHERS:
        return Ignored("not_a_report")
    token = told.get(KEY_ARGUMENT)
    callback = verify(keyring, token, Callback) if isinstance(token, str) else None
    if callback is not None and callback.preview:
        return Ignored("preview")
    if name not in _TELLS:
        known = f"SendGrid reports an event that is not known here: {name[:50]!r}"
        return Ignored("not_ours") if callback is None else Hopeless(known)
    suppress = _suppress(told, name)
    if callback is None:
        return suppress or Ignored("not_ours")
    at = _instant(told.get("timestamp"), event.received_at)
    evidence = tuple(Evidence(_seen(told, what), at, _facts(told, name)) for what in _TELLS[name])
    return Report(Work(callback.kind, callback.work), "EMAIL", _message_id(told), evidence, suppress)


def _message_id(told: Mapping[str, Any]) -> str | None:
    """The id that the answer to the send gave: that of an event goes on with the server that dealt with it."""
    return _SERVER.split(_text(told, "sg_message_id"))[0] or None


def _seen(told: Mapping[str, Any], what: What) -> What:
    """Who opened or clicked: a person, or a machine."""
    if what == "opened" and told.get("sg_machine_open") in (True, "true", "True", 1):
        return "machine_opened"
    if what == "clicked":
        agent = _text(told, "useragent")
        sign = machine_sign(user_agent=agent, method="GET", prefetch=False, channel="EMAIL")
        return what if sign is None else "machine_clicked"
    return what


def _facts(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Why it did not arrive, as far as that is told. A reason that repeats the address is not kept."""
    if "undelivered" not in _TELLS[name]:
        return {}
    reason, address = _text(told, "reason") or _text(told, "response"), _text(told, "email")
    if address:
        reason = reason.replace(address, "…")
    known = {
        "kind": _kind(told, name),
        "code": _text(told, "status"),
        "detail": reason[:_MAX_TEXT],
        "classification": _text(told, "bounce_classification")[:_MAX_TEXT],
    }
    return {member: value for member, value in known.items() if value}


def _kind(told: Mapping[str, Any], name: str) -> str:
    """bounce: for good. blocked: passing, or about the sender. dropped: SendGrid did not even try."""
    if name != "bounce":
        return name
    kind = _text(told, "type").lower()
    if kind in ("bounce", "blocked"):
        return kind
    # RFC 3463: 5 is for good.
    return "bounce" if _text(told, "status").startswith("5") else "blocked"


def _suppress(told: Mapping[str, Any], name: str) -> Suppress | None:
    """The address, where an event says that it must not be used again."""
    reason = _SUPPRESS.get(name)
    if name == "bounce" and _kind(told, name) == "bounce":
        classified = _text(told, "bounce_classification").lower()
        reason = None if classified in _NOT_THE_ADDRESS else "HARD_BOUNCE"
    elif name == "dropped":
        said = _text(told, "reason").lower()
        matching = (why for begin, why in _DROPPED.items() if said.startswith(begin))
        reason = None if said.startswith(_OUR_HEADER) else next(matching, None)
    address = _text(told, "email")
    return Suppress(address, reason) if reason is not None and address else None


def _instant(value: Any, received_at: datetime) -> datetime:
    """When it happened: whole seconds since 1970; what cannot be is taken for when we were told."""
    try:
        seconds = int(value) if isinstance(value, int | str | Decimal) and not isinstance(value, bool) else 0
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError, ArithmeticError):
        return received_at
    return at if received_at - _OLDEST <= at <= received_at else received_at


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else ""
