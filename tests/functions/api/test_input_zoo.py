"""Requests as nobody means them: each is refused with a clear problem, none breaks anything, none writes anything."""

import base64
import json
from collections.abc import Iterator

import boto3
import pytest

from api.app import lambda_handler
from retention.bootstrap import Application, build, install
from retention.config import Settings
from retention.keyring import Keyring
from tests.api_client import ApiClient, Context, Reply
from tests.conftest import create_table

LEAD = '"firstName": "Ada", "lastName": "Lovelace"'
JSON = "application/json"


def send(
    app: Application,
    method: str,
    path: str,
    body: str | bytes | None = None,
    *,
    query: str = "",
    content_type: str | None = JSON,
) -> Reply:
    """A request as the gateway passes it on; bytes travel as base64."""
    install(app)
    headers = {} if content_type is None else {"content-type": content_type}
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "authorizer": {"lambda": {"keyId": "test", "scopes": "admin"}},
        },
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }
    answer = lambda_handler(event, Context())  # type: ignore[arg-type]
    return Reply(answer["statusCode"], answer.get("headers") or {}, answer.get("body") or "")


def problem_of(reply: Reply) -> tuple[int, str]:
    """Status and code of what must be a problem: the code of the first field where there is one."""
    assert reply.headers["Content-Type"] == "application/problem+json", reply
    problem = reply.json
    assert problem.keys() >= {"type", "title", "status", "detail", "instance", "code"}
    assert problem["status"] == reply.status
    return reply.status, (problem.get("errors") or [problem])[0]["code"]


@pytest.fixture(scope="module")
def zoo(endpoint: str) -> Iterator[Application]:
    """One application for all; that nothing was written is checked when all are done."""
    create_table("zoo")
    app = build(Settings(table_name="zoo"), keyring=Keyring(lambda: "root secret of the tests"))
    yield app
    assert boto3.client("dynamodb").scan(TableName="zoo")["Items"] == []


