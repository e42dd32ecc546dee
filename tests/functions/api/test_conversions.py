"""Conversions over HTTP."""

import json
from decimal import Decimal
from typing import Any

import boto3
import pytest

from retention.clock import ManualClock
from retention.table.layouts import LEAD_SHARDS
from tests import factories as make
from tests.api_client import ApiClient
from tools.bench_engine.cost import counting


@pytest.fixture
def lead(api: ApiClient) -> str:
    """The id of a lead."""
    return str(api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).json["id"])


def record(api: ApiClient, **fields: Any) -> Any:
    reply = api.post("/v1/conversions", fields)
    assert reply.status == 201, reply.text
    return reply.json


def ids(api: ApiClient, **query: Any) -> list[str]:
    return [row["id"] for row in api.get("/v1/conversions", query=query).json["data"]]


def items(api: ApiClient) -> int:
    """How many items the table holds."""
    return int(boto3.client("dynamodb").scan(TableName=api.app.core.settings.table_name, Select="COUNT")["Count"])


def test_a_conversion_has_the_defaults_of_the_data_model(api: ApiClient) -> None:
    reply = api.post("/v1/conversions", {})

    assert reply.status == 201
    conversion = reply.json
    assert (conversion["status"], conversion["source"], conversion["revenue"]) == ("lead", "keitaro", 0)
    assert (conversion["leadId"], conversion["subId"], conversion["postbackData"]) == (None, None, None)
    assert api.get(reply.headers["Location"]).json == conversion


@pytest.mark.parametrize("amount", ["0.1", "19.9999", "1234.5", "99999999999999.9999", "0"])
def test_money_is_exact(api: ApiClient, amount: str) -> None:
    reply = api.post("/v1/conversions", raw=f'{{"revenue": {amount}}}')

    assert reply.status == 201
    shown = api.get(reply.headers["Location"]).text
    assert json.loads(shown, parse_float=Decimal, parse_int=Decimal)["revenue"] == Decimal(amount)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("revenue", "1,234.50", "not_a_number"),
        ("revenue", -1, "too_small"),
        ("revenue", 0.00001, "too_precise"),
        ("status", "sale", "not_allowed"),
        ("channel", "FAX", "not_allowed"),
        ("subId", "", "too_short"),
        ("clickId", "x" * 201, "too_long"),
        ("source", " ", "blank"),
        ("postbackData", [], "wrong_type"),
        ("createdAt", "2026-02-18T10:00:00Z", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named(api: ApiClient, field: str, value: object, code: str) -> None:
    reply = api.post("/v1/conversions", {field: value})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{field}", code)]


def test_the_same_report_is_recorded_once(api: ApiClient) -> None:
    first = record(api, subId="s1", clickId="c1", postbackData={"tid": "7"})["id"]

    again = api.post("/v1/conversions", {"subId": "s1", "revenue": 5, "postbackData": {"tid": "7", "geo": "DE"}})

    assert (again.status, again.json["existingId"]) == (409, first)
    assert ids(api) == [first]


def test_another_purchase_visitor_or_source_is_another_conversion(api: ApiClient) -> None:
    made = [
        record(api, subId="s1")["id"],
        record(api, subId="s1", postbackData={"tid": "1"})["id"],
        record(api, subId="s1", postbackData={"tid": "2"})["id"],
        record(api, subId="s2")["id"],
        record(api, subId="s1", source="direct")["id"],
        record(api, clickId="s1")["id"],
        record(api)["id"],
        record(api)["id"],
    ]

    assert len(set(made)) == len(made)
    assert sorted(ids(api)) == sorted(made)


def test_everything_that_a_conversion_names_must_be_there(api: ApiClient) -> None:
    before = items(api)

    reply = api.post("/v1/conversions", {"leadId": "nobody", "campaignId": "none", "contactAttemptId": "no.one"})
    malformed = api.post("/v1/conversions", {"contactAttemptId": "x"})

    assert reply.status == 422
    assert {error["pointer"]: error["code"] for error in reply.json["errors"]} == {
        "/leadId": "unknown_reference",
        "/campaignId": "unknown_reference",
        "/contactAttemptId": "unknown_reference",
    }
    assert (malformed.status, malformed.json["errors"][0]["pointer"]) == (422, "/contactAttemptId")
    assert items(api) == before


def test_a_contact_implies_its_lead_and_no_other(api: ApiClient, lead: str) -> None:
    attempt = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "SMS"}).json["id"]
    other = api.post("/v1/leads", {"firstName": "Grace", "lastName": "Hopper"}).json["id"]

    implied = record(api, contactAttemptId=attempt)
    refused = api.post("/v1/conversions", {"contactAttemptId": attempt, "leadId": other})

    assert implied["leadId"] == lead
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/contactAttemptId")
    assert ids(api, leadId=other) == []


def test_a_customers_lead_is_converted_at_the_same_moment(api: ApiClient, lead: str) -> None:
    for status in ("lead", "qualified", "churn"):
        record(api, leadId=lead, status=status)
    before = api.get(f"/v1/leads/{lead}").json["status"]

    record(api, leadId=lead, status="customer")

    assert (before, api.get(f"/v1/leads/{lead}").json["status"]) == ("NEW", "CONVERTED")


def test_becoming_a_customer_converts_the_lead_and_nothing_takes_that_back(api: ApiClient, lead: str) -> None:
    made = record(api, leadId=lead, status="qualified", subId="s1")
    path = f"/v1/conversions/{made['id']}"

    customer = api.patch(path, {"status": "customer"})
    churn = api.patch(path, {"status": "churn"})

    assert (customer.json["status"], churn.json["status"]) == ("customer", "churn")
    assert {**churn.json, "status": "qualified"} == made
    assert api.get(f"/v1/leads/{lead}").json["status"] == "CONVERTED"
    assert api.delete(path).status == 204
    assert api.get(f"/v1/leads/{lead}").json["status"] == "CONVERTED"


