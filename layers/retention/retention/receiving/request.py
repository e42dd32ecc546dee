"""An HTTP request as the gateway hands it over, with nothing changed that a signature may cover."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

from retention.errors import InputTooLargeError, MalformedInputError

#: Bytes of a body that are looked at. SendGrid sends 768 KB at most; the gateway lets 10 MB pass.
MAX_BODY: Final = 1_048_576


class Request(NamedTuple):
    """One request."""

    method: str
    #: As it came: neither the path nor the query is decoded or put together anew.
    path: str
    query: str
    #: Names in lower case. A header that came twice holds both values, joined by a comma.
    headers: Mapping[str, str]
    body: bytes
    #: Where the connection came from, as the gateway saw it; never what a header says.
    source_ip: str
    #: The gateway's own id.
    id: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """The request in an event of an HTTP API (payload format 2.0).

        Raises:
            InputTooLargeError: its body is larger than is accepted.
            MalformedInputError: its body is not what it is said to be.
        """
        context = event["requestContext"]
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        return cls(
            context["http"]["method"].upper(),
            event["rawPath"],
            event.get("rawQueryString") or "",
            headers,
            _body(event),
            context["http"].get("sourceIp") or "",
            context.get("requestId") or "",
        )

    def header(self, name: str) -> str:
        """A header by its name in any case; "" when it did not come."""
        return self.headers.get(name.lower(), "")

    @property
    def content_type(self) -> str:
        """The kind of the body, without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        if len(text) > MAX_BODY * 4 // 3 + 4:
            raise InputTooLargeError(f"The body is larger than {MAX_BODY:,} bytes.")
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, ValueError):
        raise MalformedInputError.at("", "not_readable", "The body is not what the gateway says it is.") from None
    if len(body) > MAX_BODY:
        raise InputTooLargeError(f"The body is larger than {MAX_BODY:,} bytes.")
    return body
