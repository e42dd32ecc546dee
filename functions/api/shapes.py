"""Parts of the OpenAPI document that no contract declares: problems, headers, parameters."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from retention.integrations.providers import Provider

Object = dict[str, Any]

#: Statuses that the gateway may answer itself, with a body of its own.
GATEWAY: Final = frozenset({401, 403, 404, 413, 429, 500, 503})
#: When a problem is answered, beyond its title.
WHY: Final = {
    400: "The request cannot be read: malformed JSON, an unknown or malformed parameter, a bad cursor.",
    401: "There is no acceptable key.",
    403: "The key lacks the scope.",
    404: "There is no such resource.",
    409: "The present state does not allow this, there is one already, or others are changing it right now.",
    412: "The resource is no longer in the state that `If-Match` names; nothing was written.",
    413: "The body is larger than the operation takes.",
    415: "The body is not JSON by its `Content-Type`.",
    422: "The request was read, but a field is unacceptable. `errors` names it.",
    429: "Wait a moment.",
    500: "Something went wrong on our side.",
    501: "Not available in this version.",
    503: "A service we need is busy or away. Try again.",
}
#: Shapes that every answer may take; the resources' own come from their contracts.
SCHEMAS: Final[Mapping[str, Object]] = {
    "Problem": {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "Names the kind of problem"},
            "title": {"type": "string", "description": "Short name of the status"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status"},
            "detail": {"type": "string", "description": "What went wrong this time, for people"},
            "instance": {"type": "string", "description": "The path that was asked for"},
            "code": {"type": "string", "description": "What went wrong, for programs"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemField"}},
            "existingId": {"type": "string", "description": "The resource that is there already"},
        },
    },
    "ProblemField": {
        "type": "object",
        "description": "What is wrong with one field.",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) to the field"},
            "code": {"type": "string", "description": "What is wrong, for programs"},
            "detail": {"type": "string", "description": "What is wrong, for people"},
        },
    },
    "GatewayMessage": {
        "type": "object",
        "description": "An answer of the gateway in front of the service.",
        "required": ["message"],
        "properties": {"message": {"type": ["string", "null"]}},
    },
}
HEADERS: Final[Mapping[str, Object]] = {
    "ETag": {"description": "Names this state; send it back as If-Match", "required": True},
    "Location": {"description": "Path of the resource", "required": True},
    "Link": {
        "description": 'The job that follows the change through: `</v1/jobs/{id}>; rel="monitor"`. '
        "Absent where nothing was changed"
    },
    "NextPage": {"description": 'With CSV, the next page: `<path>; rel="next"`. Absent on the last'},
    "Idempotency-Replayed": {
        "description": "`true` when this is the answer to an earlier request with the same Idempotency-Key",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "WWW-Authenticate": {"description": "How to authenticate"},
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}
PARAMETERS: Final[Mapping[str, Object]] = {
    "Format": {
        "name": "format",
        "in": "query",
        "required": False,
        "description": "`csv`: a table, as a file. Without it, what `Accept` prefers",
        "schema": {"type": "string", "enum": ["json", "csv"]},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the state that is to be changed; 412 when it is no longer the present one",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A name of your choice for this request: repeats take effect once",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    },
}
#: Path parameters that are more than an id.
PATH_SCHEMAS: Final[Mapping[str, Object]] = {"provider": {"type": "string", "enum": list(get_args(Provider))}}
