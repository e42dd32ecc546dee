"""What a lead has and what happened to it, over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.api_client import ApiClient


@pytest.fixture
def lead(api: ApiClient) -> str:
    """The path of a lead."""
    return api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).headers["Location"]


def posted(api: ApiClient, target: str, **body: Any) -> Any:
    reply = api.post(target, body)
    assert reply.status in (200, 201), reply.text
    return reply.json


def a_full_life(api: ApiClient, lead: str, clock: ManualClock) -> dict[str, str]:
    """One of everything, a second apart; the step is due an hour later. Returns the ids."""
    lead_id = lead.rsplit("/", 1)[1]
    campaign = posted(api, "/v1/campaigns", name="Spring")["id"]
    step = {"channel": "SMS", "delayValue": 1, "delayUnit": "HOURS"}
    sequence = posted(api, "/v1/sequences", name="Win back", status="ACTIVE", steps=[step])["id"]
    posted(api, f"/v1/campaigns/{campaign}/leads", leadIds=[lead_id])
    clock.advance(1)
    enrollment = posted(api, f"/v1/sequences/{sequence}/enrollments", leadId=lead_id)["id"]
    clock.advance(1)
    attempt = posted(api, "/v1/contact-attempts", leadId=lead_id, channel="CALL", campaignId=campaign)["id"]
    clock.advance(1)
    conversion = posted(api, "/v1/conversions", leadId=lead_id, contactAttemptId=attempt, revenue=5)["id"]
    return {"campaign": campaign, "enrollment": enrollment, "attempt": attempt, "conversion": conversion}


def test_the_timeline_has_everything_in_one_order_what_is_to_come_first(
    api: ApiClient, lead: str, clock: ManualClock
) -> None:
    made = a_full_life(api, lead, clock)

    page = api.get(f"{lead}/timeline").json

    assert [(entry["type"], entry["at"], entry["status"]) for entry in page["data"]] == [
        ("execution", "2026-02-18T13:00:01.000Z", "SCHEDULED"),
        ("conversion", "2026-02-18T12:00:03.000Z", "lead"),
        ("attempt", "2026-02-18T12:00:02.000Z", "PENDING"),
        ("enrollment", "2026-02-18T12:00:01.000Z", "ACTIVE"),
        ("assignment", "2026-02-18T12:00:00.000Z", "PENDING"),
    ]
    _, conversion, attempt, enrollment, assignment = page["data"]
    assert (conversion["id"], conversion["contactAttemptId"]) == (made["conversion"], made["attempt"])
    assert (attempt["id"], attempt["channel"], attempt["campaignId"]) == (made["attempt"], "CALL", made["campaign"])
    assert (enrollment["id"], assignment["campaignId"]) == (made["enrollment"], made["campaign"])
    assert page["nextCursor"] is None


def test_the_timeline_is_walked_by_cursor(api: ApiClient, lead: str, clock: ManualClock) -> None:
    a_full_life(api, lead, clock)
    whole = api.get(f"{lead}/timeline").json["data"]

    seen: list[Any] = []
    cursor = None
    for _ in range(3):
        page = api.get(f"{lead}/timeline", query={"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        seen += page["data"]
        cursor = page["nextCursor"]

    assert (seen, cursor) == (whole, None)


@pytest.mark.parametrize(
    ("part", "name", "key"),
    [
        ("campaigns", "campaign", "campaignId"),
        ("enrollments", "enrollment", "id"),
        ("contact-attempts", "attempt", "id"),
        ("conversions", "conversion", "id"),
    ],
)
def test_each_part_has_a_list_of_its_own(
    api: ApiClient, lead: str, clock: ManualClock, part: str, name: str, key: str
) -> None:
    assert api.get(f"{lead}/{part}").json == {"data": [], "nextCursor": None}
    made = a_full_life(api, lead, clock)
    other = posted(api, "/v1/leads", firstName="Grace", lastName="Hopper")["id"]

    assert [row[key] for row in api.get(f"{lead}/{part}").json["data"]] == [made[name]]
    assert api.get(f"/v1/leads/{other}/{part}").json["data"] == []
    assert api.get(f"{lead}/{part}?limit=0").status == 400


@pytest.mark.parametrize("part", ["timeline", "campaigns", "enrollments", "contact-attempts", "conversions", "export"])
def test_a_lead_that_is_not_there_has_no_history(api: ApiClient, lead: str, part: str) -> None:
    api.delete(lead)

    assert api.get(f"{lead}/{part}").status == 404
    assert api.get(f"/v1/leads/nobody/{part}").status == 404


def test_what_was_deleted_leaves_the_timeline(api: ApiClient, lead: str, clock: ManualClock) -> None:
    made = a_full_life(api, lead, clock)

    api.delete(f"/v1/contact-attempts/{made['attempt']}")
    api.delete(f"/v1/conversions/{made['conversion']}")
    api.delete(f"/v1/enrollments/{made['enrollment']}")

    assert [entry["type"] for entry in api.get(f"{lead}/timeline").json["data"]] == ["assignment"]


def test_each_list_needs_the_scope_of_what_it_shows(app: Application, api: ApiClient, lead: str) -> None:
    reader = ApiClient(app, scopes="leads:read")

    assert reader.get(f"{lead}/timeline").status == 200
    for part in ("campaigns", "enrollments", "contact-attempts", "conversions"):
        assert reader.get(f"{lead}/{part}").status == 403


def test_verbs_of_later_versions_say_so_after_looking_for_the_lead(api: ApiClient, lead: str) -> None:
    message = {"channel": "SMS", "content": "Hello"}

    assert api.post(f"{lead}/contact", message).status == 501
    assert api.post(f"{lead}/erase").status == 501
    assert api.get(f"{lead}/export").status == 501
    assert api.post("/v1/leads/nobody/contact", message).status == 404
    assert api.post("/v1/leads/nobody/erase").status == 404
    assert api.post(f"{lead}/contact", {"channel": "FAX"}).status == 422
