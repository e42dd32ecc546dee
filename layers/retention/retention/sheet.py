"""Things as rows of a table: what its columns are, and how a cell is written. Source: RFC 4180 (CSV).

The columns are the fields of what is listed, nested ones joined by dots; a list, or free data such as `meta`, is JSON
in its one cell: so any number of rows have the same columns.

A text that a spreadsheet would take for a formula gets an apostrophe in front. Numbers stay numbers.
Source: OWASP, CSV Injection.
"""

import csv
import io
import types
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from retention import jsontext

#: What makes a spreadsheet take a text for a formula, or strip it down to one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
#: By this a spreadsheet knows UTF-8; a program would take it for part of the first column's name.
BYTE_ORDER_MARK: Final = "\ufeff"

#: The names that lead to a value, from outside in.
Path = tuple[str, ...]


def heading(columns: Sequence[Path]) -> str:
    """The first line of a table, with its end."""
    return _line(".".join(column) for column in columns)


def row_of(columns: Sequence[Path], shown: Any) -> str:
    """The line of one thing, with its end.

    Args:
        shown: the thing as JSON shows it (retention/shown).
    """
    return _line(_cell(_at(shown, column)) for column in columns)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


@cache
def columns_of(model: type[BaseModel]) -> tuple[Path, ...]:
    """The paths of a contract's fields by their public names, in the order in which an answer has them."""
    paths: list[Path] = []
    for name, info in model.model_fields.items():
        if info.exclude:
            continue
        public = info.alias or name
        nested = () if _is_many(info.annotation) else models_of(info.annotation)
        inner = [path for option in nested for path in columns_of(option)]
        paths += [(public, *path) for path in inner] or [(public,)]
    ends = ("createdAt", "updatedAt")
    first = [path for path in paths if path == ("id",)]
    last = [path for end in ends for path in paths if path == (end,)]
    between = [path for path in paths if path not in first and path not in last]
    return tuple(dict.fromkeys([*first, *between, *last]))


def models_of(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The contracts that a type is made of: itself, one or several options, or what a list holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    origin = get_origin(annotation)
    if origin is Annotated:
        return models_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType, list):
        return tuple(model for option in get_args(annotation) for model in models_of(option))
    return ()


def _is_many(annotation: Any) -> bool:
    """Whether a value of this type is, or may be, a list."""
    origin = get_origin(annotation)
    if origin in (Annotated, Union, types.UnionType):
        return any(_is_many(option) for option in get_args(annotation))
    return origin is list or annotation is list


def _at(shown: Any, path: Path) -> Any:
    for name in path:
        if not isinstance(shown, Mapping):
            return None
        shown = shown.get(name)
    return shown


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return jsontext.format_decimal(value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return jsontext.format_instant(value)
    text = value if isinstance(value, str) else jsontext.dumps(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
