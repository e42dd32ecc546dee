"""A form tool: the form's secret as it is, or a signature made with it as Standard Webhooks describes.

Source: standard-webhooks.com, specification, sections on symmetric signatures and on verifying.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from retention.clock import Clock
from retention.receiving.request import Request
from retention.receiving.verifying.comparing import in_window, instant, one_of, signing_keys

#: Five minutes: the specification's own suggestion; each delivery is signed anew.
WINDOW: Final = 300.0
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
#: Signatures of one header that are looked at.
_MOST: Final = 10


def refusal(secrets: Sequence[str], request: Request, query: Mapping[str, str], clock: Clock) -> str | None:
    """Why a request is not proven to come from whoever knows the form's secret; None when it is."""
    if request.header(SIGNATURE):
        return _unsigned(secrets, request, clock)
    scheme, _, token = request.header("authorization").strip().partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    given = [text for text in (bearer, request.header("x-webhook-secret"), query.get("token", "")) if text]
    if not given:
        return "no_proof"
    return None if sum(one_of(text, secrets) for text in given) else "wrong_secret"


def _unsigned(secrets: Sequence[str], request: Request, clock: Clock) -> str | None:
    identifier, timestamp = request.header(ID), request.header(TIMESTAMP)
    if not identifier or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 10):
        return "bad_timestamp"
    at = instant(int(timestamp))
    if at is None or not in_window(at, clock, WINDOW):
        return "too_old_or_too_new"
    signed = f"{identifier}.{timestamp}.".encode() + request.body
    expected = [
        "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        for secret in secrets
        for key in signing_keys(secret)
    ]
    given = request.header(SIGNATURE).split()[:_MOST]
    return None if sum(one_of(text, expected) for text in given) else "wrong_signature"
