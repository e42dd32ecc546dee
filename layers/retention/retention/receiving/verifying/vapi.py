"""VAPI's three ways: a signature (HMAC), a bearer token, or the secret itself in a header.

A signature is made of a time and the body, in a form that whoever set VAPI's credential up chose: header, hash, what is
signed. Without one, either of the others is taken, unless the integration insists on a way.
Source: VapiAI/docs, HMACAuthenticationPlan and server-authentication.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

from retention.clock import Clock
from retention.receiving.request import Request
from retention.receiving.verifying.comparing import in_window, instant, one_of, signing_keys

#: VAPI repeats itself ten times, as we ask it to (providers/vapi_call): 5 seconds, doubled each time, below two hours.
WINDOW: Final = 4 * 3600.0
SIGNATURE: Final = "x-signature"
TIMESTAMP: Final = "x-timestamp"
SECRET: Final = "x-vapi-secret"
#: Hashes by VAPI's names.
_ALGORITHMS: Final = frozenset({"sha256", "sha512", "sha1"})
#: Digits of a time, in seconds or milliseconds: neither is documented.
_DIGITS: Final = range(9, 15)


def refusal(
    secrets: Sequence[str], settings: Mapping[str, Any], request: Request, clock: Clock, url: str = ""
) -> str | None:
    """Why a request is not proven to come from VAPI; None when it is.

    Args:
        secrets: the live secrets.
        settings: how VAPI was told to prove itself; what is left out is VAPI's default.
        url: the address that VAPI called, for what is signed together with it.
    """
    header = settings.get("webhookSignatureHeader") or SIGNATURE
    way = settings.get("webhookAuth")
    if way == "hmac" or (way is None and request.header(header)):
        return _unsigned(secrets, settings, request, clock, url)
    ways = {"bearer": _bearer(request), "secret": request.header(SECRET)}
    given = [text for name, text in ways.items() if text and way in (None, name)]
    if not given:
        return "no_proof"
    return None if sum(one_of(text, secrets) for text in given) else "wrong_secret"


def _bearer(request: Request) -> str:
    """The token of an Authorization header; its prefix is VAPI's option."""
    given = request.header("authorization").strip()
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else given


def _unsigned(
    secrets: Sequence[str], settings: Mapping[str, Any], request: Request, clock: Clock, url: str
) -> str | None:
    given = request.header(settings.get("webhookSignatureHeader") or SIGNATURE)
    form = settings.get("webhookPayloadFormat") or "{timestamp}.{body}"
    algorithm = settings.get("webhookAlgorithm") or "sha256"
    prefix = settings.get("webhookSignaturePrefix") or ""
    timestamp = request.header(settings.get("webhookTimestampHeader") or TIMESTAMP)
    if not given:
        return "no_signature"
    if algorithm not in _ALGORITHMS or "{body}" not in form or not given.startswith(prefix):
        return "unknown_form"
    if "{timestamp}" in form and (why := _untimely(timestamp, clock)) is not None:
        return why
    signed = _payload(form, timestamp, request, url)
    digests = [hmac.digest(key, signed, algorithm) for secret in secrets for key in signing_keys(secret)]
    is_hex = (settings.get("webhookEncoding") or "hex") == "hex"
    expected = [digest.hex() if is_hex else base64.b64encode(digest).decode() for digest in digests]
    return None if one_of(given.removeprefix(prefix), expected) else "wrong_signature"


def _untimely(timestamp: str, clock: Clock) -> str | None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) in _DIGITS):
        return "bad_timestamp"
    at = instant(int(timestamp))
    return None if at is not None and in_window(at, clock, WINDOW) else "too_old_or_too_new"


def _payload(form: str, timestamp: str, request: Request, url: str) -> bytes:
    """What is signed. The body is put in last, so that nothing in it is taken for a placeholder."""
    # By Svix's name or by that of Standard Webhooks; whichever it is, it is signed.
    identifier = request.header("svix-id") or request.header("webhook-id")
    known = {"{timestamp}": timestamp, "{method}": request.method, "{url}": url, "{svix-id}": identifier}
    before, _, after = form.partition("{body}")
    for placeholder, value in known.items():
        before, after = before.replace(placeholder, value), after.replace(placeholder, value)
    return before.encode() + request.body + after.encode()
