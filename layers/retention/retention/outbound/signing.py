"""Signs what is sent to a team, so that it can tell it from what anybody else sends.

Source: Standard Webhooks, "Verifying webhook authenticity": symmetric signatures `v1`, secrets as `whsec_` and base 64.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"


def new_secret(random: bytes) -> str:
    """A secret as receivers get it, made of 24 to 64 random bytes."""
    return PREFIX + base64.b64encode(random).decode()


def signed_headers(identifier: str, at: datetime, body: bytes, secrets: Iterable[str]) -> list[tuple[str, str]]:
    """The three headers of a message.

    Args:
        at: the instant of this try.
        secrets: each gives a signature; a receiver needs one of them only, so secrets can be changed over time.
    """
    seconds = str(int(at.timestamp()))
    signed = b".".join((identifier.encode(), seconds.encode(), body))
    signatures = " ".join(_signature(secret, signed) for secret in secrets)
    return [("webhook-id", identifier), ("webhook-timestamp", seconds), ("webhook-signature", signatures)]


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()
