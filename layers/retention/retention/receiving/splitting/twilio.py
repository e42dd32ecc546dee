"""Twilio's reports and messages: one event a request, from a form or from JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving import form
from retention.receiving.event import Event
from retention.receiving.request import Request
from retention.receiving.splitting.texts import as_text


def pairs_of(request: Request) -> tuple[list[tuple[str, str]], bool]:
    """The parameters of a request, and whether they came as a form.

    Raises:
        MalformedInputError: it is neither a form nor a JSON object.
    """
    if request.content_type != "application/json":
        return form.pairs(request.body), True
    body = jsontext.loads_strict(request.body)
    if not isinstance(body, dict):
        raise MalformedInputError.at("", "not_an_object", "The body must be an object.")
    return [(name, _flat(value)) for name, value in body.items() if value is not None], False


def _flat(value: Any) -> str:
    text = as_text(value)
    return text if text is not None else "" if value == "" else jsontext.dumps(value)


def report(pairs: Sequence[tuple[str, str]], callback: str | None, now: datetime) -> Event:
    """What became of a message that we sent.

    Args:
        callback: what we gave along with it.
    """
    params = dict(pairs)
    content = {"callback": callback, "params": params}
    return Event("twilio-status", f"{params['MessageSid']}:{params['MessageStatus']}", content, now)


def message(pairs: Sequence[tuple[str, str]], now: datetime) -> Event:
    """A message that came to one of our numbers."""
    params = dict(pairs)
    return Event("twilio-inbound", params["MessageSid"], {"params": params}, now)
