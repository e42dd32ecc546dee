"""Reading requests: the caller, the query, the body, and what they must look like."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import BaseModel

from api.event import HttpEvent
from api.operation import BULK_LIMIT, Caller, Operation
from retention import jsontext, validation
from retention.errors import FieldError, InputTooLargeError, InvalidInputError, MalformedInputError, RetentionError

#: The parameter that says in which format an answer is wanted, where there are several.
FORMAT: Final = "format"
FORMATS: Final = ("json", "csv")


class UnsupportedMediaTypeError(RetentionError):
    """The body must be JSON: send it with Content-Type: application/json."""

    code = "unsupported_media_type"


class UnauthenticatedError(RetentionError):
    """A valid API key is needed: Authorization: Bearer rk_<id>_<secret>."""

    code = "unauthenticated"


class ForbiddenError(RetentionError):
    """This key may not do that."""

    code = "forbidden"


def caller_of(event: HttpEvent) -> Caller:
    """Who asks, as the authorizer found.

    Raises:
        UnauthenticatedError: the authorizer did not accept the credentials, and says why.
    """
    found = event.found
    if found.get("failure") or not found.get("keyId"):
        raise UnauthenticatedError(found.get("failure"))
    return Caller(str(found["keyId"]), frozenset(str(found.get("scopes", "")).split()))


def noted_use_of(event: HttpEvent) -> str | None:
    """When this use of a key is to be noted: the use that was noted last. The authorizer knows, but may not write."""
    return event.found.get("noted")


def require_scopes(caller: Caller, operation: Operation) -> None:
    """Refuse a caller that lacks a scope of a route.

    Raises:
        ForbiddenError
    """
    for scope in operation.scopes:
        if not caller.may(scope):
            raise ForbiddenError(f"This needs the scope {scope}.")


def query_of(event: HttpEvent, operation: Operation) -> BaseModel:
    """The query parameters of a request.

    Raises:
        MalformedInputError: unknown, given twice, or not of the form that is expected.
    """
    values: dict[str, str] = {}
    for name, value in parse_qsl(event.query, keep_blank_values=True):
        if name in values:
            raise MalformedInputError.at(f"/query/{name}", "duplicate_parameter", "This parameter is given twice.")
        values[name] = value
    if operation.has_csv:
        values.pop(FORMAT, None)
    try:
        return validation.parse(operation.query, values, prefix="/query")
    except InvalidInputError as error:
        raise MalformedInputError(
            *(
                FieldError(entry.pointer, "unknown_parameter", "This parameter is not known here.")
                if entry.code == "unknown_field"
                else entry
                for entry in error.errors
            )
        ) from None


def format_of(event: HttpEvent, operation: Operation) -> str | None:
    """The format that a request names, where its answer may have several; None where it names none.

    Raises:
        MalformedInputError: there is no such format.
    """
    given = dict(parse_qsl(event.query, keep_blank_values=True)).get(FORMAT)
    if given is None or not operation.has_csv:
        return None
    if given not in FORMATS:
        detail = f"This must be one of: {', '.join(FORMATS)}."
        raise MalformedInputError.at(f"/query/{FORMAT}", "not_allowed", detail)
    return given


def body_of(event: HttpEvent, operation: Operation) -> Any:
    """The body of a request as its contract, or as the JSON it is for a merge patch.

    Raises:
        InputTooLargeError, UnsupportedMediaTypeError, MalformedInputError, InvalidInputError
    """
    raw = raw_body(event)
    if len(raw) > operation.body_limit:
        limit = "1 MB" if operation.body_limit == BULK_LIMIT else "256 KB"
        raise InputTooLargeError(f"The body is larger than {limit}.")
    if operation.body is None:
        return None
    content_type = event.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if content_type not in ("application/json", "application/merge-patch+json"):
        raise UnsupportedMediaTypeError
    if not raw and not operation.patch and not any(info.is_required() for info in operation.body.model_fields.values()):
        return validation.parse(operation.body, {})
    if not raw:
        raise MalformedInputError.at("", "missing_body", "A JSON body is expected.")
    data = jsontext.loads_strict(raw)
    return data if operation.patch else validation.parse(operation.body, data)


def raw_body(event: HttpEvent) -> bytes:
    """The bytes of the body.

    Raises:
        MalformedInputError: a body that the gateway passed on as base64 is none.
    """
    if not event.body:
        return b""
    if event.is_base64:
        try:
            return base64.b64decode(event.body, validate=True)
        except binascii.Error:
            raise MalformedInputError.at("", "not_base64", "The body is not what its encoding says.") from None
    return event.body.encode("utf-8", "surrogatepass")


def if_match_of(event: HttpEvent) -> str | None:
    """The revision that If-Match insists on; None when there is no such header, or any state will do."""
    header = (event.headers.get("if-match") or "").strip()
    if not header or header == "*":
        return None
    # Anything but one strong tag (a weak one, several) matches no state of ours: stale.
    return header[1:-1] if len(header) >= 2 and header[0] == header[-1] == '"' else header
