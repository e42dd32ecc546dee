"""SendGrid's signature: ECDSA on P-256 with SHA-256, over a time and the body as it came, to the last line break.

A signature has a second form that also verifies, so nothing is recognised by it: events are, by their ids.
Source: sendgrid-python, helpers/eventwebhook; SendGrid, "Getting started with the event webhook security features".
"""

import base64
import binascii
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retention.clock import Clock
from retention.receiving.request import Request
from retention.receiving.verifying.comparing import in_window, instant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
#: SendGrid repeats itself for 24 hours; whether it signs anew is not documented.
WINDOW: Final = 25 * 3600.0
#: Seconds since 1970, from 2001 to 2286. Anything else would move the border between time and body.
_SECONDS: Final = re.compile("[0-9]{10}")
#: A signature of two numbers of 256 bits, in base 64 of its DER form: 72 bytes at most.
_MOST: Final = 100


def refusal(keys: Sequence[str], request: Request, clock: Clock) -> str | None:
    """Why a request is not proven to come from SendGrid; None when it is.

    Args:
        keys: the live public keys, as SendGrid shows them: base 64 of their DER form.
    """
    signature, timestamp = request.header(SIGNATURE), request.header(TIMESTAMP)
    if not signature or not timestamp:
        return "no_signature"
    if not _SECONDS.fullmatch(timestamp):
        return "bad_timestamp"
    at = instant(int(timestamp))
    if at is None or not in_window(at, clock, WINDOW):
        return "too_old_or_too_new"
    return None if is_signed(keys, signature, timestamp, request.body) else "wrong_signature"


def is_signed(keys: Sequence[str], signature: str, timestamp: str, body: bytes) -> bool:
    """Whether one of the keys signed this, whenever that was."""
    try:
        given = base64.b64decode(signature, validate=True) if len(signature) <= _MOST else b""
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(given).decode() != signature:  # Spare bits at its end would make others of it.
        return False
    return sum(_verifies(key, given, timestamp.encode() + body) for key in keys) > 0


def _verifies(key: str, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    public = _public_key(key)
    if public is None:
        return False
    try:
        public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=8)
def _public_key(text: str) -> "EllipticCurvePublicKey | None":
    """The key; None when it is no key of this kind, with which nobody can prove himself."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode(text))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None
