"""What a caller may be allowed to do: the closed list of scopes."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Scope = Literal[
    "leads:read",
    "leads:write",
    "campaigns:read",
    "campaigns:write",
    "scripts:read",
    "scripts:write",
    "attempts:read",
    "attempts:write",
    "integrations:read",
    "integrations:write",
    "sequences:read",
    "sequences:write",
    "enrollments:read",
    "enrollments:write",
    "executions:read",
    "executions:write",
    "conversions:read",
    "conversions:write",
    "conversion-rules:read",
    "conversion-rules:write",
    "ab-tests:read",
    "ab-tests:write",
    "suppressions:read",
    "suppressions:write",
    "jobs:read",
    "jobs:write",
    "reports:read",
    "imports:read",
    "imports:write",
    "exports:read",
    "exports:write",
    "admin",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
#: Includes every other scope, and alone allows making and revoking keys.
ADMIN: Final[Scope] = "admin"


def known(words: Iterable[object]) -> tuple[Scope, ...]:
    """The scopes among some words, each once, in the order of the list. Other words are left out."""
    given = {word for word in words if isinstance(word, str)}
    return tuple(scope for scope in SCOPES if scope in given)
