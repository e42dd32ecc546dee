"""What VAPI says of a call, in the shapes of its published schemas (ServerMessage..., Call), filled in here."""

from datetime import datetime, timedelta
from typing import Any

from retention.jsontext import format_instant
from retention.receiving.event import Event
from retention.receiving.splitting.vapi import event_of
from tests.retention.reports.sends import Sent
from tests.start import START

CALL_ID = "019a9046-121e-766d-bd1f-84f3ccc309c1"
NUMBER = "+12025550101"
TALK = "AI: Hello Ada, this is Otto.\nUser: Hello. Tell me more.\nAI: Gladly."


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def call_object(key: str | None, *, status: str = "ended", ref: str = CALL_ID, **more: Any) -> dict[str, Any]:
    """The member `call` of a message."""
    return {
        "id": ref,
        "orgId": "org-1",
        "type": "outboundPhoneCall",
        "createdAt": format_instant(START),
        "updatedAt": format_instant(START + timedelta(seconds=190)),
        "status": status,
        "customer": {"number": NUMBER, "externalId": "name"},
        "name": "name",
        "assistantOverrides": {} if key is None else {"variableValues": {}, "metadata": {"x": key}},
        **more,
    }


def status(key: str | None, told: str, *, after: float = 2, **more: Any) -> dict[str, Any]:
    """A status-update."""
    at = millis(START + timedelta(seconds=after))
    return {
        "type": "status-update",
        "status": told,
        "timestamp": at,
        "call": call_object(key, status=told),
        **more,
    }


def report(key: str | None, reason: str = "customer-ended-call", **more: Any) -> dict[str, Any]:
    """An end-of-call-report of a call that began 5 seconds and ended 190 seconds after the start."""
    return {
        "type": "end-of-call-report",
        "endedReason": reason,
        "timestamp": millis(START + timedelta(seconds=195)),
        "startedAt": format_instant(START + timedelta(seconds=5)),
        "endedAt": format_instant(START + timedelta(seconds=190)),
        "cost": 0.2741,
        "call": call_object(key),
        "artifact": {
            "transcript": TALK,
            "messages": [],
            "recording": {"mono": {"combinedUrl": "https://storage.vapi.example/mono.wav"}},
            "presignedMonoUrl": "https://storage.vapi.example/mono.wav?sig=1",
        },
        "analysis": {"summary": "Ada wants to hear more.", "successEvaluation": "true"},
        **more,
    }


def silent(key: str | None, reason: str, **more: Any) -> dict[str, Any]:
    """An end-of-call-report of a call that nobody took."""
    made = report(key, reason, artifact={"transcript": "", "messages": []}, analysis={}, cost=0.0031, **more)
    del made["startedAt"]
    return made


def event(message: dict[str, Any], *, after: float = 200) -> Event:
    """A message as it comes from the queue."""
    found = event_of(message, START + timedelta(seconds=after))
    assert found is not None
    return found


def about(made: Sent, message: dict[str, Any]) -> Event:
    """A message as it comes from the queue, about this call."""
    customer = {"number": made.to}
    return event({**message, "call": {**message["call"], "id": made.ref, "customer": customer}})
