"""Is a request one that the provider takes, by its own published description? What is wrong with it, if anything.

Stricter than the descriptions: what they do not know is not taken. Providers ignore misspelt fields without a word.
"""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPECS: Final = Path(__file__).parent / "specs"
FILES: Final = {
    "twilio": ("twilio",),
    "sendgrid": ("sendgrid", "sendgrid_records", "sendgrid_erasure"),
    "vapi": ("vapi",),
}
FORM: Final = "application/x-www-form-urlencoded"
#: How each provider wants to be told who asks.
CREDENTIALS: Final = {"twilio": "Basic", "sendgrid": "Bearer", "vapi": "Bearer"}

_formats: Final = FormatChecker(formats=())


@_formats.checks("uri", raises=ValueError)
def _is_uri(text: object) -> bool:
    parts = urlsplit(str(text))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in str(text)


@_formats.checks("email")
def _is_email(text: object) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(text)) is not None


@_formats.checks("date-time", raises=ValueError)
def _is_instant(text: object) -> bool:
    return datetime.fromisoformat(str(text)).tzinfo is not None


def violations(provider: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[str]:
    """What is wrong with a request.

    Args:
        path: with its query.
        headers: by whatever case of their names.
    """
    named = {name.lower(): value for name, value in headers.items()}
    address, _, query = path.partition("?")
    for file in FILES[provider]:
        for template, operations in document(file)["paths"].items():
            found = _match(template, address)
            operation = operations.get(method.lower())
            if found is not None and operation is not None:
                return [
                    *_credentials(provider, named),
                    *_parameters(file, operation, found, query),
                    *_body(file, operation, named, body),
                ]
    return [f"{provider} has no {method} {address}"]


@cache
def document(file: str) -> Any:
    """A description, strict and in the words of today's JSON Schema."""
    return _strict(json.loads((SPECS / f"{file}.json").read_text(encoding="utf-8")))


def _strict(part: Any) -> Any:
    if isinstance(part, list):
        return [_strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    strict = {name: _strict(value) for name, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        strict.setdefault("additionalProperties", False)
    if part.get("nullable") is True and isinstance(part.get("type"), str):
        strict["type"] = [part["type"], "null"]
    return strict


@cache
def _registry(file: str) -> Registry[Any]:
    resource = Resource.from_contents(document(file), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:spec", resource)
    return registry


def _invalid(file: str, where: str, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """What a schema has against a value. References are resolved within the file."""
    validator = Draft202012Validator(_absolute(schema), registry=_registry(file), format_checker=_formats)
    for error in validator.iter_errors(value):
        yield f"{where}/{'/'.join(map(str, error.absolute_path))}: {error.message}"


def _absolute(part: Any) -> Any:
    if isinstance(part, list):
        return [_absolute(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: f"urn:spec{value}" if name == "$ref" and str(value).startswith("#") else _absolute(value)
        for name, value in part.items()
    }


def _match(template: str, address: str) -> dict[str, str] | None:
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, address)
    return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def _credentials(provider: str, headers: Mapping[str, str]) -> Iterator[str]:
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme != CREDENTIALS[provider] or not secret:
        yield f"authorization: {CREDENTIALS[provider]} is expected"
    elif scheme == "Basic":
        try:
            name, colon, token = b64decode(secret, validate=True).decode().partition(":")
        except (Base64Error, ValueError):
            name = colon = token = ""
        if not (name and colon and token):
            yield "authorization: a name and a token are expected"


def _parameters(file: str, operation: Mapping[str, Any], found: Mapping[str, str], query: str) -> Iterator[str]:
    described = [_resolved(file, one) for one in operation.get("parameters", [])]
    known = {(one["in"], one["name"]): one for one in described}
    given = {("path", name): value for name, value in found.items()}
    for name, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        if ("query", name) in given:
            yield f"query: {name} is there twice"
        given[("query", name)] = value
    for place, value in given.items():
        if place not in known:
            yield f"{place[0]}: {place[1]} is not known"
        else:
            schema = known[place]["schema"]
            yield from _invalid(file, f"{place[0]}:{place[1]}", schema, _typed(schema, value))
    for place, one in known.items():
        if one.get("required") and place not in given:
            yield f"{place[0]}: {place[1]} is missing"


def _resolved(file: str, part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found = document(file)
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _body(file: str, operation: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    wanted = operation.get("requestBody")
    if wanted is None:
        if body:
            yield "body: none is expected"
        return
    media = _resolved(file, wanted)["content"]
    said = headers.get("content-type", "").partition(";")[0]
    if said not in media:
        yield f"content-type: {said or 'nothing'} is not one of {', '.join(media)}"
        return
    schema = _resolved(file, media[said]["schema"])
    if said == FORM:
        yield from _form(file, schema, body)
        return
    try:
        value = json.loads(body)
    except ValueError:
        yield "body: it is no JSON"
        return
    yield from _invalid(file, "body", schema, value)


def _form(file: str, schema: Mapping[str, Any], body: bytes) -> Iterator[str]:
    fields: dict[str, Any] = {}
    properties = schema["properties"]
    for name, text in parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True):
        wanted = _resolved(file, properties.get(name, {}))
        if wanted.get("type") == "array":
            fields.setdefault(name, []).append(text)
        elif name in fields:
            yield f"body: {name} is there twice"
        else:
            fields[name] = _typed(wanted, text)
    yield from _invalid(file, "body", schema, fields)


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    """What a text of a form or a query stands for."""
    kind = schema.get("type")
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