def test_a_conversion_outlives_its_lead_and_its_campaign(api: ApiClient, lead: str) -> None:
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    made = record(api, leadId=lead, campaignId=campaign, status="qualified")["id"]

    api.delete(f"/v1/leads/{lead}")
    api.delete(f"/v1/campaigns/{campaign}")

    kept = api.get(f"/v1/conversions/{made}").json
    assert (kept["leadId"], kept["campaignId"]) == (None, None)
    assert api.patch(f"/v1/conversions/{made}", {"status": "customer"}).status == 200
    assert ids(api) == [made]


def test_only_the_status_can_be_changed(api: ApiClient) -> None:
    path = f"/v1/conversions/{record(api, revenue=5)['id']}"

    reply = api.patch(path, {"revenue": 7, "status": "customer"})
    cleared = api.patch(path, {"status": None})

    assert (reply.status, reply.json["errors"]) == (
        422,
        [{"pointer": "/revenue", "code": "read_only", "detail": "This field cannot be changed."}],
    )
    assert (cleared.status, cleared.json["errors"][0]["code"]) == (422, "not_nullable")
    assert api.get(path).json["status"] == "lead"


def test_a_stale_if_match_changes_and_deletes_nothing(api: ApiClient) -> None:
    reply = api.post("/v1/conversions", {"subId": "s1"})
    path, tag = reply.headers["Location"], reply.headers["ETag"]
    assert api.patch(path, {"status": "qualified"}, if_match=tag).status == 200

    assert api.patch(path, {"status": "customer"}, if_match=tag).status == 412
    assert api.delete(path, if_match=tag).status == 412
    assert api.get(path).json["status"] == "qualified"


def test_conversions_are_found_by_each_filter_newest_first(api: ApiClient, lead: str, clock: ManualClock) -> None:
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    first = record(api, leadId=lead, subId="s1", source="direct")["id"]
    clock.advance(1)
    second = record(api, leadId=lead, campaignId=campaign, subId="s1", clickId="c1", status="qualified")["id"]
    clock.advance(1)
    third = record(api, campaignId=campaign, clickId="c1", source="keitaro#1")["id"]

    assert ids(api) == [third, second, first]
    assert ids(api, leadId=lead) == [second, first]
    assert ids(api, campaignId=campaign) == [third, second]
    assert ids(api, subId="s1") == [second, first]
    assert ids(api, clickId="c1") == [third, second]
    assert ids(api, source="keitaro") == [second]
    assert ids(api, source="keitaro#1") == [third]
    assert ids(api, status="qualified") == [second]
    assert ids(api, subId="s1", status="lead") == [first]
    assert ids(api, campaignId=campaign, source="keitaro#1") == [third]
    assert ids(api, leadId=lead, clickId="c1", campaignId=campaign) == [second]
    assert ids(api, subId="unknown") == []
    assert api.get("/v1/conversions?status=sale").status == 400


@pytest.mark.parametrize("name", ["none", "leadId", "campaignId", "subId", "source"])
def test_each_list_is_walked_by_cursor_without_gaps_or_repeats(
    api: ApiClient, lead: str, clock: ManualClock, name: str
) -> None:
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    fields = {"leadId": lead, "campaignId": campaign, "subId": "s1", "source": "direct"}
    made = []
    for number in range(7):
        made.append(record(api, **fields, postbackData={"tid": str(number)})["id"])
        clock.advance(number % 2)
    query: dict[str, Any] = {"limit": 3} | ({name: fields[name]} if name in fields else {})

    seen: list[str] = []
    page = api.get("/v1/conversions", query=query).json
    seen += [row["id"] for row in page["data"]]
    while page["nextCursor"]:
        page = api.get("/v1/conversions", query={**query, "cursor": page["nextCursor"]}).json
        seen += [row["id"] for row in page["data"]]

    assert sorted(seen) == sorted(made)


def test_looking_for_one_among_many_takes_few_rounds_however_short_the_page(api: ApiClient) -> None:
    many = [item for _ in range(250) for item in make.a_conversion()]
    make.load(api.app, many)

    with counting(api.app) as cost:
        page = api.get("/v1/conversions?status=churn&limit=1").json

    assert page == {"data": [], "nextCursor": None}
    # A page of one, then hundreds: each round asks every shard once and reads the items in one request.
    assert cost.count("Query") <= 4 * LEAD_SHARDS
    assert cost.count("BatchGetItem") <= 4


def test_a_deleted_conversion_leaves_nothing_behind_and_can_be_recorded_again(api: ApiClient, lead: str) -> None:
    before = items(api)
    fields = {"leadId": lead, "subId": "s1", "clickId": "c1"}
    path = f"/v1/conversions/{record(api, **fields)['id']}"

    assert api.delete(path).status == 204
    assert items(api) == before
    assert (api.get(path).status, api.patch(path, {}).status, api.delete(path).status) == (404, 404, 404)
    assert f"/v1/conversions/{record(api, **fields)['id']}" == path


def test_a_repeated_request_with_its_key_gets_the_first_answer_instead_of_a_conflict(api: ApiClient) -> None:
    first = api.post("/v1/conversions", {"subId": "s1"}, idempotency_key="one")
    again = api.post("/v1/conversions", {"subId": "s1"}, idempotency_key="one")

    assert (again.status, again.text) == (201, first.text)
