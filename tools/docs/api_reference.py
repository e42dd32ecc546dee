"""docs/reference/api.md: routes, scopes, fields, enums, defaults, errors."""

import inspect
from collections.abc import Iterator
from typing import Any, Final

from api.openapi import document
from api.problem import STATUS, TITLES
from api.reading import ForbiddenError, UnauthenticatedError, UnsupportedMediaTypeError
from api.routes import ALL
from retention.errors import RetentionError
from tools.docs.markdown import GENERATED, Object, limits_of, table, type_of

#: Errors that the entry of the api function answers itself.
_READING: dict[type[RetentionError], int] = {
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    UnsupportedMediaTypeError: 415,
}


def render() -> str:
    """The whole file."""
    described = document()
    parts = [
        GENERATED,
        "# The API\n\n",
        described["info"]["description"],
        "\nThe same as [OpenAPI 3.1](openapi.json); a running service shows it at `/v1/docs`.\n",
        "\n## Routes\n\n",
        _routes(described),
        "\n## Errors\n\n`code` of a problem, and its status.\n\n",
        table(("Code", "Status", "Meaning"), _errors()),
    ]
    for tag in described["tags"]:
        parts.append(f"\n## {tag['name']}\n\n{tag['description']}\n")
        parts += _operations(described, tag["name"])
    parts.append("\n## Schemas\n")
    parts += [_schema(name, schema) for name, schema in sorted(described["components"]["schemas"].items())]
    return "".join(parts)


def _routes(described: Object) -> str:
    rows = [
        (
            f"`{operation.method}`",
            f"`{operation.path}`",
            f"[{operation.summary}](#{operation.id.lower()})" + (" (comes later)" if operation.coming else ""),
            " and ".join(f"`{scope}`" for scope in operation.scopes) or "no key",
        )
        for operation in sorted(ALL, key=lambda one: one.tag)
    ]
    return table(("Method", "Path", "", "Scope"), rows)


def _errors() -> Iterator[tuple[str, str, str]]:
    """Every error that has a code of its own, by status."""
    found: dict[str, tuple[int, str]] = {
        "internal_error": (500, "Something went wrong on our side."),
        "busy": (503, "The table is busy. Try again."),
        "unavailable": (503, "A service we need did not answer. Try again."),
        "method_not_allowed": (405, "The path does not know this method; `Allow` names those that it knows."),
    }
    for kind in _kinds(RetentionError):
        status = _READING.get(kind) or next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)
        if kind is not RetentionError:
            found[kind.code] = (status, (inspect.getdoc(kind) or "").split("\n", 1)[0])
    for code, (status, meaning) in sorted(found.items(), key=lambda entry: (entry[1][0], entry[0])):
        yield f"`{code}`", f"{status} {TITLES[status]}", meaning


#: Where errors are raised that no request is answered with.
_OTHERS: Final = ("webhooks.", "retention.receiving.", "retention.imports.", "retention.moving.archive")


def _kinds(kind: type[RetentionError]) -> Iterator[type[RetentionError]]:
    yield kind
    for narrower in kind.__subclasses__():
        # Those of other functions and of jobs, which may be loaded here as well, are no answers of the API.
        if not narrower.__module__.startswith(_OTHERS):
            yield from _kinds(narrower)


def _operations(described: Object, tag: str) -> Iterator[str]:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if operation["tags"] == [tag]:
                yield _operation(described, method.upper(), path, operation)


def _operation(described: Object, method: str, path: str, operation: Object) -> str:
    parts = [f"\n### {operation['operationId']}\n\n`{method} {path}`: {operation['summary']}.\n"]
    parts.append(f"\n{operation['description']}\n")
    rows = [
        (f"`{one['name']}`", type_of(one["schema"]), limits_of(one["schema"]), one.get("description", ""))
        for one in operation["parameters"]
        if one.get("in") == "query"
    ]
    if rows:
        parts.append("\n" + table(("Query", "Type", "", ""), rows))
    if "requestBody" in operation:
        parts.append(f"\nBody: {_content(operation['requestBody']['content'])}.\n")
    parts.append(f"\nAnswers: {'; '.join(_answers(operation['responses']))}.\n")
    return "".join(parts)


def _answers(responses: Object) -> Iterator[str]:
    for status, answer in responses.items():
        if "$ref" not in answer:
            yield f"{status} {_content(answer.get('content', {}))}".strip()
    yield "problems " + ", ".join(status for status, answer in responses.items() if "$ref" in answer)


def _content(content: Object) -> str:
    shapes: dict[str, None] = {}
    for part in content.values():
        schema: dict[str, Any] = part["schema"]
        items = schema.get("properties", {}).get("data", {}).get("items")
        shapes[f"page of {type_of(items)}" if items else type_of(schema)] = None
    return " or ".join(shapes)


def _schema(name: str, schema: Object) -> str:
    required = schema.get("required", ())
    rows = [
        (
            f"`{field}`" + (" *" if field in required else ""),
            type_of(part),
            limits_of(part),
            part.get("description", ""),
        )
        for field, part in schema.get("properties", {}).items()
    ]
    fields = "\n" + table(("Field (* always there)", "Type", "", ""), rows) if rows else f"\n{type_of(schema)}\n"
    return f"\n### {name}\n\n{schema.get('description', '')}\n{fields}"
