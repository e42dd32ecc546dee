"""Answers as tables: every list and every report can be had as CSV. Sources: RFC 4180 (CSV), RFC 8288 (Link).

The columns are the fields of what is listed, nested ones joined by dots; a list, or free data such as `meta`, is JSON
in its one cell: so all pages of a list have the same columns. The next page is in the Link header.

A text that a spreadsheet would take for a formula gets an apostrophe in front. Numbers stay numbers.
Source: OWASP, CSV Injection.
"""

import csv
import io
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel

from api.answer import Answer, plain
from api.operation import Operation
from retention import jsontext
from retention.table.listing import Page

CSV: Final = "text/csv"
#: What makes a spreadsheet take a text for a formula, or strip it down to one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
#: By this a spreadsheet knows UTF-8; a program would take it for part of the first column's name.
_BYTE_ORDER_MARK: Final = "\ufeff"

Path = tuple[str, ...]


def as_csv(operation: Operation, outcome: Any, answer: Answer, asked: str | None, path: str, query: str) -> Answer:
    """An answer as CSV.

    Args:
        outcome: what the handler returned, its position a cursor by now.
        answer: the same as JSON, whose headers are kept.
        asked: the `format` parameter. Who gives it wants a file, to be opened by a person; a program says what it
            accepts.
        path: what was asked for.
        query: its query string.
    """
    columns = columns_of(row_model(operation))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([".".join(column) for column in columns])
    for row in _rows(outcome):
        shown = plain(row)
        writer.writerow([_cell(_at(shown, column)) for column in columns])
    headers = {**answer.headers, "Content-Type": f"{CSV}; charset=utf-8; header=present"}
    headers.pop("ETag", None)
    if isinstance(outcome, Page) and outcome.position is not None:
        headers["Link"] = f'<{path}?{_next(query, outcome.position)}>; rel="next"'
    text = out.getvalue()
    if asked is not None:
        name = path.rsplit("/", 1)[-1]
        headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        text = _BYTE_ORDER_MARK + text
    return Answer(answer.status, text, headers)


def wanted(asked: str | None, accept: str) -> bool:
    """Whether CSV is preferred to JSON. The parameter `format` has the last word. Source: RFC 9110, section 12.5.1."""
    if asked is not None:
        return asked == "csv"
    weights: dict[str, float] = {}
    for one in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in one.split(";"))
        weights[media_type] = next((_weight(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
    return weights.get(CSV, 0.0) > 0 and weights[CSV] >= weights.get("application/json", 0.0)


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def row_model(operation: Operation) -> type[BaseModel]:
    """The contract of a row: of a list, what is listed; of a report, its `data`, else the whole of it."""
    model = operation.answers[200]
    assert model is not None
    data = None if operation.is_list else model.model_fields.get("data")
    options = () if data is None else _models(data.annotation)
    return options[0] if options else model


@cache
def columns_of(model: type[BaseModel]) -> tuple[Path, ...]:
    """The paths of a contract's fields by their public names, in the order in which an answer has them."""
    paths: list[Path] = []
    for name, info in model.model_fields.items():
        if info.exclude:
            continue
        public = info.alias or name
        nested = () if _is_many(info.annotation) else _models(info.annotation)
        inner = [path for option in nested for path in columns_of(option)]
        paths += [(public, *path) for path in inner] or [(public,)]
    ends = ("createdAt", "updatedAt")
    first = [path for path in paths if path == ("id",)]
    last = [path for end in ends for path in paths if path == (end,)]
    between = [path for path in paths if path not in first and path not in last]
    return tuple(dict.fromkeys([*first, *between, *last]))


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The contracts that a type is made of: itself, one or several options, or what a list holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models(get_args(annotation)[0])
    if origin in (Union, types.UnionType, list):
        return tuple(model for option in get_args(annotation) for model in _models(option))
    return ()


def _is_many(annotation: Any) -> bool:
    """Whether a value of this type is, or may be, a list."""
    origin = get_origin(annotation)
    if origin in (Annotated, Union, types.UnionType):
        return any(_is_many(option) for option in get_args(annotation))
    return origin is list or annotation is list


def _rows(outcome: Any) -> Sequence[Any]:
    rows = getattr(outcome, "data", None)
    return rows if isinstance(rows, list) else [outcome]


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


def _next(query: str, cursor: str) -> str:
    kept: Iterator[tuple[str, str]] = (pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "cursor")
    return urlencode([*kept, ("cursor", cursor)])
