"""SendGrid's events: what each says besides whom and what it concerns.

Source: SendGrid, "Event Webhook Reference"; the classifications are those of its Bounces API.
"""

from collections.abc import Mapping
from typing import Any, Final

_AGENT: Final = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
#: What mailboxes that open by themselves say that they are. Source: SendGrid, "Apple Mail Privacy Protection".
_MACHINE: Final = "Mozilla/5.0"
_PERSON: Final = {"useragent": _AGENT, "ip": "198.51.100.7"}
#: The group of unsubscribes that an e-mail may name.
_GROUP: Final = 1
_BOUNCE: Final = ("550 5.1.1 unknown recipient", "5.1.1", "Invalid Address")
_BLOCK: Final = ("421 4.7.0 try again later, the reputation of this IP is low", "4.7.0", "Reputation")

_DETAILS: Final[Mapping[str, Mapping[str, Any]]] = {
    "processed": {},
    "delivered": {"response": "250 OK", "ip": "198.51.100.25", "tls": 1},
    "open": {**_PERSON, "sg_machine_open": False, "sg_content_type": "html"},
    "machine_open": {"useragent": _MACHINE, "ip": "198.51.100.8", "sg_machine_open": True, "sg_content_type": "html"},
    "click": {**_PERSON, "url": "https://example.com/", "url_offset": {"index": 0, "type": "html"}},
    "spamreport": {},
    "unsubscribe": {},
    "group_unsubscribe": {**_PERSON, "asm_group_id": _GROUP, "url": "https://example.com/asm/unsubscribe"},
    "group_resubscribe": {**_PERSON, "asm_group_id": _GROUP, "url": "https://example.com/asm/resubscribe"},
}
#: Events whose name on the wire is another's.
_NAMES: Final = {"machine_open": "open", "delayed_bounce": "bounce", "blocked": "bounce"}

#: Stages before each event that does not simply follow the acceptance.
AFTER_DELIVERY: Final = frozenset(_DETAILS) - {"processed", "delivered"} | {"delayed_bounce"}


def told(stage: str, code: str | None) -> dict[str, Any]:
    """What an event says of a stage; `code` is the reason that was asked for."""
    name = _NAMES.get(stage, stage)
    if name == "bounce":
        reason, status, classification = _BLOCK if stage == "blocked" else _BOUNCE
        kind = "blocked" if stage == "blocked" else "bounce"
        details = {"type": kind, "status": status, "bounce_classification": classification, "ip": "198.51.100.25"}
        return {"event": name, "reason": code or reason, **details}
    if stage == "dropped":
        return {"event": name, "reason": code or "Bounced Address", "status": "5.0.0"}
    if stage == "deferred":
        return {"event": name, "response": code or "400 try again later", "attempt": "1"}
    return {"event": name, **_DETAILS.get(stage, {})}
