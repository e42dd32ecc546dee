"""One request to an endpoint, and what came of it."""

import time
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from retention import jsontext
from retention.core import Core
from retention.integrations.providers import allowed_urls
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.postback import filled
from retention.outbound.signing import signed_headers
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.http import Answer, HttpClient

#: Seconds within which a try must be over, from the look-up of the name to the last byte of the answer.
TRY_SECONDS: Final = 15.0
#: Bytes of an answer that are read, and characters of it that are kept.
MOST_READ: Final = 64 * 1024
MOST_KEPT: Final = 500


class Tried(NamedTuple):
    """What came of a request."""

    #: HTTP status; None: there was no answer.
    status: int | None
    #: Milliseconds that it took.
    ms: int
    #: How the body of the answer began.
    answer: str | None
    #: Why it was no success, in a word; None: it was one.
    error: str | None
    #: Seconds after which the endpoint wants to be asked again.
    retry_after: float | None = None


def destinations(core: Core) -> Destinations:
    """Where endpoints may be: any public host, and what the deployment allows besides."""
    return Destinations((), allowed_urls(core.settings), anywhere=True)


def ask(
    http: HttpClient,
    endpoint: WebhookEndpoint,
    identifier: str,
    payload: str,
    secrets: Sequence[str],
    now: datetime,
    seconds: float,
) -> Tried:
    """Send one message to an endpoint. Nothing is repeated here, and no redirect is followed.

    Args:
        seconds: within which all of it must be over.
    """
    url, body, headers = endpoint.url, payload.encode(), [("Content-Type", "application/json")]
    if endpoint.type == "postback":
        url, body, headers = filled(url, jsontext.loads(payload)), b"", []
    headers += signed_headers(identifier, now, body, secrets)
    began = time.monotonic()
    sent = None if endpoint.method == "GET" else body
    reply = http.exchange(endpoint.method or "POST", url, Deadline(seconds), headers=headers, body=sent, most=MOST_READ)
    ms = round((time.monotonic() - began) * 1000)
    if not isinstance(reply, Answer):
        return Tried(None, ms, None, reply.code)
    answer = None if reply.body is None else _beginning(reply.body)
    return Tried(reply.status, ms, answer, _error(reply.status), _retry_after(reply, now))


def _error(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return "redirect" if 300 <= status < 400 else f"status_{status}"


def _beginning(body: bytes) -> str:
    """What a person can read of a body, without what a terminal or a page might act on."""
    text = body[: MOST_KEPT * 4].decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text)[:MOST_KEPT]


def _retry_after(reply: Answer, now: datetime) -> float | None:
    """What the header says, where it has a meaning: seconds, or an HTTP date. Source: RFC 9110, section 10.2.3."""
    text = reply.headers.get("retry-after", "").strip()
    if reply.status not in (429, 503) or not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
