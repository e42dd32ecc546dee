"""VAPI's messages: two kinds are events; some need an answer at once; the rest needs none and tells us nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving.event import Event

#: The kinds that say what became of a call.
_TOLD: Final = ("status-update", "end-of-call-report")
_NOT_HERE: Final = "This is not available here."


def message_in(body: bytes) -> dict[str, Any]:
    """The message of a body.

    Raises:
        MalformedInputError: there is none.
    """
    # Its texts are cut by a language that counts halves of characters.
    outer = jsontext.loads_strict(body, mend=True)
    message = outer.get("message") if isinstance(outer, dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise MalformedInputError.at("/message", "no_message", "The body must hold a message with a type.")
    return message


def event_of(message: Mapping[str, Any], now: datetime) -> Event | None:
    """The event that a message is; None for the kinds that say nothing of a call's fate.

    Raises:
        MalformedInputError: it does not say of which call.
    """
    kind = message["type"]
    if kind not in _TOLD:
        return None
    call = message.get("call")
    identifier = call.get("id") if isinstance(call, dict) else None
    if not isinstance(identifier, str) or not 0 < len(identifier) <= 200:
        raise MalformedInputError.at("/message/call/id", "no_call", "The message must name its call.")
    status = message.get("status")
    # The body of a copy differs: addresses in it are signed anew for each delivery.
    name = f"{identifier}:{kind}:{status if isinstance(status, str) else ''}"
    return Event("vapi", name, dict(message), now)


def answer_to(message: Mapping[str, Any]) -> dict[str, Any]:
    """What VAPI wants to hear: most messages need no answer, and we decide nothing in a call."""
    match message["type"]:
        case "assistant-request" | "transfer-destination-request" | "handoff-destination-request":
            return {"error": _NOT_HERE}
        case "tool-calls":
            return {"results": [{"toolCallId": call, "error": _NOT_HERE} for call in _tool_calls(message)]}
        case "function-call":
            return {"result": _NOT_HERE}
        case "campaign.predial":
            # Calls of VAPI's own campaigns pass none of our gates: who asks us before dialling is told not to.
            return {"eligible": False}
        case _:
            return {}


def _tool_calls(message: Mapping[str, Any]) -> list[str]:
    listed = message.get("toolCallList")
    calls = listed if isinstance(listed, list) else []
    return [str(call["id"]) for call in calls if isinstance(call, dict) and "id" in call]