BODIES: dict[str, tuple[str | bytes, int, str]] = {
    "no body": ("", 400, "missing_body"),
    "blanks": ("  \n", 400, "not_json"),
    "cut off": ("{" + LEAD, 400, "not_json"),
    "two values": ("{" + LEAD + "} {}", 400, "not_json"),
    "a comment": ("{" + LEAD + "} // ok", 400, "not_json"),
    "a trailing comma": ("{" + LEAD + ",}", 400, "not_json"),
    "single quotes": ("{'firstName': 'Ada'}", 400, "not_json"),
    "an array": ("[{" + LEAD + "}]", 422, "not_an_object"),
    "a string": ('"lead"', 422, "not_an_object"),
    "null": ("null", 422, "not_an_object"),
    "a number": ("1e2", 422, "not_an_object"),
    "form data": ("firstName=Ada&lastName=Lovelace", 400, "not_json"),
    "a byte order mark": (b"\xef\xbb\xbf{" + LEAD.encode() + b"}", 400, "not_json"),
    "UTF-16": (("{" + LEAD + "}").encode("utf-16"), 400, "not_utf8"),
    "Latin-1": ('{"firstName": "J\u00f6rg", "lastName": "X"}'.encode("latin-1"), 400, "not_utf8"),
    "overlong UTF-8": (b'{"firstName": "\xc0\xaf", "lastName": "X"}', 400, "not_utf8"),
    "a surrogate in UTF-8": (b'{"firstName": "\xed\xa0\x80", "lastName": "X"}', 400, "not_utf8"),
    "a raw surrogate": ('{"firstName": "\ud800", "lastName": "X"}', 400, "not_utf8"),
    "an escaped surrogate": ('{"firstName": "\\ud800", "lastName": "X"}', 400, "lone_surrogate"),
    "an escaped surrogate in a name": ('{"meta": {"\\udfff": 1}, ' + LEAD + "}", 400, "lone_surrogate"),
    "surrogates the wrong way round": ('{"firstName": "\\udc00\\ud800", "lastName": "X"}', 400, "lone_surrogate"),
    "NUL in a text": ('{"firstName": "A\\u0000", "lastName": "X"}', 422, "control_character"),
    "a raw NUL": ('{"firstName": "A\x00", "lastName": "X"}', 400, "not_json"),
    "a raw line end": ('{"firstName": "A\n", "lastName": "X"}', 400, "not_json"),
    "NaN": ('{"meta": {"a": NaN}, ' + LEAD + "}", 400, "not_json"),
    "infinity": ('{"meta": {"a": -Infinity}, ' + LEAD + "}", 400, "not_json"),
    "an overflowing number": ('{"meta": {"a": 1e999}, ' + LEAD + "}", 400, "number_out_of_range"),
    "a vanishing number": ('{"meta": {"a": 1e-999}, ' + LEAD + "}", 400, "number_out_of_range"),
    "an absurd exponent": ('{"meta": {"a": 1e99999999999999999999}, ' + LEAD + "}", 400, "number_out_of_range"),
    "5,000 digits": ('{"meta": {"a": ' + "9" * 5000 + "}, " + LEAD + "}", 400, "number_out_of_range"),
    "5,000 decimals": ('{"meta": {"a": 0.' + "1" * 5000 + "}, " + LEAD + "}", 400, "number_out_of_range"),
    "a leading zero": ('{"meta": {"a": 007}, ' + LEAD + "}", 400, "not_json"),
    "hexadecimal": ('{"meta": {"a": 0x1F}, ' + LEAD + "}", 400, "not_json"),
    "a field twice": ('{"firstName": "Eve", ' + LEAD + "}", 400, "duplicate_key"),
    "a field twice, once escaped": ('{"\\u0066irstName": "Eve", ' + LEAD + "}", 400, "duplicate_key"),
    "33 levels": ('{"meta": ' + '{"a":' * 32 + "1" + "}" * 32 + ", " + LEAD + "}", 400, "too_deep"),
    "100,000 levels of arrays": ("[" * 100_000 + "]" * 100_000, 400, "too_deep"),
    "brackets that never close": ("[" * 200_000, 400, "too_deep"),
    "1,001 members": (
        '{"meta": {' + ",".join(f'"k{number}": 0' for number in range(1001)) + "}, " + LEAD + "}",
        400,
        "too_many_keys",
    ),
    "more meta than fits": ('{"meta": {"a": "' + "x" * 17_000 + '"}, ' + LEAD + "}", 422, "too_large"),
    "a first name of 201 characters": (
        '{"firstName": "' + "x" * 201 + '", "lastName": "X"}',
        422,
        "too_long",
    ),
    "a name of blanks": ('{"firstName": "\\u2003 \\t", "lastName": "X"}', 422, "blank"),
    "a number for a text": ('{"firstName": 1, "lastName": "X"}', 422, "wrong_type"),
    "a list for an object": ('{"meta": [], ' + LEAD + "}", 422, "wrong_type"),
    "an object for a text": ('{"notes": {}, ' + LEAD + "}", 422, "wrong_type"),
    "an unknown field": ('{"__proto__": {}, ' + LEAD + "}", 422, "unknown_field"),
    "a field by its inner name": ('{"first_name": "Ada", ' + LEAD + "}", 422, "unknown_field"),
    "a hidden field": ('{"deleting": true, ' + LEAD + "}", 422, "unknown_field"),
    "an enum in lower case": ('{"status": "new", ' + LEAD + "}", 422, "not_allowed"),
    "257 KB": ('{"notes": "' + "x" * 257 * 1024 + '", ' + LEAD + "}", 413, "input_too_large"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_nobody_means_is_refused(zoo: Application, name: str) -> None:
    body, status, code = BODIES[name]

    assert problem_of(send(zoo, "POST", "/v1/leads", body)) == (status, code)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json", ","]
)
def test_a_body_that_says_it_is_no_json_is_refused(zoo: Application, content_type: str) -> None:
    reply = send(zoo, "POST", "/v1/leads", "{" + LEAD, content_type=content_type)

    assert problem_of(reply) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 400, "too_small"),
        ("limit=101", 400, "too_large"),
        ("limit=" + "9" * 5000, 400, None),
        ("limit=-1", 400, "too_small"),
        ("limit=1.5", 400, "wrong_type"),
        ("limit=ten", 400, "wrong_type"),
        ("limit=", 400, "wrong_type"),
        ("limit=1&limit=1", 400, "duplicate_parameter"),
        ("colour=red", 400, "unknown_parameter"),
        ("limit[]=1", 400, "unknown_parameter"),
        ("cursor=", 400, "too_short"),
        ("cursor=eyJ9", 400, "bad_cursor"),
        ("cursor=%00", 400, "bad_cursor"),
        ("cursor=%F0%9F%A6%81", 400, "bad_cursor"),
        ("cursor=" + "A" * 4001, 400, "too_long"),
        ("status=", 400, "not_allowed"),
        ("status=NEW,LOST", 400, "not_allowed"),
        ("createdFrom=yesterday", 400, "not_an_instant"),
        ("createdFrom=2026-02-30T00:00:00Z", 400, "not_an_instant"),
        ("createdFrom=9999-12-31T23:59:59-23:59", 400, None),
        ("createdFrom=2026-W08-3T12:00:00Z", 400, "not_an_instant"),
        ("%FF=%FE", 400, "unknown_parameter"),
        ("=", 400, "unknown_parameter"),
    ],
)
def test_a_query_that_nobody_means_is_refused(zoo: Application, query: str, status: int, code: str | None) -> None:
    found = problem_of(send(zoo, "GET", "/v1/leads", query=query))

    assert found[0] == status
    assert code in (None, found[1])


