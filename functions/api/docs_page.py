"""The documentation as one HTML page, made from the OpenAPI document. It loads nothing from anywhere."""

import base64
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from api import examples, openapi

_HERE: Final = Path(__file__).parent
Object = Mapping[str, Any]


@lru_cache(maxsize=1)
def page() -> tuple[str, str]:
    """The page, and the Content-Security-Policy under which it works: only its own style and script."""
    style = (_HERE / "docs_page.css").read_text(encoding="utf-8")
    script = (_HERE / "docs_page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return render(openapi.document(), style, script), policy


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def render(document: Object, style: str, script: str) -> str:
    """The page of an OpenAPI document."""
    info, tags = document["info"], document["tags"]
    schemas = document["components"]["schemas"]
    places = "".join(f'<li><a href="#{tag["name"]}">{escape(tag["name"])}</a></li>' for tag in tags)
    groups = "".join(_group(document, tag) for tag in tags)
    shapes = "".join(_shape(name, schema) for name, schema in sorted(schemas.items()))
    title, version = escape(info["title"]), escape(info["version"])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} API</title>
<style>{style}</style>
</head>
<body>
<header><b>{title}</b><span>API {version}</span>
<input type="search" placeholder="Search ( / )" aria-label="Search operations and schemas" autocomplete="off"></header>
<div class="frame">
<nav aria-label="Contents"><ul><li><a href="#start">Introduction</a></li></ul><ul>{places}</ul>
<ul><li><a href="#problems">Problems</a></li><li><a href="#schemas">Schemas</a></li>
<li><a href="openapi.json">openapi.json</a></li></ul></nav>
<main>
<h1 id="start">{title} API</h1>
{_prose(info["description"])}
{_start()}
{groups}
{_problems(document["components"])}
<section><h2 id="schemas">Schemas</h2>{shapes}</section>
</main>
</div>
<script>{script}</script>
</body>
</html>
"""


def _start() -> str:
    lines = 'export URL=https://...  KEY=rk_...\ncurl "$URL/v1/leads?limit=3" \\\n  -H "Authorization: Bearer $KEY"'
    return f"<h4>Begin</h4><pre><code>{escape(lines)}</code></pre>"


def _prose(text: str) -> str:
    """Paragraphs of Markdown."""
    return "\n".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.strip().split("\n\n"))


def _inline(text: str) -> str:
    """Bold and code of Markdown; nothing else of it is used."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"[*]{2}([^*]+)[*]{2}", r"<b>\1</b>", marked)


def _group(document: Object, tag: Object) -> str:
    cards = [
        _card(document, method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == [tag["name"]]
    ]
    name = escape(tag["name"])
    return f'<section><h2 id="{name}">{name}</h2>{_prose(tag["description"])}{"".join(cards)}</section>'


def _card(document: Object, method: str, path: str, operation: Object) -> str:
    components = document["components"]
    found = escape(f"{method} {path} {operation['summary']} {operation['tags'][0]}".lower())
    later = "" if _successes(operation) else ' <span class="later">not in this version</span>'
    call = examples.curl(method, path, operation, components["schemas"])
    parameters = [
        components["parameters"][parameter["$ref"].rsplit("/", 1)[-1]] if "$ref" in parameter else parameter
        for parameter in operation["parameters"]
    ]
    parts = [
        _prose(operation["description"]),
        _parameters(parameters),
        _body(operation.get("requestBody"), components["schemas"]),
        f"<h4>Example</h4><pre><code>{escape(call)}</code></pre>",
        _answers(operation["responses"]),
    ]
    return (
        f'<details id="{escape(operation["operationId"])}" data-find="{found}"><summary>'
        f'<span class="method {method}">{method}</span><span class="path">{escape(path)}</span>{later}'
        f'<span class="what">{escape(operation["summary"])}</span></summary>'
        f'<div class="inside">{"".join(parts)}</div></details>'
    )


def _successes(operation: Object) -> list[str]:
    return [status for status in operation["responses"] if status.startswith("2")]


def _parameters(parameters: Iterable[Object]) -> str:
    rows = [
        (
            f"<code>{escape(one['name'])}</code>{_needed(one.get('required', False))}",
            escape(one["in"]),
            _type(one["schema"]),
            _told(one.get("description", ""), one["schema"]),
        )
        for one in parameters
    ]
    return f"<h4>Parameters</h4>{_table(('Name', 'In', 'Type', ''), rows)}" if rows else ""


def _body(body: Object | None, schemas: Object) -> str:
    if body is None:
        return ""
    schema = next(iter(body["content"].values()))["schema"]
    types = " or ".join(f"<code>{escape(one)}</code>" for one in body["content"])
    shape = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    note = "" if body["required"] else ", may be left out"
    limit = f" {escape(body['description'])}" if "description" in body else ""
    return f"<h4>Body</h4><p>{types}{note}. {_type(schema)}.{limit}</p>{_fields(shape)}"


def _answers(responses: Object) -> str:
    """What may come back: successes one by one, problems by their statuses alone."""
    rows, problems = [], []
    for status, answer in responses.items():
        if "$ref" in answer:
            problems.append(f'<a href="#problem-{status}"><code>{status}</code></a>')
            continue
        shapes = " or ".join(_type(content["schema"]) for content in answer.get("content", {}).values())
        headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer.get("headers", {}))
        rows.append((f"<code>{status}</code>", shapes, _inline(answer["description"]), headers))
    table = _table(("Status", "Body", "", "Headers"), rows) if rows else ""
    return f"<h4>Answers</h4>{table}<p>Problems: {' '.join(problems)}</p>"


