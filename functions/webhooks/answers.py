"""Answers of the door, and problems (RFC 9457) for whoever is refused."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.errors import FieldError, InvalidInputError, RetentionError

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
#: Short names of the statuses that are answered here.
_TITLES: Final = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Answer(NamedTuple):
    """What a caller is told."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = {}

    def as_json(self) -> dict[str, Any]:
        """As the gateway takes it (payload format 2.0)."""
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **self.headers}
        return {"statusCode": self.status, "headers": headers, "body": self.body, "isBase64Encoded": False}


def text(status: int, body: str, content_type: str = TEXT) -> Answer:
    """A short text."""
    return Answer(status, body, {"Content-Type": content_type})


def json(status: int, value: Any) -> Answer:
    """A value."""
    return Answer(status, jsontext.dumps(value), {"Content-Type": JSON})


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: tuple[FieldError, ...] = (),
) -> Answer:
    """What went wrong; `code` is for programs, `detail` for people. It names no path, since paths here hold secrets."""
    body: dict[str, Any] = {
        "type": f"urn:retention-center:problem:{code}",
        "title": _TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in errors]
    return Answer(status, jsontext.dumps(body), {"Content-Type": "application/problem+json", **(headers or {})})


def from_error(status: int, error: RetentionError) -> Answer:
    """The problem for an error."""
    errors = error.errors if isinstance(error, InvalidInputError) else ()
    again = {"Retry-After": "5"} if status == 503 else None
    return problem(status, error.code, str(error), headers=again, errors=errors)
