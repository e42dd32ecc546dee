"""Integrations over HTTP: settings go in and come out, secrets only go in."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import boto3
import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.errors import ConflictError
from retention.integrations.model import IntegrationInput
from retention.keyring import Keyring
from tests.api_client import ApiClient, Reply
from tests.offline import offline
from tests.retention.providers.double import ACCOUNT, double, said

TWILIO = {"accountSid": "AC_test_xxx", "authToken": "test_auth_token_xxx", "fromNumber": "+15559990000"}
VAPI = {"apiKey": "vapi_test_key_xxx", "baseUrl": "https://api.vapi.ai"}
SENDGRID = {"apiKey": "sg_test_xxx", "fromEmail": "noreply@yourapp.com"}
KEITARO = {"postbackToken": "token-of-at-least-22-chars"}
META = {"appSecret": "app-secret-canary", "verifyToken": "verify", "pageAccessToken": "page-token-canary"}
EVERY = {
    "vapi": ("CALL", {**VAPI, "webhookUrl": "https://yourapp.com/api/webhooks/vapi"}),
    "twilio": ("SMS", {**TWILIO, "webhookUrl": "https://yourapp.com/api/webhooks/sms"}),
    "sendgrid": ("EMAIL", {**SENDGRID, "webhookUrl": "https://yourapp.com/api/webhooks/email"}),
    "keitaro": ("TRACKING", KEITARO),
    "meta": ("LEADS", META),
}


@pytest.fixture(params=["ssm", "secretsmanager"])
def store(request: pytest.FixtureRequest) -> str:
    """Each of the stores that a stack can be given."""
    return str(request.param)


@pytest.fixture
def app(app: Application, clock: ManualClock) -> Application:
    """The application with a place of its own for secrets."""
    return with_settings(app, clock)


def with_settings(app: Application, clock: ManualClock, **changed: Any) -> Application:
    own = {"integration_secrets_prefix": f"/{app.core.settings.table_name}/integrations", **changed}
    configured = replace(app.core.settings, **own)
    keyring = Keyring(lambda: "root secret of the tests")
    return build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))


def put(api: ApiClient, provider: str, config: dict[str, Any], **fields: Any) -> Reply:
    return api.put(f"/v1/integrations/{provider}", {"config": config, **fields})


def kept(app: Application) -> dict[str, dict[str, str]]:
    """The documents in the secret store of a stack, by their names below its prefix."""
    settings = app.core.settings
    start = f"{settings.integration_secrets_prefix}/"
    found: dict[str, dict[str, str]] = {}
    if settings.secret_store == "ssm":
        pages = boto3.client("ssm").get_paginator("get_parameters_by_path")
        for page in pages.paginate(Path=start[:-1], Recursive=True, WithDecryption=True):
            found |= {row["Name"]: json.loads(row["Value"]) for row in page["Parameters"]}
            assert all(row["Type"] == "SecureString" for row in page["Parameters"])
    else:
        manager = boto3.client("secretsmanager")
        names = [row["Name"] for page in manager.get_paginator("list_secrets").paginate() for row in page["SecretList"]]
        for name in names:
            if name.startswith(start):
                found[name] = json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
    by_provider = {name.removeprefix(start).split("/")[0]: values for name, values in found.items()}
    assert len(by_provider) == len(found), "secrets that no configuration names"
    return by_provider


def test_each_provider_of_the_data_model_is_put_in_place(api: ApiClient) -> None:
    for provider, (purpose, config) in EVERY.items():
        reply = put(api, provider, config)

        assert (reply.status, reply.headers["Location"]) == (201, f"/v1/integrations/{provider}")
        shown = reply.json
        assert (shown["id"], shown["provider"], shown["type"], shown["isActive"]) == (provider, provider, purpose, True)
        assert api.get(f"/v1/integrations/{provider}").json == shown

    assert {row["provider"] for row in api.get("/v1/integrations").json["data"]} == set(EVERY)


def test_settings_are_shown_and_secrets_only_as_a_mark(api: ApiClient) -> None:
    shown = put(api, "vapi", {**VAPI, "webhookSecret": "short"}).json["config"]

    now = "2026-02-18T12:00:00.000Z"
    assert shown == {
        "baseUrl": "https://api.vapi.ai",
        "concurrency": 10,
        "apiKey": {"set": True, "last4": "_xxx", "updatedAt": now},
        "webhookSecret": {"set": True, "last4": None, "updatedAt": now},
    }
    unset = put(api, "vapi", VAPI).json["config"]["webhookSecret"]
    assert unset == {"set": False, "last4": None, "updatedAt": None}


def test_no_secret_is_in_any_answer_log_line_or_item(
    app: Application, clock: ManualClock, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api = ApiClient(with_settings(app, clock, secret_store=store))
    canaries = ["CANARY-token-one-1", "CANARY-token-two-2", "CANARY-token-bad-3"]
    said = [
        put(api, "twilio", {**TWILIO, "authToken": canaries[0]}),
        put(api, "twilio", {**TWILIO, "authToken": canaries[0], "colour": canaries[2]}),
        put(api, "twilio", {"authToken": canaries[2]}),
        put(api, "twilio", {**TWILIO, "authToken": canaries[2] + "\n"}),
        api.patch("/v1/integrations/twilio", {"config": {"authToken": canaries[1]}}, idempotency_key="one"),
        api.patch("/v1/integrations/twilio", {"config": {"authToken": [canaries[2]]}}),
        api.get("/v1/integrations/twilio"),
        api.get("/v1/integrations"),
    ]
    assert [reply.status for reply in said] == [201, 422, 422, 422, 200, 422, 200, 200]
    assert kept(api.app) == {"twilio": {"authToken": canaries[1]}}
    table = boto3.client("dynamodb").scan(TableName=app.core.settings.table_name)["Items"]
    output = capsys.readouterr()

    everything = "".join(reply.text + str(reply.headers) for reply in said) + str(table) + output.out + output.err
    assert len(table) >= 2
    assert "CANARY" not in everything


@pytest.mark.parametrize(
    ("provider", "change", "pointer"),
    [
        ("twilio", {"accountSid": None}, "/config/accountSid"),
        ("twilio", {"authToken": None}, "/config/authToken"),
        ("twilio", {"authToken": ""}, "/config/authToken"),
        ("twilio", {"authToken": "x" * 1001}, "/config/authToken"),
        ("twilio", {"authToken": {"set": True}}, "/config/authToken"),
        ("twilio", {"fromNumber": None}, "/config"),
        ("twilio", {"fromNumber": "call me maybe, please"}, "/config/fromNumber"),
        ("twilio", {"accountSid": "AC 1"}, "/config/accountSid"),
        ("twilio", {"webhookUrl": "http://yourapp.com"}, "/config/webhookUrl"),
        ("twilio", {"webhookUrl": "https://user@yourapp.com"}, "/config/webhookUrl"),
        ("twilio", {"colour": "red"}, "/config/colour"),
        ("sendgrid", {"fromEmail": "nobody"}, "/config/fromEmail"),
        ("sendgrid", {"fromName": "Ada\r\nBcc: all@example.com"}, "/config/fromName"),
        ("sendgrid", {"baseUrl": "https://api.vapi.ai"}, "/config/baseUrl"),
        ("keitaro", {"postbackToken": "guess-me"}, "/config/postbackToken"),
        ("keitaro", {"allowedIps": ["192.0.2.1/24"]}, "/config/allowedIps/0"),
        ("keitaro", {"currency": "usd"}, "/config/currency"),
        ("keitaro", {"currency": "USD", "rates": {"USD": "1"}}, "/config"),
        ("keitaro", {"rates": {"EUR": 1.08}}, "/config/rates/EUR"),
        ("keitaro", {"rates": {"EUR": "0.0"}}, "/config/rates/EUR"),
        ("keitaro", {"rates": {"EUR": "1e3"}}, "/config/rates/EUR"),
        ("keitaro", {"statuses": {"trash": "nothing"}}, "/config/statuses/trash"),
        ("keitaro", {"statuses": {"Trash": "ignore", "trash": "lead"}}, "/config"),
        ("meta", {"verifyToken": None}, "/config/verifyToken"),
        ("meta", {"baseUrl": "https://graph.facebook.com.example.com"}, "/config/baseUrl"),
        ("meta", {"graphVersion": "26"}, "/config/graphVersion"),
        ("meta", {"campaignId": "a", "sequenceId": "b"}, "/config"),
        ("vapi", {"webhookAuth": "none"}, "/config/webhookAuth"),
        ("vapi", {"webhookPayloadFormat": "{timestamp}"}, "/config/webhookPayloadFormat"),
        ("vapi", {"webhookPayloadFormat": "{url}.{body}"}, "/config/webhookPayloadFormat"),
        ("vapi", {"webhookSignatureHeader": "x y"}, "/config/webhookSignatureHeader"),
    ],
)
def test_a_wrong_setting_is_named(api: ApiClient, provider: str, change: dict[str, Any], pointer: str) -> None:
    config = {name: value for name, value in {**EVERY[provider][1], **change}.items() if value is not None}

    reply = put(api, provider, config)

    assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, [pointer])
    assert api.get(f"/v1/integrations/{provider}").status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/config"),
        ({"config": "secret"}, "/config"),
        ({"config": TWILIO, "type": "CALL"}, "/type"),
        ({"config": TWILIO, "type": "FAX"}, "/type"),
        ({"config": TWILIO, "provider": "vapi"}, "/provider"),
        ({"config": TWILIO, "isActive": "yes"}, "/isActive"),
        ({"config": TWILIO, "createdAt": "2026-02-18T12:00:00Z"}, "/createdAt"),
    ],
)
def test_a_wrong_field_is_named(api: ApiClient, body: dict[str, Any], pointer: str) -> None:
    reply = api.put("/v1/integrations/twilio", body)

    assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("provider", ["mailchimp", "TWILIO", "a.b", "%20"])
def test_there_are_no_other_providers(api: ApiClient, provider: str) -> None:
    path = f"/v1/integrations/{provider}"

    assert [api.get(path).status, api.put(path, {"config": {}}).status, api.delete(path).status] == [404, 404, 404]
    assert api.patch(path, {}).status == 404


def test_a_second_put_replaces_everything_and_forgets_the_old_secrets(
    app: Application, clock: ManualClock, store: str
) -> None:
    api = ApiClient(with_settings(app, clock, secret_store=store))
    first = put(api, "vapi", {**VAPI, "webhookSecret": "a-webhook-secret", "assistantId": "a1"})
    clock.advance(60)

    second = put(api, "vapi", {"apiKey": "another-api-key"}, isActive=False)

    assert (first.status, second.status) == (201, 200)
    assert second.json["config"]["webhookSecret"]["set"] is False
    assert (second.json["isActive"], "assistantId" in second.json["config"]) == (False, False)
    assert (second.json["createdAt"], second.json["updatedAt"]) == (
        first.json["createdAt"],
        "2026-02-18T12:01:00.000Z",
    )
    assert kept(api.app) == {"vapi": {"apiKey": "another-api-key"}}


def test_a_patch_keeps_the_secrets_that_it_does_not_name(api: ApiClient, clock: ManualClock) -> None:
    first = put(api, "vapi", {**VAPI, "webhookSecret": "a-webhook-secret"}).json["config"]
    clock.advance(60)

    changed = api.patch("/v1/integrations/vapi", {"config": {"assistantId": "a1", "apiKey": "another-api-key"}})

    assert changed.status == 200
    config = changed.json["config"]
    assert (config["assistantId"], config["apiKey"]["last4"]) == ("a1", "-key")
    assert (config["apiKey"]["updatedAt"], config["webhookSecret"]) == (
        "2026-02-18T12:01:00.000Z",
        first["webhookSecret"],
    )
    assert kept(api.app) == {"vapi": {"apiKey": "another-api-key", "webhookSecret": "a-webhook-secret"}}


def test_null_removes_an_optional_secret_and_is_refused_for_a_required_one(api: ApiClient) -> None:
    put(api, "vapi", {**VAPI, "webhookSecret": "a-webhook-secret"})

    removed = api.patch("/v1/integrations/vapi", {"config": {"webhookSecret": None}})
    refused = api.patch("/v1/integrations/vapi", {"config": {"apiKey": None}})

    assert removed.json["config"]["webhookSecret"]["set"] is False
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/config/apiKey")
    assert kept(api.app) == {"vapi": {"apiKey": VAPI["apiKey"]}}


def test_switching_off_touches_nothing_else(api: ApiClient) -> None:
    before = put(api, "twilio", TWILIO).json

    after = api.patch("/v1/integrations/twilio", {"isActive": False})

    assert after.json == {**before, "isActive": False}
    assert kept(api.app) == {"twilio": {"authToken": TWILIO["authToken"]}}


@pytest.mark.parametrize(
    ("patch", "code"),
    [({"id": "x"}, "read_only"), ({"type": "CALL"}, "mismatch"), ({"config": None}, "not_nullable")],
)
def test_a_patch_of_what_is_fixed_is_refused(api: ApiClient, patch: dict[str, Any], code: str) -> None:
    put(api, "twilio", TWILIO)

    reply = api.patch("/v1/integrations/twilio", patch)

    assert (reply.status, reply.json["errors"][0]["code"]) == (422, code)


def test_a_stale_if_match_changes_nothing(api: ApiClient) -> None:
    assert api.put("/v1/integrations/twilio", {"config": TWILIO}, if_match='"none"').status == 412
    tag = put(api, "twilio", TWILIO).headers["ETag"]
    assert api.patch("/v1/integrations/twilio", {"isActive": False}, if_match=tag).status == 200

    stale = [
        api.put("/v1/integrations/twilio", {"config": TWILIO}, if_match=tag),
        api.patch("/v1/integrations/twilio", {"isActive": True}, if_match=tag),
        api.delete("/v1/integrations/twilio", if_match=tag),
    ]

    assert [reply.status for reply in stale] == [412, 412, 412]
    assert api.get("/v1/integrations/twilio").json["isActive"] is False


def test_a_deleted_integration_is_gone_with_its_secrets(app: Application, clock: ManualClock, store: str) -> None:
    api = ApiClient(with_settings(app, clock, secret_store=store))
    put(api, "twilio", TWILIO)
    put(api, "meta", META)

    assert api.delete("/v1/integrations/twilio").status == 204

    assert api.get("/v1/integrations/twilio").status == 404
    assert api.delete("/v1/integrations/twilio").status == 404
    assert [row["provider"] for row in api.get("/v1/integrations").json["data"]] == ["meta"]
    assert kept(api.app) == {"meta": META}
    assert put(api, "twilio", TWILIO).status == 201


def test_a_repeated_put_with_its_key_gets_the_first_answer(api: ApiClient) -> None:
    first = api.put("/v1/integrations/twilio", {"config": TWILIO}, idempotency_key="one")
    again = api.put("/v1/integrations/twilio", {"config": TWILIO}, idempotency_key="one")

    assert (again.status, again.text, again.headers["Idempotency-Replayed"]) == (201, first.text, "true")


def test_without_the_secret_store_nothing_is_written(
    app: Application, clock: ManualClock, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    api = ApiClient(with_settings(app, clock, secret_store=store, integration_secrets_prefix=f"/unreachable/{store}"))

    reply = put(api, "twilio", TWILIO)

    assert (reply.status, reply.json["code"]) == (503, "secret_store_unavailable")
    assert api.get("/v1/integrations/twilio").status == 404


def test_secrets_are_forgotten_later_when_the_store_does_not_answer(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(ApiClient(app), "twilio", TWILIO)
    prefix = app.core.settings.integration_secrets_prefix
    with monkeypatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
        # Another prefix makes another client, which looks for its address anew.
        unreachable = ApiClient(with_settings(app, clock, integration_secrets_prefix=f"{prefix}/elsewhere"))
        accepted = unreachable.delete("/v1/integrations/twilio")
    api = ApiClient(app)

    assert accepted.status == 202
    assert api.get("/v1/integrations/twilio").status == 404
    job = api.get(accepted.headers["Location"]).json
    assert (job["status"], job["error"]) == ("running", "SecretStoreError")
    assert kept(app) == {"twilio": {"authToken": TWILIO["authToken"]}}

    clock.advance(60)
    app.runner.run(job["id"], lambda: True)

    assert api.get(accepted.headers["Location"]).json["status"] == "succeeded"
    assert kept(app) == {}


def test_of_many_who_put_the_same_provider_in_place_one_wins(app: Application) -> None:
    together = Barrier(8)

    def one(number: int) -> str:
        together.wait()
        try:
            given = IntegrationInput(config={**TWILIO, "authToken": f"token-number-{number}"})
            return "created" if app.integrations.put("twilio", given, if_match=None).created else "replaced"
        except ConflictError as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001 - its name is the result
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(8)))

    assert results.count("created") == 1
    assert set(results) <= {"created", "replaced", "AlreadyExistsError", "contention"}
    shown = app.integrations.get("twilio").config["authToken"]["last4"]
    (left,) = kept(app).values()
    assert left["authToken"][-4:] == shown


# --- base URLs and tests ------------------------------------------------------------------------------------------


def allowing(app: Application, clock: ManualClock, url: str) -> ApiClient:
    return ApiClient(with_settings(app, clock, allowed_provider_urls=f"https://proxy.example.com/x/ {url}"))


@pytest.mark.parametrize("provider", ["twilio", "sendgrid", "vapi"])
def test_a_base_url_is_the_providers_own_or_one_that_the_deployment_allows(
    app: Application, clock: ManualClock, provider: str
) -> None:
    config = EVERY[provider][1]
    sandbox = "http://127.0.0.1:4602"

    refused = put(ApiClient(app), provider, {**config, "baseUrl": sandbox})
    allowed = put(allowing(app, clock, sandbox), provider, {**config, "baseUrl": f"{sandbox}/"})
    other = put(allowing(app, clock, sandbox), provider, {**config, "baseUrl": f"{sandbox}/other"})

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/config/baseUrl")
    assert f"https://api.{provider}" in refused.json["errors"][0]["detail"]
    assert (allowed.status, allowed.json["config"]["baseUrl"]) == (201, sandbox)
    assert other.status == 422
    assert "http://127.0.0.1:4602, https://proxy.example.com/x" in other.json["errors"][0]["detail"]


@pytest.mark.parametrize("region", ["https://api.dublin.ie1.twilio.com", "https://api.sydney.au1.twilio.com"])
def test_twilio_has_regions(api: ApiClient, region: str) -> None:
    assert put(api, "twilio", {**TWILIO, "baseUrl": region}).json["config"]["baseUrl"] == region
    assert put(api, "twilio", TWILIO).json["config"]["baseUrl"] == "https://api.twilio.com"


@pytest.mark.parametrize("wrong", [0, 1001, "10", 1.5])
def test_vapi_makes_at_least_one_call_at_a_time(api: ApiClient, wrong: Any) -> None:
    reply = put(api, "vapi", {**VAPI, "concurrency": wrong})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/config/concurrency")


ANSWERS = {
    "twilio": said(200, {"status": "active"}),
    "sendgrid": said(200, {"scopes": ["mail.send"]}),
    "vapi": said(200, []),
}
RIGHT = {
    "twilio": {**TWILIO, "accountSid": ACCOUNT},
    "sendgrid": SENDGRID,
    "vapi": VAPI,
}


@pytest.mark.parametrize("provider", ANSWERS)
@pytest.mark.parametrize("is_active", [True, False])
def test_an_integration_is_tested_by_a_harmless_question(
    app: Application, clock: ManualClock, provider: str, is_active: bool
) -> None:
    with double(provider, clock, ANSWERS[provider]) as it:
        api = allowing(app, clock, it.url)
        put(api, provider, {**RIGHT[provider], "baseUrl": it.url}, isActive=is_active)
        reply = api.post(f"/v1/integrations/{provider}/test")

    assert reply.status == 200
    assert (reply.json["ok"], type(reply.json["latencyMs"])) == (True, int)
    assert [asked.method for asked in it.asked] == ["GET"]


@pytest.mark.parametrize("answer", [said(401), said(500), said(302), b""])
def test_a_provider_that_fails_is_no_failure_of_ours(app: Application, clock: ManualClock, answer: bytes) -> None:
    with double("twilio", clock, answer) as it:
        api = allowing(app, clock, it.url)
        put(api, "twilio", {**RIGHT["twilio"], "authToken": "CANARY-token", "baseUrl": it.url})
        reply = api.post("/v1/integrations/twilio/test")

    assert (reply.status, reply.json["ok"]) == (200, False)
    assert reply.json["detail"].startswith("Twilio")
    assert "CANARY" not in reply.text


def test_new_credentials_are_tested_at_once(app: Application, clock: ManualClock) -> None:
    with double("twilio", clock, ANSWERS["twilio"]) as it:
        api = allowing(app, clock, it.url)
        for token in ("first-token-of-it", "second-token-of-it"):
            put(api, "twilio", {**RIGHT["twilio"], "authToken": token, "baseUrl": it.url})
            assert api.post("/v1/integrations/twilio/test").json["ok"] is True

    assert len({asked.headers["Authorization"] for asked in it.asked}) == 2


def test_only_what_is_there_and_is_called_can_be_tested(api: ApiClient) -> None:
    assert api.post("/v1/integrations/twilio/test").status == 404
    assert api.post("/v1/integrations/keitaro/test").status == 404
    put(api, "keitaro", KEITARO)
    put(api, "meta", META)

    replies = [api.post(f"/v1/integrations/{provider}/test") for provider in ("keitaro", "meta")]

    assert [reply.status for reply in replies] == [409, 409]
    assert "nothing to test" in replies[0].json["detail"]


def test_the_tests_of_this_project_reach_no_provider(api: ApiClient) -> None:
    put(api, "twilio", TWILIO)

    reply = api.post("/v1/integrations/twilio/test")

    assert (reply.json["ok"], reply.json["detail"]) == (False, "Twilio: no connection could be made.")
