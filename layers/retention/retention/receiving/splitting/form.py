"""What a form tool posts: any JSON, or a form. A list of objects is a batch, and each of them an event."""

import hashlib
from datetime import datetime
from typing import Any

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving import form
from retention.receiving.event import Event
from retention.receiving.request import Request


def events(request: Request, slug: str, now: datetime) -> list[Event]:
    """What a request tells, by the form that it came to.

    Raises:
        MalformedInputError: it is neither JSON nor a form.
    """
    payload = _payload(request)
    name = f"{slug}:{_told_id(request) or hashlib.sha256(request.body).hexdigest()}"
    if isinstance(payload, list) and payload and all(isinstance(one, dict) for one in payload):
        return [_event(slug, f"{name}:{at}", one, request, now) for at, one in enumerate(payload)]
    return [_event(slug, name, payload, request, now)]


def _event(slug: str, name: str, payload: Any, request: Request, now: datetime) -> Event:
    content = {"slug": slug, "payload": payload, "contentType": request.content_type or "application/json"}
    return Event("form", name, content, now)


def _told_id(request: Request) -> str:
    """The id by which whoever posts names this delivery, the same when it is repeated."""
    return request.header("webhook-id") or request.header("idempotency-key")


def _payload(request: Request) -> Any:
    if request.content_type != "application/x-www-form-urlencoded":
        if not request.body.strip():
            raise MalformedInputError.at("", "empty", "The body must hold JSON or a form.")
        return jsontext.loads_strict(request.body)
    values: dict[str, Any] = {}
    for name, value in form.pairs(request.body):
        if name not in values:
            values[name] = value
        else:
            earlier = values[name]
            values[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    return values
