"""Sequences over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from tests import factories
from tests.api_client import ApiClient


def a_sequence(**fields: object) -> dict[str, object]:
    return {"name": "Win back", **fields}


def errors_of(reply: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in reply.json["errors"]}


def test_a_new_sequence_has_the_defaults_of_the_data_model(api: ApiClient) -> None:
    reply = api.post("/v1/sequences", a_sequence())

    assert reply.status == 201
    assert reply.headers["Location"] == f"/v1/sequences/{reply.json['id']}"
    assert reply.json == {
        "id": reply.json["id"],
        "name": "Win back",
        "description": None,
        "channels": [],
        "triggerType": "manual",
        "triggerConfig": {},
        "settings": {},
        "status": "DRAFT",
        "steps": [],
        "createdAt": "2026-02-18T12:00:00.000Z",
        "updatedAt": "2026-02-18T12:00:00.000Z",
    }
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])


def test_a_sequence_is_created_with_its_steps_in_one_request(api: ApiClient, app: Application) -> None:
    script = factories.a_script(type="EMAIL")
    factories.load(app, [script])

    reply = api.post(
        "/v1/sequences",
        a_sequence(
            status="ACTIVE",
            channels=["EMAIL", "SMS"],
            steps=[
                {"channel": "EMAIL", "scriptId": script.id, "delayValue": 2, "delayUnit": "DAYS"},
                {"channel": "SMS", "conditions": {"step": "previous", "outcome": "clicked"}, "isActive": False},
            ],
        ),
    )

    assert (reply.status, reply.json["status"], reply.json["channels"]) == (201, "ACTIVE", ["EMAIL", "SMS"])
    first, second = reply.json["steps"]
    assert first == {
        "id": first["id"],
        "sequenceId": reply.json["id"],
        "stepOrder": 0,
        "channel": "EMAIL",
        "scriptId": script.id,
        "delayValue": 2,
        "delayUnit": "DAYS",
        "conditions": {},
        "isActive": True,
        "settings": {},
        "createdAt": "2026-02-18T12:00:00.000Z",
        "updatedAt": "2026-02-18T12:00:00.000Z",
    }
    assert (second["stepOrder"], second["isActive"]) == (1, False)
    assert second["conditions"] == {"step": "previous", "outcome": "clicked"}
    assert api.get(reply.headers["Location"]).json["steps"] == [first, second]


def test_fifty_steps_fit_one_request_also_under_an_idempotency_key(api: ApiClient) -> None:
    steps = [{"channel": "SMS", "delayValue": number} for number in range(50)]

    reply = api.post("/v1/sequences", a_sequence(steps=steps), idempotency_key="fifty")
    again = api.post("/v1/sequences", a_sequence(steps=steps), idempotency_key="fifty")
    more = api.post("/v1/sequences", a_sequence(steps=[*steps, *steps]))

    assert [step["delayValue"] for step in reply.json["steps"]] == list(range(50))
    assert (again.status, again.json) == (201, reply.json)
    assert (more.status, errors_of(more)) == (422, {"/steps": "too_long"})
    assert len(api.get("/v1/sequences").json["data"]) == 1


def test_steps_that_share_a_place_keep_the_order_in_which_they_were_given(api: ApiClient) -> None:
    steps = [{"channel": "SMS", "stepOrder": 5, "delayValue": number} for number in range(20)]

    reply = api.post("/v1/sequences", a_sequence(steps=[*steps, {"channel": "SMS", "stepOrder": 1, "delayValue": 99}]))

    assert [step["delayValue"] for step in reply.json["steps"]] == [99, *range(20)]


def test_every_wrong_field_is_named_by_its_pointer(api: ApiClient) -> None:
    reply = api.post(
        "/v1/sequences",
        {
            "name": " ",
            "status": "RUNNING",
            "channels": ["SMS", "FAX"],
            "triggerType": "birthday",
            "triggerConfig": {"sources": "META", "minDaysSinceLastContact": -1, "excludeStatus": ["HOT"]},
            "steps": [{"delayValue": -1, "delayUnit": "YEARS", "stepOrder": "first", "isActive": 1, "colour": "red"}],
            "id": "mine",
        },
    )

    assert reply.status == 422
    assert errors_of(reply) == {
        "/name": "blank",
        "/status": "not_allowed",
        "/channels/1": "not_allowed",
        "/triggerType": "not_allowed",
        "/triggerConfig/sources": "wrong_type",
        "/triggerConfig/minDaysSinceLastContact": "too_small",
        "/triggerConfig/excludeStatus/0": "not_allowed",
        "/steps/0/channel": "required",
        "/steps/0/delayValue": "too_small",
        "/steps/0/delayUnit": "not_allowed",
        "/steps/0/stepOrder": "wrong_type",
        "/steps/0/isActive": "wrong_type",
        "/steps/0/colour": "unknown_field",
        "/id": "unknown_field",
    }


def test_what_a_sequence_refers_to_must_exist_and_fit(api: ApiClient, app: Application) -> None:
    campaign, going = factories.a_campaign(), factories.a_campaign(deleting=True)
    script = factories.a_script(type="SMS")
    factories.load(app, [campaign, going, script])

    reply = api.post(
        "/v1/sequences",
        a_sequence(
            triggerType="new_lead",
            triggerConfig={"campaigns": [campaign.id, "gone", going.id]},
            steps=[
                {"channel": "SMS", "scriptId": script.id},
                {"channel": "EMAIL", "scriptId": script.id},
                {"channel": "SMS", "scriptId": "nothing"},
                {"channel": "SMS", "delayValue": 522, "delayUnit": "WEEKS"},
                {"channel": "SMS", "conditions": {"all": [{"step": "previous", "outcome": "sent"}, {"clicked": 1}]}},
                {"channel": "SMS", "conditions": {"step": "first", "outcome": "sent"}},
            ],
        ),
    )

    assert reply.status == 422
    assert errors_of(reply) == {
        "/triggerConfig/campaigns/1": "unknown_reference",
        "/triggerConfig/campaigns/2": "unknown_reference",
        "/steps/1/scriptId": "wrong_channel",
        "/steps/2/scriptId": "unknown_reference",
        "/steps/3/delayValue": "delay_too_long",
        "/steps/4/conditions/all/1": "not_a_condition",
        "/steps/5/conditions/step": "unknown_reference",
    }
    assert api.get("/v1/sequences").json["data"] == []


def test_a_trigger_configuration_must_fit_its_trigger_also_after_a_change(api: ApiClient) -> None:
    refused = api.post("/v1/sequences", a_sequence(triggerConfig={"sources": ["META"]}))
    created = api.post(
        "/v1/sequences",
        a_sequence(triggerType="new_lead", triggerConfig={"sources": ["META", "partner shop"], "campaigns": None}),
    )
    path = created.headers["Location"]

    assert (refused.status, errors_of(refused)) == (422, {"/triggerConfig/sources": "not_for_this_trigger"})
    assert created.json["triggerConfig"] == {"sources": ["META", "partner shop"]}
    misfit = api.patch(path, {"triggerType": "no_conversion"})
    assert (misfit.status, errors_of(misfit)) == (422, {"/triggerConfig/sources": "not_for_this_trigger"})
    changed = api.patch(
        path,
        {"triggerType": "no_conversion", "triggerConfig": {"sources": None, "minDaysSinceLastContact": 7}},
    )
    assert (changed.status, changed.json["triggerConfig"]) == (200, {"minDaysSinceLastContact": 7})
    assert api.get(path).json == changed.json


def test_a_campaign_that_was_deleted_later_does_not_stand_in_the_way_of_other_changes(
    api: ApiClient, app: Application
) -> None:
    campaign = factories.a_campaign()
    factories.load(app, [campaign])
    config = {"campaigns": [campaign.id]}
    path = api.post("/v1/sequences", a_sequence(triggerType="new_lead", triggerConfig=config)).headers["Location"]
    assert api.delete(f"/v1/campaigns/{campaign.id}").status in (202, 204)

    renamed = api.patch(path, {"name": "Other"})
    extended = api.patch(path, {"triggerConfig": {"campaigns": [campaign.id, "nothing"]}})

    assert (renamed.status, renamed.json["name"]) == (200, "Other")
    assert errors_of(extended) == {"/triggerConfig/campaigns/1": "unknown_reference"}


def test_a_merge_patch_changes_what_it_names_and_nothing_else(api: ApiClient) -> None:
    created = api.post("/v1/sequences", a_sequence(description="x", channels=["SMS"], steps=[{"channel": "SMS"}]))
    path = created.headers["Location"]

    changed = api.patch(path, {"description": None, "channels": ["CALL"]})
    cleared = api.patch(path, {"name": None})

    assert changed.json == {**created.json, "description": None, "channels": ["CALL"]}
    assert changed.headers["ETag"] != created.headers["ETag"]
    assert (cleared.status, errors_of(cleared)) == (422, {"/name": "not_nullable"})


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ({"status": "ACTIVE"}, {"/status": "use_a_verb"}),
        ({"steps": []}, {"/steps": "read_only"}),
        ({"id": "x", "createdAt": "2026-01-01T00:00:00Z"}, {"/id": "read_only", "/createdAt": "read_only"}),
        ({"colour": "red"}, {"/colour": "unknown_field"}),
        ([], {"": "not_an_object"}),
    ],
)
def test_what_a_patch_cannot_change_is_refused_with_the_reason(
    api: ApiClient, patch: Any, error: dict[str, str]
) -> None:
    path = api.post("/v1/sequences", a_sequence()).headers["Location"]

    reply = api.patch(path, patch)

    assert (reply.status, errors_of(reply)) == (422, error)


def test_the_etag_of_a_sequence_changes_with_its_steps(api: ApiClient) -> None:
    created = api.post("/v1/sequences", a_sequence(steps=[{"channel": "SMS"}]))
    path, tag = created.headers["Location"], created.headers["ETag"]
    assert api.get(path).headers["ETag"] == tag
    api.patch(f"{path}/steps/{created.json['steps'][0]['id']}", {"delayValue": 3})

    stale = api.patch(path, {"name": "Other"}, if_match=tag)
    kept = api.delete(path, if_match=tag)
    fresh = api.patch(path, {"name": "Other"}, if_match=api.get(path).headers["ETag"])

    assert (stale.status, kept.status, fresh.status) == (412, 412, 200)
    assert api.delete(path, if_match=fresh.headers["ETag"]).status == 204


def test_a_list_is_filtered_and_walked_by_cursor_without_its_steps(api: ApiClient) -> None:
    for number in range(5):
        status = "ACTIVE" if number % 2 else "DRAFT"
        api.post("/v1/sequences", a_sequence(name=f"Sequence {number}", status=status, steps=[{"channel": "SMS"}]))
    api.post("/v1/sequences", a_sequence(name="Other", triggerType="no_conversion"))

    names: list[str] = []
    page = api.get("/v1/sequences?limit=2").json
    while True:
        names += [sequence["name"] for sequence in page["data"]]
        if page["nextCursor"] is None:
            break
        page = api.get("/v1/sequences", query={"limit": 2, "cursor": page["nextCursor"]}).json

    assert sorted(names) == ["Other", *(f"Sequence {number}" for number in range(5))]
    active = api.get("/v1/sequences?status=ACTIVE").json["data"]
    assert {sequence["name"] for sequence in active} == {"Sequence 1", "Sequence 3"}
    assert "steps" not in active[0]
    waiting = api.get("/v1/sequences?triggerType=no_conversion&status=DRAFT").json["data"]
    assert [sequence["name"] for sequence in waiting] == ["Other"]
    assert api.get("/v1/sequences?status=RUNNING").status == 400


def test_a_deleted_sequence_is_gone_with_its_steps(api: ApiClient) -> None:
    created = api.post("/v1/sequences", a_sequence(steps=[{"channel": "SMS"}]))
    path = created.headers["Location"]
    step = f"{path}/steps/{created.json['steps'][0]['id']}"

    assert api.delete(path).status == 204
    assert [api.get(path).status, api.get(step).status, api.get(f"{path}/steps").status] == [404, 404, 404]
    assert [api.delete(path).status, api.delete(step).status] == [404, 404]
    assert api.post(f"{path}/steps", {"channel": "SMS"}).status == 404
    assert api.patch(path, {"name": "Back"}).status == 404
    assert api.post(f"{path}/enrollments", {"leadId": "somebody"}).status == 404
    assert api.get("/v1/sequences").json["data"] == []


def test_an_id_that_begins_another_ones_does_not_show_the_others_steps(api: ApiClient, app: Application) -> None:
    short, long = factories.a_sequence(id="spring"), factories.a_sequence(id="spring-2026")
    factories.load(app, [short, long, factories.a_step(short, id="own"), factories.a_step(long, id="foreign")])

    assert [step["id"] for step in api.get("/v1/sequences/spring").json["steps"]] == ["own"]
    assert api.get("/v1/sequences/spr").status == 404
