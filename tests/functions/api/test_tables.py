"""Lists and reports as CSV."""

import csv
import io
from typing import Any

import pytest

from api.operation import Operation
from api.routes import ALL
from api.sheet import row_model, wanted
from retention.bootstrap import Application
from retention.sheet import columns_of
from retention.shown import plain
from tests import factories
from tests.api_client import ApiClient, Reply

TABLES = [operation for operation in ALL if operation.has_csv]


def table(reply: Reply) -> list[dict[str, str]]:
    """The rows of an answer by the names of their columns, as a strict reader finds them."""
    assert reply.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(reply.text, newline=""), strict=True))


def test_every_list_is_one() -> None:
    assert {operation.id for operation in ALL if operation.is_list} <= {operation.id for operation in TABLES}
    reports = [operation for operation in ALL if operation.tag == "reports" and operation.method == "GET"]
    assert {operation.id for operation in reports} <= {operation.id for operation in TABLES}


@pytest.mark.parametrize("operation", TABLES, ids=lambda operation: operation.id)
def test_columns_are_named_after_the_fields(operation: Operation) -> None:
    columns = columns_of(row_model(operation))

    assert len(columns) == len(set(columns))
    public = {info.alias or name for name, info in row_model(operation).model_fields.items() if not info.exclude}
    assert {column[0] for column in columns} == public


def test_a_row_says_what_its_item_says(api: ApiClient) -> None:
    given = {"firstName": 'Ada "Countess", of\nLovelace', "lastName": "Ünal", "email": "ada@example.com"}
    made = api.post("/v1/leads", {**given, "meta": {"plan": "gold", "seats": 1.50}}).json

    (row,) = table(api.get("/v1/leads", accept="text/csv"))

    assert row["id"] == made["id"]
    assert (row["firstName"], row["lastName"], row["email"]) == tuple(given.values())
    assert (row["contact.stopped"], row["notes"], row["createdAt"]) == ("false", "", "2026-02-18T12:00:00.000Z")
    assert row["meta"] == '{"plan":"gold","seats":1.5}'
    assert list(row) == [".".join(path) for path in _paths(made) if path[0] != "deduplicated"]


def _paths(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (name, *rest)
        for name, value in shown.items()
        for rest in (_paths(value) if isinstance(value, dict) and name != "meta" else [()])
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_text_is_a_formula(api: ApiClient, app: Application, text: str) -> None:
    factories.load(app, [lead := factories.a_lead(first_name=text, notes=f"a{text}"), factories.a_contact(lead)])

    (row,) = table(api.get("/v1/leads", accept="text/csv"))

    assert (row["firstName"], row["notes"]) == (f"'{text}", f"a{text}")


def test_numbers_stay_numbers(api: ApiClient) -> None:
    api.post("/v1/conversions", {"revenue": 12.3450, "status": "customer", "source": "direct"})

    (row,) = table(api.get("/v1/conversions?source=direct", accept="text/csv"))
    assert row["revenue"] == "12.345"


def test_the_next_page_is_in_the_link(api: ApiClient, app: Application) -> None:
    leads = [factories.a_lead(first_name="Ada & Co") for _ in range(5)]
    factories.load(app, [item for lead in leads for item in (lead, factories.a_contact(lead))])

    reply = api.get("/v1/leads?status=NEW&limit=2", accept="text/csv")
    pages = [table(reply)]
    while "Link" in reply.headers:
        target, _, relation = reply.headers["Link"].partition(">; ")
        assert relation == 'rel="next"'
        reply = api.get(target.removeprefix("<"), accept="text/csv")
        pages.append(table(reply))

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {row["id"] for page in pages for row in page} == {lead.id for lead in leads}


def test_a_file_for_a_spreadsheet_says_that_it_is_utf_8(api: ApiClient) -> None:
    asked = api.get("/v1/reports/timeline?from=2026-02-18&format=csv")

    assert asked.text.startswith("\ufeffday,leads,")
    assert asked.headers["Content-Disposition"] == 'attachment; filename="timeline.csv"'
    accepted = api.get("/v1/reports/timeline?from=2026-02-18", accept="text/csv")
    assert accepted.text == asked.text.removeprefix("\ufeff")
    assert "Content-Disposition" not in accepted.headers
    assert accepted.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("asked", "accept", "csv_wanted"),
    [
        (None, "", False),
        (None, "*/*", False),
        (None, "text/csv", True),
        (None, "text/csv, application/json", True),
        (None, "text/csv;q=0.5, application/json", False),
        (None, "application/json;q=0.4, Text/CSV; q=0.5", True),
        (None, "text/csv;q=0", False),
        (None, "text/csv;q=much", False),
        ("json", "text/csv", False),
        ("csv", "application/json", True),
    ],
)
def test_who_wants_a_table(asked: str | None, accept: str, csv_wanted: bool) -> None:
    assert wanted(asked, accept) == csv_wanted


def test_problems_stay_json(api: ApiClient) -> None:
    refused = api.get("/v1/leads?limit=0&format=csv")
    assert (refused.status, refused.headers.get("content-type") or refused.headers["Content-Type"]) == (
        400,
        "application/problem+json",
    )
    reply = api.get("/v1/leads?format=xml")
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (400, "/query/format")


def test_what_is_no_list_has_no_format(api: ApiClient) -> None:
    made = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).json
    assert api.get(f"/v1/leads/{made['id']}?format=csv").json["errors"][0]["code"] == "unknown_parameter"
    assert api.get(f"/v1/leads/{made['id']}", accept="text/csv").json["id"] == made["id"]


def test_a_report_is_a_table_of_its_rows_and_an_overview_is_one_row(api: ApiClient) -> None:
    assert len(table(api.get("/v1/reports/heatmap", accept="text/csv"))) == 168
    (row,) = table(api.get("/v1/reports/overview", accept="text/csv"))
    assert row["channels.SMS.rates.delivered"] == ""
    assert row["leads.sources.META"] == "0"
    assert row == {
        ".".join(path): _text(_at(api.get("/v1/reports/overview").json, path)) for path in columns_of(_overview())
    }


def _overview() -> Any:
    return next(operation.answers[200] for operation in ALL if operation.id == "report_overview")


def _at(shown: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        shown = shown[name]
    return shown


def _text(value: Any) -> str:
    return "" if value is None else str(plain(value))
