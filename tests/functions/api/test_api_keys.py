"""API keys over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from retention.access.model import ApiKeyInput
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import LastAdminKeyError
from tests.api_client import ApiClient, Reply


def make(api: ApiClient, *scopes: str, **fields: Any) -> Reply:
    reply = api.post("/v1/api-keys", {"name": "Importer", "scopes": list(scopes or ["leads:read"]), **fields})
    assert reply.status == 201
    return reply


def everything_in_the_table(app: Application) -> str:
    return json.dumps(boto3.client("dynamodb").scan(TableName=app.core.settings.table_name)["Items"])


def test_a_new_key_is_shown_once(api: ApiClient) -> None:
    reply = make(api, "leads:write", "leads:read")

    made = reply.json
    assert reply.headers["Location"] == f"/v1/api-keys/{made['id']}"
    assert made["key"].startswith(f"rk_{made['id']}_")
    again = api.get(reply.headers["Location"])
    assert again.json == {name: value for name, value in made.items() if name != "key"}
    assert again.json == {
        "id": made["id"],
        "name": "Importer",
        "scopes": ["leads:read", "leads:write"],
        "validUntil": None,
        "revokedAt": None,
        "replacedBy": None,
        "lastUsedAt": None,
        "createdAt": "2026-02-18T12:00:00.000Z",
    }
    assert again.headers["ETag"] == reply.headers["ETag"]


def test_the_table_never_holds_a_key(api: ApiClient) -> None:
    first = make(api, "admin").json
    second = api.post("/v1/api-keys", {"name": "x", "scopes": ["jobs:read"]}, idempotency_key="once").json
    third = api.post(f"/v1/api-keys/{second['id']}/rotate", {}, idempotency_key="twice").json

    kept = everything_in_the_table(api.app)

    for made in (first, second, third):
        assert made["id"] in kept
        assert made["key"].split("_")[2] not in kept


def test_a_repetition_makes_no_second_key_and_does_not_show_the_first_again(api: ApiClient) -> None:
    body = {"name": "Importer", "scopes": ["leads:read"]}

    first = api.post("/v1/api-keys", body, idempotency_key="once")
    again = api.post("/v1/api-keys", body, idempotency_key="once")

    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json == {**first.json, "key": None}
    assert again.headers["Location"] == first.headers["Location"]
    assert len(api.get("/v1/api-keys").json["data"]) == 1


def test_a_repeated_rotation_makes_no_second_key_and_does_not_show_the_first_again(api: ApiClient) -> None:
    path = make(api).headers["Location"] + "/rotate"

    first = api.post(path, {}, idempotency_key="once")
    again = api.post(path, {}, idempotency_key="once")

    assert first.json["key"] is not None
    assert (again.status, again.json) == (201, {**first.json, "key": None})
    assert len(api.get("/v1/api-keys").json["data"]) == 2


def test_wrong_fields_are_named(api: ApiClient) -> None:
    body = {"name": " ", "scopes": ["leads:read", "root", 7], "validUntil": "tomorrow", "id": "mine", "key": "rk_a_b"}
    reply = api.post("/v1/api-keys", body)

    assert reply.status == 422
    assert {(error["pointer"], error["code"]) for error in reply.json["errors"]} == {
        ("/name", "blank"),
        ("/scopes/1", "not_allowed"),
        ("/scopes/2", "not_allowed"),
        ("/validUntil", "not_an_instant"),
        ("/id", "unknown_field"),
        ("/key", "unknown_field"),
    }
    assert api.get("/v1/api-keys").json["data"] == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"scopes": ["admin"]}, "/name", "required"),
        ({"name": "x"}, "/scopes", "required"),
        ({"name": "x", "scopes": []}, "/scopes", "too_short"),
        ({"name": "x", "scopes": "admin"}, "/scopes", "wrong_type"),
        ({"name": "x", "scopes": ["admin"], "validUntil": "2026-02-18T12:00:00Z"}, "/validUntil", "not_in_future"),
        ({"name": "x", "scopes": ["admin"], "validUntil": 7}, "/validUntil", "not_an_instant"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(api: ApiClient, body: Any, pointer: str, code: str) -> None:
    reply = api.post("/v1/api-keys", body)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]


def test_a_key_may_last_to_the_end_of_time(api: ApiClient, clock: ManualClock) -> None:
    made = make(api, validUntil="9999-12-31T00:00:00Z").json
    clock.advance(86_400)

    rotated = api.post(f"/v1/api-keys/{made['id']}/rotate", {})

    assert (rotated.status, rotated.json["validUntil"]) == (201, "9999-12-31T00:00:00.000Z")


def test_keys_are_listed_newest_first_and_page_by_page(api: ApiClient, clock: ManualClock) -> None:
    made = []
    for _ in range(3):
        made.append(make(api).json["id"])
        clock.advance(1)

    page = api.get("/v1/api-keys?limit=2").json
    rest = api.get("/v1/api-keys", query={"limit": 2, "cursor": page["nextCursor"]}).json

    assert [one["id"] for one in page["data"] + rest["data"]] == made[::-1]
    assert rest["nextCursor"] is None
    assert "key" not in page["data"][0]
    assert "hash" not in page["data"][0]


def test_a_revoked_key_stays_visible_for_thirty_days(api: ApiClient, clock: ManualClock) -> None:
    path = make(api).headers["Location"]
    clock.advance(60)

    assert api.delete(path).status == 204

    assert api.get(path).json["revokedAt"] == "2026-02-18T12:01:00.000Z"
    clock.advance(30 * 86_400 - 1)
    assert len(api.get("/v1/api-keys").json["data"]) == 1
    clock.advance(1)
    assert api.get(path).status == 404
    assert api.get("/v1/api-keys").json["data"] == []


def test_revoking_twice_changes_nothing(api: ApiClient, clock: ManualClock) -> None:
    path = make(api).headers["Location"]
    api.delete(path)
    first = api.get(path).json
    clock.advance(60)

    assert api.delete(path).status == 204
    assert api.get(path).json == first


def test_a_stale_if_match_ends_no_key(api: ApiClient) -> None:
    made = make(api)
    path, tag = made.headers["Location"], made.headers["ETag"]

    assert api.delete(path, if_match='"other"').status == 412
    assert api.post(path + "/rotate", {}, if_match='"other"').status == 412
    assert api.get(path).json["revokedAt"] is None
    assert api.delete(path, if_match=tag).status == 204


@pytest.mark.parametrize("key_id", ["none", "bootstrap", "a%23b", "rk_x_y"])
def test_a_key_that_is_not_there_is_not_found(api: ApiClient, key_id: str) -> None:
    make(api, "admin")

    for reply in (
        api.get(f"/v1/api-keys/{key_id}"),
        api.delete(f"/v1/api-keys/{key_id}"),
        api.post(f"/v1/api-keys/{key_id}/rotate", {}),
    ):
        assert (reply.status, reply.json["code"]) == (404, "not_found")


def test_keys_are_not_changed_in_place(api: ApiClient) -> None:
    reply = api.patch(make(api).headers["Location"], {"scopes": ["admin"]})

    assert (reply.status, reply.headers["Allow"]) == (405, "DELETE, GET")


# --- the last admin key ------------------------------------------------------------------------------------------


def test_the_last_admin_key_is_kept_unless_its_end_is_forced(api: ApiClient) -> None:
    path = make(api, "admin").headers["Location"]
    make(api, "leads:read")

    refused = api.delete(path)
    assert (refused.status, refused.json["code"]) == (409, "last_admin_key")
    assert api.get(path).json["revokedAt"] is None
    assert api.delete(path + "?force=false").status == 409

    assert api.delete(path + "?force=true").status == 204


def test_an_admin_key_may_go_while_another_works(api: ApiClient) -> None:
    first, second = (make(api, "admin").headers["Location"] for _ in range(2))

    assert api.delete(first).status == 204
    assert api.delete(second).status == 409


@pytest.mark.parametrize("force", ["maybe", "", "2"])
def test_force_is_true_or_false(api: ApiClient, force: str) -> None:
    reply = api.delete(make(api).headers["Location"], query={"force": force})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (400, "/query/force")


def test_an_admin_key_that_has_expired_does_not_count_as_another(api: ApiClient, clock: ManualClock) -> None:
    stays = make(api, "admin").headers["Location"]
    expired = make(api, "admin", validUntil="2026-02-18T13:00:00Z").headers["Location"]
    clock.advance(3600)

    assert api.delete(stays).status == 409
    assert api.delete(expired).status == 204


def test_two_admin_keys_cannot_end_each_other(app: Application) -> None:
    for _ in range(5):
        keys = [app.access.create(ApiKeyInput(name="x", scopes=["admin"])).id for _ in range(2)]

        def end(key_id: str) -> bool:
            try:
                app.access.revoke(key_id, if_match=None, force=False)
            except LastAdminKeyError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(end, keys))

        assert sorted(ended) == [False, True]
        app.access.revoke(keys[ended.index(False)], if_match=None, force=True)


# --- rotation ----------------------------------------------------------------------------------------------------


def test_a_rotated_key_hands_over_its_name_and_scopes(api: ApiClient) -> None:
    old = make(api, "leads:read", "jobs:read").json

    reply = api.post(f"/v1/api-keys/{old['id']}/rotate", {})

    new = reply.json
    assert (reply.status, reply.headers["Location"]) == (201, f"/v1/api-keys/{new['id']}")
    assert (new["name"], new["scopes"], new["validUntil"]) == (old["name"], old["scopes"], None)
    assert new["key"] != old["key"]
    after = api.get(f"/v1/api-keys/{old['id']}").json
    assert (after["replacedBy"], after["validUntil"]) == (new["id"], "2026-02-19T12:00:00.000Z")


def test_the_end_of_both_keys_can_be_chosen(api: ApiClient) -> None:
    old = make(api).json
    ends = {"oldValidUntil": "2026-02-18T12:05:00Z", "validUntil": "2027-01-01T00:00:00Z"}

    new = api.post(f"/v1/api-keys/{old['id']}/rotate", ends).json

    assert new["validUntil"] == "2027-01-01T00:00:00.000Z"
    assert api.get(f"/v1/api-keys/{old['id']}").json["validUntil"] == "2026-02-18T12:05:00.000Z"


def test_a_key_with_an_end_is_followed_by_one_that_lives_as_long_and_does_not_outlive_it_itself(
    api: ApiClient, clock: ManualClock
) -> None:
    old = make(api, validUntil="2026-02-19T12:00:00Z").json
    clock.advance(12 * 3600)

    new = api.post(f"/v1/api-keys/{old['id']}/rotate", {"oldValidUntil": "2030-01-01T00:00:00Z"}).json

    assert new["validUntil"] == "2026-02-20T00:00:00.000Z"
    assert api.get(f"/v1/api-keys/{old['id']}").json["validUntil"] == "2026-02-19T12:00:00.000Z"


@pytest.mark.parametrize("field", ["validUntil", "oldValidUntil"])
def test_no_key_is_rotated_into_the_past(api: ApiClient, field: str) -> None:
    old = make(api).json

    reply = api.post(f"/v1/api-keys/{old['id']}/rotate", {field: "2026-02-18T11:59:59Z"})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{field}", "not_in_future")]


def test_a_key_is_rotated_once(api: ApiClient) -> None:
    old = make(api).json
    new = api.post(f"/v1/api-keys/{old['id']}/rotate").json

    again = api.post(f"/v1/api-keys/{old['id']}/rotate")

    assert (again.status, new["id"] in again.json["detail"]) == (409, True)
    assert len(api.get("/v1/api-keys").json["data"]) == 2


def test_a_key_that_no_longer_works_is_not_rotated(api: ApiClient, clock: ManualClock) -> None:
    revoked = make(api).headers["Location"]
    api.delete(revoked)
    expired = make(api, validUntil="2026-02-18T13:00:00Z").headers["Location"]
    clock.advance(3600)

    for path in (revoked, expired):
        assert api.post(path + "/rotate", {}).status == 409


# --- last use ----------------------------------------------------------------------------------------------------


def test_a_use_that_somebody_else_noted_meanwhile_is_not_noted_again(api: ApiClient, clock: ManualClock) -> None:
    made = make(api).json
    path = f"/v1/api-keys/{made['id']}"
    seen_never = {"keyId": made["id"], "scopes": "leads:read", "noted": "never"}
    api.app.access.note_use(made["id"], "never")
    clock.advance(5000)

    ApiClient(api.app, context=seen_never).get("/v1/leads")

    assert api.get(path).json["lastUsedAt"] == "2026-02-18T12:00:00.000Z"


def test_a_use_by_a_key_that_has_vanished_leaves_nothing_behind(api: ApiClient) -> None:
    before = everything_in_the_table(api.app)

    ApiClient(api.app, context={"keyId": "gone", "scopes": "leads:read", "noted": "never"}).get("/v1/leads")

    assert everything_in_the_table(api.app) == before


def test_a_revoke_keeps_the_last_use(api: ApiClient) -> None:
    made = make(api).json
    api.app.access.note_use(made["id"], "never")

    api.delete(f"/v1/api-keys/{made['id']}")

    assert api.get(f"/v1/api-keys/{made['id']}").json["lastUsedAt"] == "2026-02-18T12:00:00.000Z"
