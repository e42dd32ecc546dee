"""A place in a list, handed to a client and taken back: opaque, signed, and good for one list only.

The signature covers the list's route, its filters and the caller's key, so that a cursor cannot be altered, nor used
with other filters, nor by somebody else.
"""

import base64
import binascii
import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from retention.errors import MalformedInputError

#: How long a cursor is good for.
LIFETIME: Final = timedelta(hours=24)
#: Bytes of HMAC-SHA-256 that are kept: 128 bits.
_SIGNATURE: Final = 16


def issue(secret: bytes, position: str, *, bound_to: str, now: datetime) -> str:
    """Make the cursor for a position in the list that `bound_to` describes."""
    body = f"{int((now + LIFETIME).timestamp())}|{position}".encode()
    return base64.urlsafe_b64encode(_sign(secret, body, bound_to) + body).decode().rstrip("=")


def read(secret: bytes, cursor: str, *, bound_to: str, now: datetime) -> str:
    """Take the position out of a cursor.

    Raises:
        MalformedInputError: altered, expired, or made for another list or caller.
    """
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        body = data[_SIGNATURE:]
        good = hmac.compare_digest(data[:_SIGNATURE], _sign(secret, body, bound_to))
        canonical = base64.urlsafe_b64encode(data).decode().rstrip("=") == cursor
        expires, position = body.decode().split("|", 1) if good and canonical else ("0", "")
    except (binascii.Error, ValueError):
        expires, position = "0", ""
    if int(expires) <= now.timestamp():
        raise MalformedInputError.at(
            "/query/cursor", "bad_cursor", "This cursor is not from this list, was changed, or has expired."
        )
    return position


def _sign(secret: bytes, body: bytes, bound_to: str) -> bytes:
    context = bound_to.encode()
    return hmac.digest(secret, len(context).to_bytes(4) + context + body, sha256)[:_SIGNATURE]