def _problems(components: Object) -> str:
    """The statuses of problems, explained once for all operations."""
    rows = []
    for status, answer in components["responses"].items():
        shapes = " or ".join(_type(content["schema"]) for content in answer["content"].values())
        headers = "".join(f"<small>with <code>{escape(name)}</code></small>" for name in answer.get("headers", {}))
        rows.append((f'<code id="problem-{status}">{status}</code>', shapes, _inline(answer["description"]) + headers))
    return f'<section><h2 id="problems">Problems</h2>{_table(("Status", "Body", ""), rows)}</section>'


def _shape(name: str, schema: Object) -> str:
    found = escape(f"{name} {' '.join(schema.get('properties', ()))}".lower())
    return (
        f'<details id="{escape(name)}" data-find="{found}"><summary><span class="path">{escape(name)}</span>'
        f'<span class="what">{_inline(schema.get("description", ""))}</span></summary>'
        f'<div class="inside">{_fields(schema)}</div></details>'
    )


def _fields(schema: Object) -> str:
    required = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(name)}</code>{_needed(name in required)}",
            _type(part),
            _told(part.get("description", ""), part),
        )
        for name, part in schema.get("properties", {}).items()
    ]
    return _table(("Field", "Type", ""), rows) if rows else f"<p>{_type(schema)}</p>"


def _needed(required: bool) -> str:
    return ' <span class="need">required</span>' if required else ""


def _type(schema: Object) -> str:
    """A schema's type in a few words, with a link where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(_type(option) for option in schema[word])
    kinds = schema.get("type", "any value")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "data" in schema.get("properties", {}) and "nextCursor" in schema["properties"]:
        return f"page of {_type(schema['properties']['data']['items'])}"
    if "array" in kinds:
        return f"list of {_type(schema.get('items', {}))}" + (" or null" if "null" in kinds else "")
    return escape(" or ".join(schema.get("format", kind) if kind == "string" else kind for kind in kinds))


def _told(description: str, schema: Object) -> str:
    """What is said of a field, and its limits below."""
    limits = []
    schema = {**schema.get("items", {}), **schema}  # What a list holds is limited, too.
    if "enum" in schema:
        limits.append(" ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"] if value is not None))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        limits.append(f"{'' if low is None else low} to {high:,}" if high is not None else f"{low} or more")
    if "maxLength" in schema:
        limits.append(f"{schema.get('minLength', 0)} to {schema['maxLength']:,} characters")
    if "default" in schema:
        limits.append(f"default <code>{escape(str(_plain(schema['default'])))}</code>")
    return _inline(description) + (f"<small>{', '.join(limits)}</small>" if limits else "")


def _plain(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
