"""Example requests for the documentation, made from the schemas: plausible values, nothing random."""

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

#: An id as this service makes them.
AN_ID: Final = "01khrjc1jsk2z0w8v6yq4n3m5t"
#: What a text is in an example, by the end of the name of its field; the first that fits.
_TEXTS: Final[tuple[tuple[str, str], ...]] = (
    ("firstName", "Ada"),
    ("lastName", "Lovelace"),
    ("Id", AN_ID),
    ("Ids", AN_ID),
    ("id", AN_ID),
    ("name", "Spring outreach"),
    ("subject", "Hello, {{ firstName }}"),
    ("html", "<p>Hello, {{ firstName }}</p>"),
    ("content", "Hello, {{ firstName }}"),
    ("variantA", AN_ID),
    ("variantB", "01khrjc1jtb7d9f2g4h6j8k0mn"),
    ("address", "ada@example.com"),
    ("provider", "twilio"),
    ("metric", "demo_booked"),
    ("value", "yes"),
    ("source", "keitaro"),
    ("reason", "asked by phone"),
    ("scopes", "leads:read"),
)
_FORMATS: Final = {"date-time": "2026-02-18T14:30:00.000Z", "email": "ada@example.com", "phone": "+15551234567"}


def curl(method: str, path: str, operation: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    """A curl line that carries out an operation."""
    url = path
    for parameter in operation["parameters"]:
        if parameter.get("in") == "path":
            text = "twilio" if parameter["name"] == "provider" else AN_ID
            url = url.replace(f"{{{parameter['name']}}}", text)
    wanted = [
        f"{parameter['name']}={value_of(parameter['schema'], components, parameter['name'])}"
        for parameter in operation["parameters"]
        if parameter.get("in") == "query" and parameter["required"]
    ]
    address = f'"$URL{url}{"?" + "&".join(wanted) if wanted else ""}"'
    lines = ["curl " + ("" if method in ("GET", "POST") else f"-X {method} ") + address]
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $KEY"')
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        media_type, body = next(iter(content.items()))
        example = value_of(body["schema"], components, "")
        lines += [f"-H 'Content-Type: {media_type}'", "-d " + shlex.quote(json.dumps(example, ensure_ascii=False))]
    elif method == "POST":
        lines[0] = f"curl -X POST {address}"
    return " \\\n  ".join(lines)


def value_of(schema: Mapping[str, Any], components: Mapping[str, Any], name: str) -> Any:
    """A value that a schema allows."""
    if "$ref" in schema:
        return value_of(components[schema["$ref"].rsplit("/", 1)[-1]], components, name)
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema and "properties" not in schema:
            return value_of(schema[word][0], components, name)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, components)
    if kind == "array":
        return [value_of(schema.get("items", {}), components, name)]
    if kind in ("integer", "number"):
        return schema.get("default") or max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return not schema.get("default", False)
    return _FORMATS.get(schema.get("format", "")) or _text(name)


def _object(schema: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    # Of several ways to fill it in, the first.
    choices: list[Mapping[str, Any]] = [*schema.get("oneOf", ()), {}]
    needed = [*schema.get("required", ()), *choices[0].get("required", ())]
    shown = [name for name in properties if name in needed]
    shown += [name for name, part in properties.items() if part.get("format") in ("email", "phone")]
    names = dict.fromkeys(shown or list(properties)[:1])
    return {name: value_of(properties[name], components, name) for name in names}


def _text(name: str) -> str:
    return next((text for end, text in _TEXTS if name.endswith(end)), "text")
