"""Campaigns over HTTP."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests import factories
from tests.api_client import ApiClient


def create(api: ApiClient, **fields: object) -> str:
    """Create a campaign; its path."""
    reply = api.post("/v1/campaigns", {"name": "Spring Outreach", **fields})
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def test_a_new_campaign_has_the_defaults_of_the_data_model(api: ApiClient) -> None:
    reply = api.post("/v1/campaigns", {"name": "Spring Outreach"})

    assert reply.status == 201
    campaign = reply.json
    assert reply.headers["Location"] == f"/v1/campaigns/{campaign['id']}"
    assert (campaign["status"], campaign["channels"]) == ("DRAFT", [])
    assert [campaign[name] for name in ("description", "meta", "startDate", "endDate")] == [None] * 4
    assert campaign["createdAt"] == campaign["updatedAt"] == "2026-02-18T12:00:00.000Z"
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (campaign, reply.headers["ETag"])


def test_what_is_given_comes_back_as_it_was_given(api: ApiClient) -> None:
    given = {
        "name": "Holiday",
        "description": "Before the new year",
        "status": "PAUSED",
        "channels": ["EMAIL", "CALL", "SMS"],
        "meta": {"budget": 12.3400, "tags": ["a", None, {"deep": True}], "empty": ""},
        "startDate": "2026-12-01T00:00:00.000Z",
        "endDate": "2026-12-24T18:00:00.000Z",
    }

    path = create(api, **given)

    assert api.get(path).json.items() >= given.items()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", None, "wrong_type"),
        ("name", "   ", "blank"),
        ("name", "x" * 201, "too_long"),
        ("description", 5, "wrong_type"),
        ("status", "RUNNING", "not_allowed"),
        ("channels", "SMS", "wrong_type"),
        ("channels", ["SMS", "SMS"], "duplicate_item"),
        ("meta", [], "wrong_type"),
        ("startDate", "tomorrow", "not_an_instant"),
        ("endDate", "2026-02-18", "not_an_instant"),
        ("createdAt", "2026-02-18T00:00:00Z", "unknown_field"),
        ("id", "mine", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_by_its_pointer(api: ApiClient, field: str, value: object, code: str) -> None:
    reply = api.post("/v1/campaigns", {"name": "Spring", field: value})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{field}", code)]


def test_a_wrong_channel_is_named_by_its_place_in_the_list(api: ApiClient) -> None:
    reply = api.post("/v1/campaigns", {"name": "Spring", "channels": ["SMS", "FAX"]})

    assert [error["pointer"] for error in reply.json["errors"]] == ["/channels/1"]


def test_a_campaign_cannot_end_before_it_starts(api: ApiClient) -> None:
    early, late = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"
    created = api.post("/v1/campaigns", {"name": "Spring", "startDate": late, "endDate": early})
    path = create(api, startDate=late)
    patched = api.patch(path, {"endDate": early})

    for reply in (created, patched):
        assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/endDate")
    assert api.patch(path, {"startDate": None, "endDate": early}).status == 200
    assert api.patch(path, {"startDate": early}).json["endDate"] == "2026-03-01T00:00:00.000Z"


def test_a_patch_merges_and_null_clears(api: ApiClient, clock: ManualClock) -> None:
    path = create(api, description="x", channels=["SMS"], meta={"a": 1, "b": {"c": 2}})
    clock.advance(5)

    patched = api.patch(path, {"description": None, "channels": ["CALL"], "meta": {"a": None, "b": {"d": 3}}})

    campaign = patched.json
    assert (campaign["description"], campaign["channels"], campaign["meta"]) == (
        None,
        ["CALL"],
        {"b": {"c": 2, "d": 3}},
    )
    assert (campaign["createdAt"], campaign["updatedAt"]) == ("2026-02-18T12:00:00.000Z", "2026-02-18T12:00:05.000Z")
    assert api.get(path).json == campaign


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ({"status": "ACTIVE"}, "/status", "use_a_verb"),
        ({"id": "other"}, "/id", "read_only"),
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "/updatedAt", "read_only"),
        ({"name": None}, "/name", "not_nullable"),
        ({"channels": None}, "/channels", "not_nullable"),
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"revision": "x"}, "/revision", "unknown_field"),
        ([], "", "not_an_object"),
    ],
)
def test_a_patch_that_is_refused_changes_nothing(api: ApiClient, patch: object, pointer: str, code: str) -> None:
    path = create(api)
    before = api.get(path)

    reply = api.patch(path, patch)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    after = api.get(path)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


def test_a_stale_if_match_writes_nothing(api: ApiClient) -> None:
    path = create(api)
    tag = api.get(path).headers["ETag"]
    fresh = api.patch(path, {"name": "Summer"}, if_match=tag)

    assert (fresh.status, fresh.headers["ETag"] != tag) == (200, True)
    assert api.patch(path, {"name": "Autumn"}, if_match=tag).status == 412
    assert api.delete(path, if_match=tag).status == 412
    assert api.get(path).json["name"] == "Summer"
    assert api.delete(path, if_match=fresh.headers["ETag"]).status == 204


def test_the_list_is_newest_first_and_filtered_by_status(api: ApiClient, clock: ManualClock) -> None:
    for number, status in enumerate(["DRAFT", "ACTIVE", "DRAFT", "COMPLETED"]):
        create(api, name=f"{number}", status=status)
        clock.advance(1)

    assert [campaign["name"] for campaign in api.get("/v1/campaigns").json["data"]] == ["3", "2", "1", "0"]
    assert [campaign["name"] for campaign in api.get("/v1/campaigns?status=DRAFT").json["data"]] == ["2", "0"]
    assert api.get("/v1/campaigns?status=PAUSED").json == {"data": [], "nextCursor": None}
    assert api.get("/v1/campaigns?status=LOUD").json["errors"][0]["pointer"] == "/query/status"
    assert api.get("/v1/campaigns?colour=red").json["errors"][0]["code"] == "unknown_parameter"


def test_a_list_is_walked_by_cursor_also_when_campaigns_come_and_go(api: ApiClient, clock: ManualClock) -> None:
    paths = []
    for number in range(5):
        paths.append(create(api, name=f"{number}"))
        clock.advance(1)

    first = api.get("/v1/campaigns?limit=2").json
    create(api, name="newer")
    api.delete(paths[3])
    second = api.get("/v1/campaigns", query={"limit": 2, "cursor": first["nextCursor"]}).json
    third = api.get("/v1/campaigns", query={"limit": 2, "cursor": second["nextCursor"]}).json

    names = [[campaign["name"] for campaign in page["data"]] for page in (first, second, third)]
    assert (names, third["nextCursor"]) == ([["4", "3"], ["2", "1"], ["0"]], None)


def test_an_unknown_campaign_is_not_found_whatever_is_done_with_it(api: ApiClient) -> None:
    calls = [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("GET", "/leads", None),
        ("POST", "/leads", {"leadId": "x"}),
        ("POST", "/leads", {"leadIds": ["x"]}),
        ("GET", "/leads/x", None),
        ("DELETE", "/leads/x", None),
        ("GET", "/scripts", None),
        ("GET", "/contact-attempts", None),
        ("GET", "/conversions", None),
        ("GET", "/ab-tests", None),
        ("GET", "/stats", None),
        *(("POST", f"/{verb}", None) for verb in ("start", "pause", "resume", "complete")),
    ]

    answers = {(method, tail): api(method, f"/v1/campaigns/nothing{tail}", body).status for method, tail, body in calls}

    assert set(answers.values()) == {404}, answers


def test_a_deleted_campaign_is_gone_and_what_stays_has_no_campaign(api: ApiClient, app: Application) -> None:
    path = create(api)
    campaign_id = path.rsplit("/", 1)[1]
    lead = factories.a_lead()
    attempt = factories.an_attempt(lead, campaign_id=campaign_id)
    factories.load(app, [lead, factories.a_contact(lead), attempt])
    assert api.post(f"{path}/leads", {"leadId": lead.id}).status == 201
    script = api.post("/v1/scripts", {"name": "Hi", "type": "SMS", "content": "Hi", "campaignId": campaign_id}).json

    assert api.delete(path).status == 204

    assert (api.get(path).status, api.delete(path).status, api.get(f"{path}/leads").status) == (404, 404, 404)
    assert api.get("/v1/campaigns").json["data"] == []
    assert api.get(f"/v1/scripts/{script['id']}").json["campaignId"] is None
    assert (
        api.post("/v1/scripts", {"name": "Hi", "type": "SMS", "content": "Hi", "campaignId": campaign_id}).status == 422
    )


def test_the_attempts_and_conversions_of_a_campaign_are_its_own_newest_first(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    mine, other = factories.a_campaign(), factories.a_campaign()
    leads = [factories.a_lead() for _ in range(6)]
    attempts, conversions = [], []
    for lead in leads:
        clock.advance(1)
        attempts.append(factories.an_attempt(lead, campaign_id=mine.id, started_at=clock.now()))
        conversions += factories.a_conversion(campaign_id=mine.id, created_at=clock.now())
        factories.load(app, [factories.an_attempt(lead, campaign_id=other.id), factories.an_attempt(lead)])
    factories.load(app, [mine, other, *attempts, *conversions, *factories.a_conversion(campaign_id=other.id)])

    seen = []
    page = api.get(f"/v1/campaigns/{mine.id}/contact-attempts?limit=4").json
    seen += page["data"]
    page = api.get(f"/v1/campaigns/{mine.id}/contact-attempts", query={"limit": 4, "cursor": page["nextCursor"]}).json
    seen += page["data"]
    converted = api.get(f"/v1/campaigns/{mine.id}/conversions").json["data"]

    assert [attempt["leadId"] for attempt in seen] == [lead.id for lead in reversed(leads)]
    assert page["nextCursor"] is None
    assert len(converted) == 6
    assert [one["createdAt"] for one in converted] == sorted((one["createdAt"] for one in converted), reverse=True)


def test_the_scripts_and_tests_of_a_campaign_are_its_own(api: ApiClient, app: Application) -> None:
    mine, other = factories.a_campaign(), factories.a_campaign()
    script, test = factories.a_script(campaign_id=mine.id), factories.a_test(mine)
    strangers = [factories.a_script(campaign_id=other.id), factories.a_script(), factories.a_test(other)]
    factories.load(app, [mine, other, script, test, *strangers])

    scripts = api.get(f"/v1/campaigns/{mine.id}/scripts").json["data"]
    tests = api.get(f"/v1/campaigns/{mine.id}/ab-tests").json["data"]

    assert ([one["id"] for one in scripts], [one["id"] for one in tests]) == ([script.id], [test.id])


def test_what_belongs_to_a_campaign_needs_the_scope_of_its_own_kind(api: ApiClient, app: Application) -> None:
    path = create(api)
    reader = ApiClient(app, scopes="campaigns:read")

    statuses = {tail: reader.get(f"{path}{tail}").status for tail in ("", "/leads", "/scripts", "/contact-attempts")}

    assert statuses == {"": 200, "/leads": 200, "/scripts": 403, "/contact-attempts": 403}


def test_a_path_of_odd_characters_names_nothing(api: ApiClient) -> None:
    for odd in ("a" * 401, "\u4e2d" * 400, "\U0001f600" * 400, "%23", "..", "RUNNING", "é"):
        assert api.get(f"/v1/campaigns/{odd}").status == 404, odd
