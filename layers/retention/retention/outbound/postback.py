"""Postbacks: a conversion told to a tracker by asking for an address that is filled in.

Source: Keitaro's documentation of postbacks: `subid` and `status` are needed, `payout`, `currency` and `tid` are known.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from retention import jsontext

#: What a macro stands for: a member of the data of a conversion, or of the event itself.
MACROS: Final[Mapping[str, str]] = {
    "subid": "subId",
    "clickid": "clickId",
    "externalid": "externalId",
    "status": "status",
    "state": "status",
    "originalstatus": "originalStatus",
    "payout": "revenue",
    "currency": "currency",
    "tid": "tid",
    "leadId": "leadId",
    "conversionId": "conversionId",
    "campaignId": "campaignId",
    "contactAttemptId": "contactAttemptId",
    "channel": "channel",
    "source": "source",
    "event": "type",
    "timestamp": "timestamp",
}
#: What trackers call the states of a conversion. `{state}` is our own word.
_STATUS: Final[Mapping[str, str]] = {"lead": "lead", "qualified": "lead", "customer": "sale", "churn": "rejected"}
_MACRO: Final = re.compile(r"{([^{}]*)}")


def unknown_macros(template: str) -> list[str]:
    """Whatever stands in braces and is no macro, each once."""
    return sorted({name for name in _MACRO.findall(template) if name not in MACROS})


def filled(template: str, event: Mapping[str, Any]) -> str:
    """The address for an event: values percent-encoded, a missing one empty.

    Args:
        event: type, timestamp and data, as in a payload.
    """
    values = {**event.get("data", {}), "type": event.get("type"), "timestamp": event.get("timestamp")}

    def value_of(found: re.Match[str]) -> str:
        value = values.get(MACROS[found[1]])
        if found[1] == "status":
            value = _STATUS.get(str(value), value)
        return quote(_text(value), safe="")

    return _MACRO.sub(value_of, template)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps(value)
