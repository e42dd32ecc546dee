"""Answers as tables: every list and every report can be had as CSV. Sources: RFC 4180 (CSV), RFC 8288 (Link).

What columns and cells are is said in retention/sheet. All pages of a list have the same columns; the next page is in
the Link header.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel

from api.answer import Answer
from api.operation import Operation
from retention.sheet import BYTE_ORDER_MARK, columns_of, heading, models_of, row_of
from retention.shown import plain
from retention.table.listing import Page

CSV: Final = "text/csv"


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
    rows = [heading(columns), *(row_of(columns, plain(row)) for row in _rows(outcome))]
    headers = {**answer.headers, "Content-Type": f"{CSV}; charset=utf-8; header=present"}
    headers.pop("ETag", None)
    if isinstance(outcome, Page) and outcome.position is not None:
        headers["Link"] = f'<{path}?{_next(query, outcome.position)}>; rel="next"'
    text = "".join(rows)
    if asked is not None:
        name = path.rsplit("/", 1)[-1]
        headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        text = BYTE_ORDER_MARK + text
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
    options = () if data is None else models_of(data.annotation)
    return options[0] if options else model


def _rows(outcome: Any) -> Sequence[Any]:
    rows = getattr(outcome, "data", None)
    return rows if isinstance(rows, list) else [outcome]


def _next(query: str, cursor: str) -> str:
    kept: Iterator[tuple[str, str]] = (pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "cursor")
    return urlencode([*kept, ("cursor", cursor)])