@pytest.mark.parametrize(
    "lead_id",
    [
        "nobody",
        "x" * 401,
        "x" * 3000,
        "a b",
        "%",
        "%25",
        "..",
        ".",
        "a#b",
        "LEAD#x",
        "a\x00b",
        "a\nb",
        "\u202egnp",
        "\U0001f981",
        "?",
        "*",
        "'",
        "$where",
        "{id}",
        "<script>",
        "null",
        "-1",
        "a.b.c.d.e",
        ".x",
        "x.",
    ],
)
def test_a_path_that_names_nothing_is_not_found(zoo: Application, lead_id: str) -> None:
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", "{}")):
        reply = send(zoo, method, f"/v1/leads/{lead_id}", body)

        assert problem_of(reply) == (404, "not_found")
        assert len(reply.json["instance"]) <= 400


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v2/leads", "/v1/leads/", "//v1/leads", "/V1/LEADS", "/v1/leads/a/b/c"]
)
def test_a_path_that_is_no_route_is_not_found(zoo: Application, path: str) -> None:
    assert problem_of(send(zoo, "GET", path)) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_there_is_refused(zoo: Application, method: str) -> None:
    reply = send(zoo, method, "/v1/leads")

    assert problem_of(reply) == (405, "method_not_allowed")
    assert reply.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("value", ["", "x" * 256, "a\tb", "\x7f"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(zoo: Application, value: str) -> None:
    reply = ApiClient(zoo).post("/v1/leads", json.loads("{" + LEAD + "}"), idempotency_key=value)

    assert problem_of(reply) == (400, "bad_idempotency_key")


@pytest.mark.parametrize(
    "patch",
    ['{"id": "x"}', '{"createdAt": "2026-01-01T00:00:00Z"}', '{"contact": {}}', '{"revision": "x"}', "[]", '"x"', "1"],
)
def test_a_patch_that_nobody_may_make_changes_nothing(app: Application, patch: str) -> None:
    created = ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"})
    path = created.headers["Location"]

    assert send(app, "PATCH", path, patch).status == 422

    assert ApiClient(app).get(path).headers["ETag"] == created.headers["ETag"]


def test_texts_of_all_languages_come_back_as_they_were(app: Application) -> None:
    names = [
        "\u05e2\u05d3\u05d4 \u200fRTL\u200e",
        "\u202eoverride",
        "e\u0301 \u00e9",
        "\U0001f469\u200d\U0001f4bb",
        "\ufffe\U0010ffff",
    ]
    for name in names:
        lead = {"firstName": name, "lastName": "X", "notes": name, "meta": {name: name}}

        created = ApiClient(app).post("/v1/leads", lead)

        assert created.status == 201
        assert created.json["firstName"] == name
        assert ApiClient(app).get(created.headers["Location"]).json["meta"] == {name: name}
