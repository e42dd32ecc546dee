"""What a lead has and what happened to it, over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests import factories
from tests.api_client import ApiClient
from tests.functions.api.desk import Desk
from tools.bench_engine.cost import counting


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


# --- with a worker at work -------------------------------------------------------------------------------------


def told(desk: Desk, lead: str) -> list[tuple[Any, ...]]:
    """Time of day, type, status and reason of each entry, the latest first."""
    entries = desk.api.get(f"/v1/leads/{lead}/timeline", query={"limit": 100}).json["data"]
    return [(entry["at"][11:16], entry["type"], entry["status"], entry["reason"]) for entry in entries]


def test_every_decision_stands_at_its_time_the_last_one_with_what_it_ended(
    app: Application, clock: ManualClock
) -> None:
    desk = Desk(app, clock, sms_hours="Mon-Fri 10:00-18:00")
    lead = desk.lead(timeZone="Europe/Berlin")
    desk.wait(hours=6)
    desk.enroll(desk.sequence({"conditions": {"converted": True}}, {})["id"], lead)
    desk.work()
    desk.work()
    planned = told(desk, lead)
    desk.wait(hours=15)
    desk.work()

    assert planned[0] == ("09:00", "execution", "SCHEDULED", None)
    assert told(desk, lead) == [
        ("09:00", "execution", "SENT", "sent"),
        ("09:00", "change", "COMPLETED", "no_step_left"),
        ("09:00", "attempt", "IN_PROGRESS", None),
        ("18:00", "execution", "SKIPPED", "conditions_false"),
        ("18:00", "enrollment", "COMPLETED", None),
        ("18:00", "decision", "SENT", "outside_window"),
    ]
    decision = desk.api.get(f"/v1/leads/{lead}/timeline").json["data"][-1]
    assert decision["detail"] == {"until": "2026-02-19T09:00:00.000Z", "zone": "Europe/Berlin"}
    assert (decision["channel"], decision["stepId"] is not None, decision["sequenceId"] is not None) == (
        "SMS",
        True,
        True,
    )


def test_changes_stops_and_contacts_by_hand_are_told(app: Application, clock: ManualClock) -> None:
    desk = Desk(app, clock)
    lead = desk.lead()
    enrollment = desk.enroll(desk.sequence({"delayValue": 1, "delayUnit": "DAYS"})["id"], lead)
    desk.wait(hours=1)
    desk.api.post(f"{enrollment}/pause")
    desk.wait(hours=1)
    desk.api.post(f"/v1/leads/{lead}/contact", {"channel": "SMS", "content": "Hello"})
    desk.work()
    desk.wait(hours=1)
    desk.api.post(f"/v1/leads/{lead}/stop", {"reason": "OPT_OUT"})
    desk.wait(hours=1)
    desk.api.post(f"/v1/leads/{lead}/unstop", {"reason": "asked by phone"})

    entries = told(desk, lead)

    assert [entry for entry in entries if entry[1] in ("change", "direct", "unstop")] == [
        ("16:00", "unstop", "ALLOWED", None),
        ("14:00", "direct", "SENT", "sent"),
        ("13:00", "change", "PAUSED", "enrollment_paused"),
    ]
    (unstop,) = [row for row in desk.api.get(f"/v1/leads/{lead}/timeline").json["data"] if row["type"] == "unstop"]
    assert (unstop["id"], unstop["detail"]) == (lead, {"because": "asked by phone"})
    desk.api.post(f"/v1/leads/{lead}/stop", {"reason": "COMPLAINT"})
    assert ("16:00", "stop", "STOPPED", "COMPLAINT") in told(desk, lead)


def test_what_providers_reported_stands_at_its_time(app: Application, clock: ManualClock) -> None:
    lead, sequence = factories.a_lead(), factories.a_sequence()
    step, enrollment = factories.a_step(sequence), factories.an_enrollment(lead, sequence)
    reported = {"deliveredAt": "2026-02-18T12:00:05.000Z", "clickedAt": "2026-02-18T12:07:00Z", "openedAt": "soon"}
    sent = factories.an_execution(enrollment, step, status="DELIVERED", executed_at=clock.now(), result=reported)
    factories.load(app, [lead, factories.a_contact(lead), sequence, step, enrollment, sent])

    entries = ApiClient(app).get(f"/v1/leads/{lead.id}/timeline").json["data"]

    assert [(row["at"], row["type"], row["status"], row["id"]) for row in entries[:2]] == [
        ("2026-02-18T12:07:00.000Z", "report", "clicked", sent.id),
        ("2026-02-18T12:00:05.000Z", "report", "delivered", sent.id),
    ]
    assert len(entries) == 4


def test_a_long_timeline_is_one_query_and_is_walked_without_gaps(app: Application, clock: ManualClock) -> None:
    desk = Desk(app, clock)
    lead = desk.lead()
    for _ in range(3):
        desk.enroll(desk.sequence({}, {"delayValue": 1})["id"], lead)
    desk.ledger.moods = ["busy", "reject", "accept"]
    for _ in range(4):
        desk.work()
        desk.wait(seconds=61)
    whole = desk.api.get(f"/v1/leads/{lead}/timeline", query={"limit": 100}).json["data"]

    with counting(desk.app) as cost:
        page = desk.api.get(f"/v1/leads/{lead}/timeline?limit=4").json
    seen = page["data"]
    while page["nextCursor"]:
        page = desk.api.get(f"/v1/leads/{lead}/timeline", query={"limit": 4, "cursor": page["nextCursor"]}).json
        seen += page["data"]

    assert seen == whole
    assert len(whole) > 12
    assert cost.requests == ["Query"]
