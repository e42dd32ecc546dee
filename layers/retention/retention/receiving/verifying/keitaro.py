"""Keitaro signs nothing: a token in the address, which nobody else knows, and the addresses that it may come from."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, Final

from retention.receiving.request import Request
from retention.receiving.verifying.comparing import one_of

#: Characters of a token: 22 of base 64 are 128 bits.
LEAST: Final = 22


def refusal(tokens: Sequence[str], settings: Mapping[str, Any], token: str, request: Request) -> str | None:
    """Why a postback is not proven to come from the tracker; None when it is."""
    if len(token) < LEAST or not one_of(token, tokens):
        return "wrong_secret"
    allowed = settings.get("allowedIps")
    return "wrong_source" if allowed and not _is_within(request.source_ip, allowed) else None


def _is_within(source: str, allowed: Sequence[str]) -> bool:
    try:
        address = ip_address(source)
        return any(address in ip_network(one, strict=False) for one in allowed)
    except ValueError:
        return False
