"""Meta's signature: HMAC-SHA-256 over the body as it came, and the time that each entry carries within it.

The older header, with SHA-1, is never accepted. Source: Meta, "Getting started with webhooks".
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

from retention.clock import Clock
from retention.receiving.request import Request
from retention.receiving.verifying.comparing import in_window, instant, one_of

SIGNATURE: Final = "x-hub-signature-256"
#: Meta repeats itself for 36 hours.
WINDOW: Final = 48 * 3600.0
_PREFIX: Final = "sha256="


def refusal(secrets: Sequence[str], request: Request) -> str | None:
    """Why a notice is not proven to come from Meta; None when it is. Its age is looked at by `is_fresh`."""
    given = request.header(SIGNATURE)
    if not given:
        return "no_signature"
    expected = [_PREFIX + hmac.digest(secret.encode(), request.body, "sha256").hex() for secret in secrets]
    return None if one_of(given, expected) else "wrong_signature"


def subscription_refusal(tokens: Sequence[str], query: Mapping[str, str]) -> str | None:
    """Why whoever subscribes is not proven to be Meta; None when it is."""
    if query.get("hub.mode") != "subscribe" or not query.get("hub.challenge"):
        return "no_subscription"
    return None if one_of(query.get("hub.verify_token", ""), tokens) else "wrong_secret"


def is_fresh(entry: Mapping[str, Any], clock: Clock) -> bool:
    """Whether an entry of a signed notice says that it is recent."""
    time = entry.get("time")
    at = instant(time) if isinstance(time, int) and not isinstance(time, bool) and time >= 0 else None
    return at is not None and in_window(at, clock, WINDOW)
