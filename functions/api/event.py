"""A request as the gateway hands it over (payload format 2.0)."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self


class HttpEvent(NamedTuple):
    """One request, not yet read."""

    method: str
    #: Decoded by the gateway.
    path: str
    #: As it came.
    query: str
    #: Names in lower case.
    headers: Mapping[str, str]
    #: Text, or base64 of what is none.
    body: str
    is_base64: bool
    #: What the authorizer found; nothing when it was not asked.
    found: Mapping[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """The request in an event of the gateway."""
        context = event["requestContext"]
        return cls(
            context["http"]["method"].upper(),
            event["rawPath"],
            event.get("rawQueryString") or "",
            {name.lower(): value for name, value in (event.get("headers") or {}).items()},
            event.get("body") or "",
            bool(event.get("isBase64Encoded")),
            (context.get("authorizer") or {}).get("lambda") or {},
        )
