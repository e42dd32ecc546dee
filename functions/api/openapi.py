"""The OpenAPI 3.1 document: what the declared operations take and answer, derived from the code that serves them.

Built when it is first asked for; nothing else imports this module, so that no other request pays for it.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from api import shapes
from api.conventions import INTRODUCTION, TAGS, VERSION
from api.operation import BULK_LIMIT, Operation
from api.problem import PROBLEM, TITLES
from api.routes import ALL
from api.schemas import Schemas, properties_of, without_null
from retention.entity import Entity

JSON: Final = "application/json"
CSV: Final = "text/csv"
MERGE_PATCH: Final = "application/merge-patch+json"
Object = dict[str, Any]


@lru_cache(maxsize=1)
def document() -> Object:
    """The OpenAPI document of this process. Treat it as read-only."""
    return build(ALL)


def build(operations: Sequence[Operation]) -> Object:
    """The OpenAPI document of these operations, in a stable order."""
    schemas = Schemas(
        [operation.body for operation in operations if operation.body is not None],
        [model for operation in operations for model in answers_of(operation).values() if model is not None],
    )
    paths: dict[str, Object] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    statuses = sorted({status for operation in operations for status in problems_of(operation)})
    tags = sorted({operation.tag for operation in operations})
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Retention Center",
            "version": VERSION,
            "summary": "A serverless retention engine in your own AWS account.",
            "description": INTRODUCTION,
        },
        "servers": [{"url": "/", "description": "The host that serves this document"}],
        "tags": [{"name": tag, "description": TAGS.get(tag, "")} for tag in tags],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of your issuer"}
            },
            "parameters": dict(shapes.PARAMETERS),
            "headers": {name: {"schema": {"type": "string"}, **header} for name, header in shapes.HEADERS.items()},
            "responses": {str(status): _problem(status) for status in statuses},
            "schemas": {**_used(schemas.components, paths), **shapes.SCHEMAS},
        },
    }


def _used(components: Mapping[str, Object], paths: Object) -> Object:
    """The components that the paths lead to; a contract that is only ever patched is none of them itself."""
    used: set[str] = set()
    todo = set(_names_in(paths))
    while todo:
        used |= todo
        todo = {name for one in todo if one in components for name in _names_in(components[one])} - used
    return {name: schema for name, schema in sorted(components.items()) if name in used}


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str) and "/schemas/" in reference:
            yield reference.rsplit("/", 1)[-1]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _names_in(part)


def answers_of(operation: Operation) -> Mapping[int, type[BaseModel] | None]:
    """The successes that an operation may answer in this version."""
    return {} if operation.coming else operation.answers


def problems_of(operation: Operation) -> list[int]:
    """The statuses of the problems that an operation may answer."""
    writes = operation.method != "GET"
    applies = {
        400: True,
        401: bool(operation.scopes),
        403: bool(operation.scopes),
        404: "{" in operation.path,
        409: writes,
        412: operation.takes_if_match,
        413: True,
        415: operation.body is not None,
        422: writes,
        429: True,
        500: True,
        501: operation.coming,
        503: True,
    }
    return [status for status, applied in applies.items() if applied]


def _operation(operation: Operation, schemas: Schemas) -> Object:
    described = " ".join(inspect.cleandoc(operation.description).split("\n"))
    scopes = " and ".join(f"`{scope}`" for scope in operation.scopes)
    needed = f"Scope: {scopes}." if scopes else "No key is needed."
    result: Object = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{described}\n\n{needed}".strip(),
        "security": [{"key": []}] if scopes else [],
        "parameters": _parameters(operation),
    }
    if operation.body is not None:
        result["requestBody"] = _body(operation, schemas)
    answers = {str(status): _answer(operation, status, schemas) for status in answers_of(operation)}
    problems = {str(status): {"$ref": f"#/components/responses/{status}"} for status in problems_of(operation)}
    result["responses"] = dict(sorted((answers | problems).items()))
    return result


def _parameters(operation: Operation) -> list[Object]:
    parts = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters: list[Object] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": shapes.PATH_SCHEMAS.get(name, {"type": "string", "minLength": 1}),
        }
        for name in parts
    ]
    for name, schema in properties_of(operation.query).items():
        required = schema.pop("x-required")
        parameter = {"name": name, "in": "query", "required": required, "schema": without_null(schema)}
        if "description" in parameter["schema"]:
            parameter["description"] = parameter["schema"].pop("description")
        parameters.append(parameter)
    if operation.has_csv:
        parameters.append({"$ref": "#/components/parameters/Format"})
    if operation.takes_if_match:
        parameters.append({"$ref": "#/components/parameters/IfMatch"})
    if operation.method != "GET":
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    return parameters


def _body(operation: Operation, schemas: Schemas) -> Object:
    assert operation.body is not None
    if operation.patch:
        schema = schemas.patch_of(operation.body)
        return {"required": True, "content": {MERGE_PATCH: {"schema": schema}, JSON: {"schema": schema}}}
    body: Object = {
        "required": not _may_be_empty(operation.body),
        "content": {JSON: {"schema": schemas.of(operation.body, "validation")}},
    }
    if operation.body_limit == BULK_LIMIT:
        body["description"] = "At most 1 MB."
    return body


def _may_be_empty(contract: type[BaseModel]) -> bool:
    try:
        contract.model_validate({})
    except ValidationError:
        return False
    return True


def _answer(operation: Operation, status: int, schemas: Schemas) -> Object:
    model = operation.answers[status]
    headers: Object = {}
    if model is not None and issubclass(model, Entity) and not operation.is_list and status in (200, 201):
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    if status == 201 or (status == 202 and model is not None and issubclass(model, Entity)):
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    if operation.has_csv and operation.is_list:
        headers["Link"] = {"$ref": "#/components/headers/NextPage"}
    if operation.followed:
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    if operation.method != "GET":
        headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/Idempotency-Replayed"}
    answer: Object = {"description": _SENDING if operation.sends and status == 202 else _MEANING.get(status, "Done")}
    if headers:
        answer["headers"] = headers
    if model is not None:
        media_type = getattr(model, "media_type", JSON)
        schema = schemas.of(model, "serialization")
        answer["content"] = {media_type: {"schema": _page_of(schema) if operation.is_list else schema}}
        if operation.has_csv:
            answer["content"][CSV] = {"schema": {"type": "string"}}
    return answer


#: What 202 means for what is sent.
_SENDING: Final = "Accepted: it goes out as soon as the contact rules allow"
#: What a success means.
_MEANING: Final = {
    200: "Done",
    201: "Created",
    202: "Accepted: gone for readers, and a job removes what hangs on it",
    204: "Done, and there is nothing to show",
}


def _page_of(item: Object) -> Object:
    return {
        "type": "object",
        "required": ["data", "nextCursor"],
        "properties": {
            "data": {"type": "array", "items": item, "maxItems": 100},
            "nextCursor": {"type": ["string", "null"], "description": "For the next page; null on the last"},
        },
        "additionalProperties": False,
    }


def _problem(status: int) -> Object:
    content: Object = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if status in shapes.GATEWAY:
        content[JSON] = {"schema": {"$ref": "#/components/schemas/GatewayMessage"}}
    answer: Object = {"description": f"{TITLES[status]}: {shapes.WHY[status]}", "content": content}
    header = {401: "WWW-Authenticate", 503: "Retry-After"}.get(status)
    if header is not None:
        answer["headers"] = {header: {"$ref": f"#/components/headers/{header}"}}
    return answer
