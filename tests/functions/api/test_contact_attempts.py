"""Contact attempts over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.api_client import ApiClient
from tests.functions.api.desk import Desk
from tests.retention.engine.ledger import Mood


@pytest.fixture
def lead(api: ApiClient) -> str:
    """The id of a lead."""
    return str(api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).json["id"])


def record(api: ApiClient, lead: str, **fields: Any) -> Any:
    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "CALL", **fields})
    assert reply.status == 201, reply.text
    return reply.json


def ids(api: ApiClient, **query: Any) -> list[str]:
    return [row["id"] for row in api.get("/v1/contact-attempts", query=query).json["data"]]


def test_a_contact_made_by_hand_begins_now_and_its_id_names_its_lead(api: ApiClient, lead: str) -> None:
    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "SMS", "cost": 0.0075})

    assert reply.status == 201
    attempt = reply.json
    assert attempt["id"].startswith(f"{lead}.")
    assert reply.headers["Location"] == f"/v1/contact-attempts/{attempt['id']}"
    assert (attempt["status"], attempt["startedAt"]) == ("PENDING", "2026-02-18T12:00:00.000Z")
    assert (attempt["completedAt"], attempt["campaignId"], attempt["duration"]) == (None, None, None)
    assert '"cost":0.0075' in reply.text
    again = api.get(reply.headers["Location"])
    assert (again.json, again.headers["ETag"]) == (attempt, reply.headers["ETag"])


def test_a_contact_is_linked_to_its_campaign_and_script(api: ApiClient, lead: str) -> None:
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    script = api.post("/v1/scripts", {"name": "Hello", "type": "SMS", "content": "Hi"}).json["id"]

    attempt = record(api, lead, channel="SMS", campaignId=campaign, scriptId=script, provider="twilio")

    assert (attempt["campaignId"], attempt["scriptId"], attempt["provider"]) == (campaign, script, "twilio")
    assert ids(api, campaignId=campaign) == [attempt["id"]]


def test_everything_that_a_contact_names_must_be_there(api: ApiClient) -> None:
    body = {"leadId": "nobody", "channel": "SMS", "campaignId": "nothing", "scriptId": "none"}

    reply = api.post("/v1/contact-attempts", body)

    assert reply.status == 422
    assert {(error["pointer"], error["code"]) for error in reply.json["errors"]} == {
        ("/leadId", "unknown_reference"),
        ("/campaignId", "unknown_reference"),
        ("/scriptId", "unknown_reference"),
    }
    assert api.get("/v1/contact-attempts").json["data"] == []


def test_a_deleted_lead_gets_no_more_contacts(api: ApiClient, lead: str) -> None:
    api.delete(f"/v1/leads/{lead}")

    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "SMS"})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/leadId")


def test_a_script_must_be_for_the_channel_of_the_contact(api: ApiClient, lead: str) -> None:
    script = api.post("/v1/scripts", {"name": "Hello", "type": "SMS", "content": "Hi"}).json["id"]

    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "CALL", "scriptId": script})

    assert reply.status == 422
    assert (reply.json["errors"][0]["pointer"], reply.json["errors"][0]["code"]) == ("/scriptId", "wrong_channel")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("channel", "FAX", "not_allowed"),
        ("status", "DONE", "not_allowed"),
        ("startedAt", "yesterday", "not_an_instant"),
        ("startedAt", "2026-02-18T10:00:00", "not_an_instant"),
        ("duration", -1, "too_small"),
        ("duration", 1.5, "wrong_type"),
        ("cost", "1", "not_a_number"),
        ("cost", 0.00001, "too_precise"),
        ("result", 7, "wrong_type"),
        ("id", "mine", "unknown_field"),
        ("colour", "red", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named(api: ApiClient, lead: str, field: str, value: object, code: str) -> None:
    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "CALL", field: value})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{field}", code)]


def test_a_contact_cannot_end_before_it_began(api: ApiClient, lead: str) -> None:
    body = {
        "leadId": lead,
        "channel": "CALL",
        "startedAt": "2026-02-18T12:00:01Z",
        "completedAt": "2026-02-18T12:00:00Z",
    }

    reply = api.post("/v1/contact-attempts", body)

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/completedAt")


def test_reaching_an_end_sets_when_it_ended(api: ApiClient, lead: str, clock: ManualClock) -> None:
    path = f"/v1/contact-attempts/{record(api, lead)['id']}"
    clock.advance(90)

    running = api.patch(path, {"status": "IN_PROGRESS", "notes": "ringing"})
    ended = api.patch(path, {"status": "SUCCESS", "result": "booked", "notes": None})

    assert (running.json["completedAt"], running.json["notes"]) == (None, "ringing")
    assert (ended.json["completedAt"], ended.json["result"]) == ("2026-02-18T12:01:30.000Z", "booked")
    assert ended.json["notes"] is None


@pytest.mark.parametrize(("mood", "status"), [("accept", "IN_PROGRESS"), ("reject", "FAILED")])
def test_what_somebody_writes_about_it_before_it_is_sent_stays(
    app: Application, clock: ManualClock, mood: Mood, status: str
) -> None:
    desk = Desk(app, clock)
    desk.ledger.moods = [mood]
    sent = desk.api.post(f"/v1/leads/{desk.lead()}/contact", {"channel": "SMS", "scriptId": desk.script})
    path = sent.headers["Location"]
    assert desk.api.patch(path, {"result": "as Ada asked for"}).status == 200

    desk.work()

    shown = desk.api.get(path).json
    assert (shown["status"], shown["result"]) == (status, "as Ada asked for")


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "FAILED", "NO_ANSWER"])
def test_a_status_never_moves_back_or_from_one_end_to_another(api: ApiClient, lead: str, status: str) -> None:
    path = f"/v1/contact-attempts/{record(api, lead, status='SUCCESS')['id']}"

    reply = api.patch(path, {"status": status})

    assert reply.status == 409
    assert "SUCCESS" in reply.json["detail"]
    assert api.get(path).json["status"] == "SUCCESS"


def test_what_was_recorded_cannot_be_changed_afterwards(api: ApiClient, lead: str) -> None:
    path = f"/v1/contact-attempts/{record(api, lead)['id']}"

    reply = api.patch(path, {"channel": "SMS", "id": "x", "colour": "red", "status": "SUCCESS"})
    unknown = api.patch(path, {"colour": "red"})

    assert reply.status == 422
    assert {error["pointer"]: error["code"] for error in reply.json["errors"]} == {
        "/channel": "read_only",
        "/id": "read_only",
    }
    assert unknown.json["errors"][0]["code"] == "unknown_field"
    assert api.get(path).json["status"] == "PENDING"


def test_a_stale_if_match_changes_and_deletes_nothing(api: ApiClient, lead: str) -> None:
    reply = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "SMS"})
    path, tag = reply.headers["Location"], reply.headers["ETag"]
    assert api.patch(path, {"notes": "first"}, if_match=tag).status == 200

    assert api.patch(path, {"notes": "second"}, if_match=tag).status == 412
    assert api.delete(path, if_match=tag).status == 412
    assert api.get(path).json["notes"] == "first"


def test_contacts_are_listed_by_each_filter_the_last_begun_first(api: ApiClient, lead: str) -> None:
    other = api.post("/v1/leads", {"firstName": "Grace", "lastName": "Hopper"}).json["id"]
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    late = record(api, lead, channel="SMS", startedAt="2026-02-18T11:00:00Z", campaignId=campaign)["id"]
    early = record(api, lead, channel="CALL", startedAt="2026-02-18T10:00:00Z", status="FAILED")["id"]
    foreign = record(api, other, channel="SMS", startedAt="2026-02-18T10:30:00Z", campaignId=campaign)["id"]

    assert ids(api) == [late, foreign, early]
    assert ids(api, leadId=lead) == [late, early]
    assert ids(api, campaignId=campaign) == [late, foreign]
    assert ids(api, channel="SMS") == [late, foreign]
    assert ids(api, status="FAILED") == [early]
    assert ids(api, leadId=lead, channel="CALL", status="FAILED") == [early]
    assert ids(api, leadId=lead, campaignId="other") == []
    assert ids(api, leadId="nobody") == []
    assert api.get("/v1/contact-attempts?channel=FAX").status == 400
    assert api.get("/v1/contact-attempts?color=red").json["errors"][0]["code"] == "unknown_parameter"


@pytest.mark.parametrize("anchor", [{}, {"leadId": True}, {"campaignId": True}])
def test_each_list_is_walked_by_cursor_without_gaps_or_repeats(
    api: ApiClient, lead: str, anchor: dict[str, bool]
) -> None:
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    made = [
        record(api, lead, startedAt=f"2026-02-18T10:0{minute % 3}:00Z", campaignId=campaign)["id"]
        for minute in range(7)
    ]
    query: dict[str, Any] = {"limit": 3}
    query |= {"leadId": lead} if "leadId" in anchor else {}
    query |= {"campaignId": campaign} if "campaignId" in anchor else {}

    seen: list[str] = []
    page = api.get("/v1/contact-attempts", query=query).json
    seen += [row["id"] for row in page["data"]]
    while page["nextCursor"]:
        page = api.get("/v1/contact-attempts", query={**query, "cursor": page["nextCursor"]}).json
        seen += [row["id"] for row in page["data"]]

    assert sorted(seen) == sorted(made)


def test_a_deleted_contact_is_gone_and_conversions_forget_it(api: ApiClient, lead: str) -> None:
    attempt = record(api, lead)["id"]
    conversion = api.post("/v1/conversions", {"contactAttemptId": attempt}).headers["Location"]

    reply = api.delete(f"/v1/contact-attempts/{attempt}")

    assert reply.status == 204
    assert api.get(f"/v1/contact-attempts/{attempt}").status == 404
    assert api.delete(f"/v1/contact-attempts/{attempt}").status == 404
    assert ids(api) == []
    kept = api.get(conversion).json
    assert (kept["contactAttemptId"], kept["leadId"]) == (None, lead)


@pytest.mark.parametrize("identifier", ["none", "a.b", ".", "..x", "lead.attempt.more", "%00"])
def test_an_id_that_names_nothing_is_not_found(api: ApiClient, identifier: str) -> None:
    path = f"/v1/contact-attempts/{identifier}"

    assert api.get(path).status == 404
    assert api.patch(path, {"notes": "x"}).status == 404
    assert api.delete(path).status == 404


def test_a_repeated_request_with_its_key_records_one_contact(api: ApiClient, lead: str) -> None:
    body = {"leadId": lead, "channel": "SMS"}

    first = api.post("/v1/contact-attempts", body, idempotency_key="one")
    again = api.post("/v1/contact-attempts", body, idempotency_key="one")

    assert (again.status, again.text) == (201, first.text)
    assert len(ids(api)) == 1
