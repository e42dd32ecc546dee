"""Markdown tables and types in words."""

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]

#: First lines of every generated file.
GENERATED = "<!-- Made by `make docs` from the code. Change the code, not this file. -->\n\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; line ends inside cells become spaces."""
    heads = list(heads)
    lines = [_row(heads), _row("---" for _ in heads), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def type_of(schema: Object) -> str:
    """A schema's type in a few words, linked where it has a name."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(type_of(option) for option in schema[word])
    kinds = schema.get("type", "any value")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds:
        return f"list of {type_of(schema.get('items', {}))}" + (" or null" if "null" in kinds else "")
    return " or ".join(schema.get("format", kind) if kind == "string" else kind for kind in kinds)


def limits_of(schema: Object) -> str:
    """What a value may be, in words: the values of an enum, the range, the length, the default."""
    said = []
    schema = {**schema.get("items", {}), **schema}  # What a list holds is limited, too.
    if "enum" in schema:
        said.append(" ".join(f"`{value}`" for value in schema["enum"] if value is not None))
    if "minimum" in schema and "maximum" in schema:
        said.append(f"{schema['minimum']} to {schema['maximum']:,}")
    elif "minimum" in schema:
        said.append(f"{schema['minimum']} or more")
    if "maxLength" in schema:
        said.append(f"{schema.get('minLength', 0)} to {schema['maxLength']:,} characters")
    if "maxItems" in schema:
        said.append(f"{schema.get('minItems', 0)} to {schema['maxItems']:,} items")
    if "default" in schema:
        default = schema["default"]
        said.append(f"default `{str(default).lower() if isinstance(default, bool) else default}`")
    return ", ".join(said)
