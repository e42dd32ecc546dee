"""The fuzzer finds what it is there to find: against a service that breaks its own description on purpose."""

import json
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

from tests.gateway import serving
from tools.fuzz.report import Finding, Report
from tools.fuzz.run import fuzz

KEY = "a-key-that-nobody-may-see"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        path: {
            "get": {
                "operationId": path[1:],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}}],
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}},
                    },
                    "400": {"description": "No", "content": {"application/json": {"schema": {"type": "object"}}}},
                },
            }
        }
        for path in ("/kept", "/shapeless", "/teapot", "/broken", "/credulous")
    },
}


def service(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Keeps its word on one path and breaks it on the others."""
    path = environ["PATH_INFO"]
    allowed = environ["REQUEST_METHOD"] == "GET"
    good = json.dumps(DOCUMENT if path == "/v1/openapi.json" else {"id": "x"}).encode()
    limit = environ["QUERY_STRING"]
    bad = limit not in ("", *(f"limit={number}" for number in range(-9, 11)))
    status, body = {
        "/shapeless": ("200 OK", b"{}"),
        "/teapot": ("418 I'm a teapot", good),
        "/broken": ("500 Internal Server Error", b"{}"),
        "/credulous": ("200 OK", good),
    }.get(path, ("400 Bad Request", b"{}") if bad else ("200 OK", good))
    if not allowed:
        status, body = "405 Method Not Allowed", b"{}"
    start_response(status, [("Content-Type", "application/json"), ("Allow", "GET")])
    return [body]


def test_each_broken_promise_is_found_and_the_key_stays_secret() -> None:
    with serving(service) as url:
        report = fuzz(url, KEY, examples=5, first=("coverage", "fuzzing"))

    found = {(finding.operation, finding.check) for finding in report.findings}
    assert ("GET /shapeless", "response_schema_conformance") in found
    assert ("GET /teapot", "status_code_conformance") in found
    assert ("GET /broken", "not_a_server_error") in found
    assert ("GET /credulous", "negative_data_rejection") in found
    assert not report.passed
    assert "curl -X GET" in str(report)
    assert KEY not in str(report)


def test_the_report_counts_equal_findings_once_and_says_how_it_goes() -> None:
    report = Report(seconds=2.0)
    report.statuses.update({200: 1500, 422: 500})
    for message in ("first", "second"):
        report.add(Finding("GET /x", "check", "Title", message, "curl"))

    assert report.progress(20_000) == "2,000 of 20,000 requests, 1000 a second, 1 finding"
    assert "2 times GET /x: check: Title" in str(report)
