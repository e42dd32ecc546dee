"""Suppressions over HTTP."""

import boto3
import pytest

from retention.clock import ManualClock
from tests.api_client import ApiClient


def a_lead(api: ApiClient, **fields: object) -> str:
    """The path of a new lead."""
    reply = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace", **fields})
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def ids(api: ApiClient, query: str = "") -> list[str]:
    return [row["id"] for row in api.get(f"/v1/suppressions{query}").json["data"]]


def test_an_address_is_suppressed_without_being_kept(api: ApiClient) -> None:
    reply = api.post("/v1/suppressions", {"address": "Ada@Example.com", "reason": "OPT_OUT", "note": "by post"})

    assert reply.status == 201
    suppression = reply.json
    assert (suppression["addressType"], suppression["reason"], suppression["note"]) == ("EMAIL", "OPT_OUT", "by post")
    assert suppression["createdAt"] == "2026-02-18T12:00:00.000Z"
    assert api.get(reply.headers["Location"]).json == suppression
    table = boto3.client("dynamodb").scan(TableName=api.app.core.settings.table_name)["Items"]
    assert "example" not in (reply.text + str(table)).lower()


@pytest.mark.parametrize(
    ("first", "second"),
    [("Ada@Example.com", " ada@EXAMPLE.com "), ("+1 (555) 123-4567", "555.123.4567")],
)
def test_an_address_is_suppressed_once_in_whatever_notation(api: ApiClient, first: str, second: str) -> None:
    known = api.post("/v1/suppressions", {"address": first}).json["id"]

    again = api.post("/v1/suppressions", {"address": second, "reason": "COMPLAINT"})

    assert (again.status, again.json["existingId"]) == (409, known)
    assert api.get(f"/v1/suppressions/{known}").json["reason"] == "MANUAL"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"address": "nobody@nowhere"}, "/address"),
        ({"address": "@example.com"}, "/address"),
        ({"address": "12"}, "/address"),
        ({"address": "not a number"}, "/address"),
        ({"address": 5551234567}, "/address"),
        ({}, "/address"),
        ({"address": "ada@example.com", "reason": "BORED"}, "/reason"),
        ({"address": "ada@example.com", "note": "x" * 2001}, "/note"),
        ({"address": "ada@example.com", "id": "mine"}, "/id"),
    ],
)
def test_a_wrong_field_is_named(api: ApiClient, body: dict[str, object], pointer: str) -> None:
    reply = api.post("/v1/suppressions", body)

    assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, [pointer])
    assert ids(api) == []


@pytest.mark.parametrize(
    ("address", "reason", "stop"),
    [("ADA@example.com", "OPT_OUT", "OPT_OUT"), ("(555) 123-4567", "INVALID_NUMBER", "DO_NOT_CONTACT")],
)
def test_the_lead_that_has_the_address_is_stopped_at_the_same_moment(
    api: ApiClient, address: str, reason: str, stop: str
) -> None:
    mine = a_lead(api, email="ada@example.com", phone="+15551234567")
    other = a_lead(api, email="grace@example.com")

    api.post("/v1/suppressions", {"address": address, "reason": reason})

    contact = api.get(mine).json["contact"]
    assert contact == {"stopped": True, "reason": stop, "since": "2026-02-18T12:00:00.000Z"}
    assert api.get(other).json["contact"]["stopped"] is False


def test_a_lead_that_was_stopped_before_keeps_its_reason(api: ApiClient) -> None:
    mine = a_lead(api, email="ada@example.com")
    api.post(f"{mine}/stop", {"reason": "COMPLAINT"})

    assert api.post("/v1/suppressions", {"address": "ada@example.com"}).status == 201
    assert api.get(mine).json["contact"]["reason"] == "COMPLAINT"


def test_lifting_needs_a_reason_which_is_kept(api: ApiClient) -> None:
    path = api.post("/v1/suppressions", {"address": "ada@example.com"}).headers["Location"]

    for refused in (api.delete(path), api.delete(f"{path}?reason=%20"), api("DELETE", path, {})):
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/reason")
    assert api.get(path).status == 200
    assert api.delete(f"{path}?reason=She+asked+us+to").status == 204

    assert (api.get(path).status, api.delete(f"{path}?reason=again").status) == (404, 404)
    assert ids(api) == []
    table = boto3.client("dynamodb").scan(TableName=api.app.core.settings.table_name)["Items"]
    assert [(row["liftedBecause"]["S"], row["liftedBy"]["S"]) for row in table] == [("She asked us to", "test")]


def test_a_lifted_address_may_be_suppressed_again_and_lifted_by_a_body(api: ApiClient, clock: ManualClock) -> None:
    first = api.post("/v1/suppressions", {"address": "ada@example.com"}).headers["Location"]
    assert api("DELETE", first, {"reason": "once"}).status == 204
    clock.advance(1)

    second = api.post("/v1/suppressions", {"address": "ada@example.com"})

    assert (second.status, second.headers["Location"]) == (201, first)
    assert api("DELETE", first, {"reason": "twice"}).status == 204


def test_lifting_does_not_start_contact_again_by_itself(api: ApiClient) -> None:
    mine = a_lead(api, email="ada@example.com")
    path = api.post("/v1/suppressions", {"address": "ada@example.com"}).headers["Location"]
    assert api.post(f"{mine}/unstop", {"reason": "early"}).status == 409

    api.delete(f"{path}?reason=consent")

    assert api.get(mine).json["contact"]["stopped"] is True
    assert api.post(f"{mine}/unstop", {"reason": "consent"}).json["contact"]["stopped"] is False


def test_a_stale_if_match_lifts_nothing(api: ApiClient) -> None:
    path = api.post("/v1/suppressions", {"address": "ada@example.com"}).headers["Location"]

    assert api.delete(f"{path}?reason=x", if_match='"old"').status == 412
    assert api.get(path).status == 200


def test_suppressions_are_listed_newest_first_by_reason_and_page(api: ApiClient, clock: ManualClock) -> None:
    made = []
    for number, reason in enumerate(["OPT_OUT", "COMPLAINT", "OPT_OUT", "MANUAL", "OPT_OUT"]):
        body = {"address": f"lead{number}@example.com", "reason": reason}
        made.append(api.post("/v1/suppressions", body).json["id"])
        clock.advance(1)

    first = api.get("/v1/suppressions?limit=3").json
    rest = api.get("/v1/suppressions", query={"limit": 3, "cursor": first["nextCursor"]}).json

    assert [row["id"] for row in first["data"] + rest["data"]] == made[::-1]
    assert rest["nextCursor"] is None
    assert ids(api, "?reason=OPT_OUT") == [made[4], made[2], made[0]]
    assert api.get("/v1/suppressions?reason=BORED").status == 400


def test_a_suppression_has_nothing_to_change(api: ApiClient) -> None:
    path = api.post("/v1/suppressions", {"address": "ada@example.com"}).headers["Location"]

    assert api.patch(path, {"reason": "OPT_OUT"}).status == 405
