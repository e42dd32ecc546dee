"""Errors as problem details (RFC 9457): the one place that knows which error is which status."""

from collections.abc import Mapping
from typing import Any, Final

from api.answer import Answer
from retention import errors, jsontext
from retention.moving.storage import StorageError

PROBLEM: Final = "application/problem+json"

#: The status of each error; a subclass has its parent's unless it stands here itself.
STATUS: Final[Mapping[type[errors.RetentionError], int]] = {
    errors.RetentionError: 500,
    errors.MalformedInputError: 400,
    errors.InvalidInputError: 422,
    errors.InputTooLargeError: 413,
    errors.NotFoundError: 404,
    errors.AlreadyExistsError: 409,
    errors.ConflictError: 409,
    errors.StaleError: 412,
    errors.IdempotencyMismatchError: 422,
    errors.NotAvailableError: 501,
    errors.SecretStoreError: 503,
    StorageError: 503,
    errors.NotFilledInError: 422,
}

#: Short names of statuses, the `title` of a problem.
TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def problem(
    status: int, code: str, detail: str, instance: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Answer:
    """An answer that says what went wrong; `code` is for programs, `detail` for people."""
    body = {
        "type": f"urn:retention-center:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        **more,
    }
    return Answer(status, jsontext.dumps(body), {"Content-Type": PROBLEM, **(headers or {})})


def from_error(error: errors.RetentionError, instance: str) -> Answer:
    """The problem for an error of the business."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    more: dict[str, Any] = {}
    if isinstance(error, errors.InvalidInputError):
        more["errors"] = [
            {"pointer": entry.pointer, "code": entry.code, "detail": entry.detail} for entry in error.errors
        ]
    if isinstance(error, errors.AlreadyExistsError) and error.existing_id:
        more["existingId"] = error.existing_id
    return problem(status, error.code, str(error), instance, **more)
