"""Who gets in: API keys, from the authorizer's question to the API's answer."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from api.app import logger as api_logger
from authorizer.app import logger as authorizer_logger
from retention.access import gate
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.config import Settings
from retention.errors import SecretStoreError
from retention.table.keys import key
from tests.api_client import ApiClient
from tests.door import Door

_secrets = count()
BOOTSTRAP = "rk_bootstrap_" + "B0otstrap" * 5


@pytest.fixture
def settings(app: Application) -> Settings:
    """A deployment with a bootstrap key."""
    document = json.dumps({"id": "bootstrap", "secret": BOOTSTRAP.removeprefix("rk_bootstrap_")})
    made = boto3.client("secretsmanager").create_secret(Name=f"bootstrap-{next(_secrets)}", SecretString=document)
    return replace(app.core.settings, bootstrap_key_secret_arn=made["ARN"])


@pytest.fixture
def door(app: Application, clock: ManualClock, settings: Settings) -> Door:
    return Door(app, gate.build(settings, clock=clock, keyring=app.core.keyring))


def make_key(api: ApiClient, *scopes: str, **fields: Any) -> dict[str, Any]:
    reply = api.post("/v1/api-keys", {"name": "A key", "scopes": list(scopes or ["leads:read"]), **fields})
    assert reply.status == 201
    made: dict[str, Any] = reply.json
    return made


def test_a_key_opens_what_its_scopes_say_and_nothing_else(api: ApiClient, door: Door) -> None:
    mine = door.with_key(make_key(api, "leads:read")["key"])

    assert mine.get("/v1/leads").status == 200
    assert mine.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).status == 403
    assert mine.get("/v1/campaigns").status == 403
    assert mine.get("/v1/api-keys").status == 403


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic cms6eA==",
        "{key}",
        "Bearer {key}x",
        "Bearer rk_",
        "Bearer rk_{id}_",
        "Bearer rk_{id}_" + "0" * 52,
        "Bearer rk_0000000000000000_{secret}",
        "Bearer rk_{id}_{secret}\u00e9",
        "Bearer rk_{id}_{secret}_{secret}",
        "Bearer rk_#_{secret}",
        "Bearer " + "x" * 9000,
        "Bearer {key}, Bearer {key}",
        BOOTSTRAP[:-1],
        f"Bearer {BOOTSTRAP[:-1]}",
        f"Bearer {BOOTSTRAP}x",
    ],
)
def test_what_is_no_key_of_ours_opens_nothing(api: ApiClient, door: Door, header: str | None) -> None:
    made = make_key(api, "admin")
    _, key_id, secret = made["key"].split("_")
    sent = header and header.format(key=made["key"], id=key_id, secret=secret)

    answer = door.answer(sent)
    reply = door.with_header(sent).get("/v1/leads")

    assert answer["isAuthorized"] is True
    assert answer["context"].keys() == {"failure"}
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
    assert reply.json["detail"] == answer["context"]["failure"]


def test_the_scheme_may_be_written_in_any_case(api: ApiClient, door: Door) -> None:
    made = make_key(api)

    assert door.with_header(f"bearer  {made['key']} ").get("/v1/leads").status == 200


def test_an_unknown_key_and_a_wrong_secret_sound_alike(api: ApiClient, door: Door) -> None:
    made = make_key(api)
    wrong_secret = made["key"][:-4] + "zzzz"
    unknown = "rk_0123456789abcdef_" + made["key"].split("_")[2]

    assert door.answer(f"Bearer {wrong_secret}") == door.answer(f"Bearer {unknown}")


def test_a_key_stops_working_at_the_instant_it_is_valid_until(api: ApiClient, door: Door, clock: ManualClock) -> None:
    made = make_key(api, validUntil="2026-02-18T13:00:00Z")

    clock.advance(3599)
    before = door.with_key(made["key"]).get("/v1/leads")
    clock.advance(1)
    after = door.with_key(made["key"]).get("/v1/leads")

    assert before.status == 200
    assert (after.status, after.json["detail"]) == (401, "This API key has expired.")


def test_a_revoked_key_opens_nothing(api: ApiClient, door: Door) -> None:
    made = make_key(api)

    assert api.delete(f"/v1/api-keys/{made['id']}").status == 204

    reply = door.with_key(made["key"]).get("/v1/leads")
    assert (reply.status, reply.json["detail"]) == (401, "This API key was revoked.")


def test_both_keys_of_a_rotation_work_until_the_old_one_ends(api: ApiClient, door: Door, clock: ManualClock) -> None:
    old = make_key(api)
    new = api.post(f"/v1/api-keys/{old['id']}/rotate", {}).json

    def works(made: dict[str, Any]) -> bool:
        return door.with_key(made["key"]).get("/v1/leads").status == 200

    assert works(old)
    assert works(new)
    clock.advance(24 * 3600)
    assert not works(old)
    assert works(new)


def test_the_bootstrap_key_opens_everything_until_an_admin_key_is_made(door: Door) -> None:
    bootstrap = door.with_key(BOOTSTRAP)
    reader = make_key(bootstrap, "leads:read")
    assert door.with_key(BOOTSTRAP).get("/v1/api-keys").status == 200

    admin = make_key(bootstrap, "leads:read", "admin")

    refused = door.with_key(BOOTSTRAP).get("/v1/api-keys")
    assert (refused.status, "retired" in refused.json["detail"]) == (401, True)
    assert door.with_key(admin["key"]).get("/v1/api-keys").status == 200
    assert door.with_key(reader["key"]).get("/v1/leads").status == 200


def test_an_operator_brings_the_bootstrap_key_back_by_deleting_its_retirement(door: Door, app: Application) -> None:
    make_key(door.with_key(BOOTSTRAP), "admin")
    where = key("BootstrapRetirement")

    boto3.client("dynamodb").delete_item(
        TableName=app.core.settings.table_name, Key={"pk": {"S": where.pk}, "sk": {"S": where.sk}}
    )

    assert door.with_key(BOOTSTRAP).get("/v1/api-keys").status == 200


def test_an_admin_key_that_was_not_written_retires_nothing(door: Door) -> None:
    refused = door.with_key(BOOTSTRAP).post("/v1/api-keys", {"name": "", "scopes": ["admin"]})

    assert refused.status == 422
    assert door.with_key(BOOTSTRAP).get("/v1/api-keys").status == 200


def test_a_deployment_without_a_bootstrap_key_knows_none(app: Application, clock: ManualClock) -> None:
    door = Door(app, gate.build(app.core.settings, clock=clock, keyring=app.core.keyring))

    assert door.with_key(BOOTSTRAP).get("/v1/leads").status == 401


def test_a_use_is_told_once_an_hour(api: ApiClient, door: Door, clock: ManualClock) -> None:
    made = make_key(api)
    path = f"/v1/api-keys/{made['id']}"

    assert api.get(path).json["lastUsedAt"] is None
    door.with_key(made["key"]).get("/v1/leads")
    first = api.get(path)
    clock.advance(1800)
    door.with_key(made["key"]).get("/v1/leads")
    second = api.get(path)
    clock.advance(1800)
    door.with_key(made["key"]).get("/v1/leads")
    third = api.get(path)

    told = [reply.json["lastUsedAt"] for reply in (first, second, third)]
    assert told == ["2026-02-18T12:00:00.000Z", "2026-02-18T12:00:00.000Z", "2026-02-18T13:00:00.000Z"]
    assert first.headers["ETag"] == third.headers["ETag"]


def test_nobody_is_let_in_on_a_guess_when_the_table_is_down(api: ApiClient, door: Door, settings: Settings) -> None:
    made = make_key(api)
    gone = replace(settings, table_name="no-table-for-keys")

    with pytest.raises(ClientError):
        Door(api.app, gate.build(gone, keyring=api.app.core.keyring)).answer(f"Bearer {made['key']}")


@pytest.mark.parametrize("setting", ["root_secret_arn", "bootstrap_key_secret_arn"])
def test_nobody_is_let_in_on_a_guess_when_the_secret_store_is_down(
    api: ApiClient, settings: Settings, setting: str
) -> None:
    made = make_key(api)
    lost: dict[str, Any] = {setting: "arn:aws:secretsmanager:us-east-1:1:secret:none"}
    blind = gate.build(replace(settings, **lost))

    with pytest.raises(SecretStoreError):
        Door(api.app, blind).answer(f"Bearer {BOOTSTRAP if 'bootstrap' in setting else made['key']}")


def test_a_bootstrap_secret_that_holds_no_key_lets_nobody_in(app: Application, settings: Settings) -> None:
    made = boto3.client("secretsmanager").create_secret(Name=f"bootstrap-{next(_secrets)}", SecretString="{}")
    broken = gate.build(replace(settings, bootstrap_key_secret_arn=made["ARN"]))

    with pytest.raises(SecretStoreError):
        Door(app, broken).answer(f"Bearer {BOOTSTRAP}")


def test_the_authorizer_reads_single_items_of_api_keys_only(api: ApiClient, door: Door) -> None:
    made = make_key(api, "admin")
    asked: list[tuple[str, str]] = []

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        body = json.loads(params["body"])
        asked.append((model.name, body["Key"]["pk"]["S"]))

    events = api.app.core.store._low.client.meta.events
    events.register("before-call.dynamodb", before)
    try:
        door.answer(f"Bearer {made['key']}")
        door.answer(f"Bearer {BOOTSTRAP}")
    finally:
        events.unregister("before-call.dynamodb", before)

    assert asked == [("GetItem", f"APIKEY#{made['id']}"), ("GetItem", "APIKEY#bootstrap")]


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Everything that the two functions log, down to DEBUG and of every library."""
    text = StringIO()
    root = logging.getLogger()
    everything = logging.StreamHandler(text)
    ours = [authorizer_logger.registered_handler, api_logger.registered_handler]
    before = [(handler, handler.setStream(text)) for handler in ours if isinstance(handler, logging.StreamHandler)]
    root.addHandler(everything)
    yield text
    root.removeHandler(everything)
    for handler, stream in before:
        if stream is not None:
            handler.setStream(stream)


def test_no_key_is_ever_logged(api: ApiClient, door: Door, logged: StringIO) -> None:
    made = make_key(api, "admin")
    rotated = api.post(f"/v1/api-keys/{made['id']}/rotate", {}).json
    wrong = made["key"][:-4] + "zzzz"
    for credential in (made["key"], rotated["key"], wrong, BOOTSTRAP, f"{made['key']}, {made['key']}", "ey.token.x"):
        door.with_key(credential).get("/v1/leads")
        door.with_key(credential).post("/v1/api-keys", {"key": credential})

    text = logged.getvalue()
    assert made["id"] in text
    for secret in (made["key"], rotated["key"], wrong, BOOTSTRAP):
        assert secret.split("_")[2][:20] not in text
    assert "ey.token.x" not in text
