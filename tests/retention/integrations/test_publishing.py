"""What the door knows of a caller follows from the integration, through every rotation, race and death."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.integrations import publishing
from retention.integrations.model import IntegrationInput
from retention.integrations.publishing import publish, unpublish
from retention.integrations.secrets import MAX_BYTES, caller_documents, integration_secrets
from retention.jobs.model import Job
from retention.keyring import Keyring
from retention.receiving.callers import Caller, form_caller
from retention.table.keys import key
from tests.api_client import ApiClient
from tests.offline import offline

TWILIO = {"accountSid": "AC_test_xxx", "authToken": "token-one", "fromNumber": "+15559990000"}
URL = "https://yourapp.com/webhooks"


def with_settings(app: Application, clock: ManualClock, **changed: Any) -> Application:
    name = app.core.settings.table_name
    own = {"integration_secrets_prefix": f"/{name}/integrations", "webhook_keys_prefix": f"/{name}/webhooks", **changed}
    configured = replace(app.core.settings, **own)
    keyring = Keyring(lambda: "root secret of the tests")
    return build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))


@pytest.fixture(params=["ssm", "secretsmanager"])
def app(app: Application, clock: ManualClock, request: pytest.FixtureRequest) -> Application:
    """The application with a place of its own for secrets, in each of the stores."""
    return with_settings(app, clock, secret_store=request.param)


@pytest.fixture
def api(app: Application) -> ApiClient:
    return ApiClient(app)


def known(app: Application, name: str = "twilio") -> Caller | None:
    text = caller_documents(app.core.settings).read(name)
    return None if text is None else Caller.of(text)


def live(app: Application, name: str = "twilio") -> list[Any]:
    """The keys that the door takes now, the newest first."""
    caller = known(app, name)
    return [] if caller is None else [dict(values) for values in caller.live(app.core.now())]


def tokens(app: Application) -> list[str]:
    return [values["authToken"] for values in live(app)]


def put(api: ApiClient, provider: str, config: dict[str, Any]) -> None:
    assert api.put(f"/v1/integrations/{provider}", {"config": config}).status in (200, 201)


def patch(api: ApiClient, provider: str, config: dict[str, Any], **fields: Any) -> None:
    reply = api.patch(f"/v1/integrations/{provider}", {"config": config, **fields})
    assert reply.status == 200, reply.text


@pytest.mark.parametrize(
    ("provider", "config", "keys", "settings"),
    [
        (
            "twilio",
            {**TWILIO, "webhookUrl": URL},
            {"authToken": "token-one"},
            {"accountSid": "AC_test_xxx", "webhookUrl": URL},
        ),
        (
            "sendgrid",
            {"apiKey": "k", "fromEmail": "a@b.com", "webhookPublicKey": "A" * 40},
            {"webhookPublicKey": "A" * 40},
            {},
        ),
        (
            "vapi",
            {"apiKey": "k", "webhookSecret": "s", "webhookAuth": "hmac", "webhookSignatureHeader": "X-Sig"},
            {"webhookSecret": "s"},
            {"webhookAuth": "hmac", "webhookSignatureHeader": "x-sig"},
        ),
        (
            "keitaro",
            {"postbackToken": "t" * 22, "allowedIps": ["192.0.2.1"], "rates": {"EUR": "1.08"}},
            {"postbackToken": "t" * 22},
            {"allowedIps": ["192.0.2.1/32"]},
        ),
        (
            "meta",
            {"appSecret": "a", "verifyToken": "v", "pageAccessToken": "p", "sequenceId": "s"},
            {"appSecret": "a", "verifyToken": "v"},
            {},
        ),
    ],
)
def test_the_door_knows_what_a_provider_proves_itself_with_and_nothing_else(
    app: Application, api: ApiClient, provider: str, config: Any, keys: Any, settings: Any
) -> None:
    put(api, provider, config)

    caller = known(app, provider)
    assert caller is not None
    assert ([dict(one.values) for one in caller.keys], dict(caller.settings)) == ([keys], settings)


def test_a_patch_keeps_the_key_before_good_for_two_days(app: Application, api: ApiClient, clock: ManualClock) -> None:
    put(api, "twilio", TWILIO)

    patch(api, "twilio", {"authToken": "token-two"})

    assert tokens(app) == ["token-two", "token-one"]
    clock.advance(publishing.OVERLAP - 1)
    patch(api, "twilio", {"webhookUrl": URL})
    assert tokens(app) == ["token-two", "token-one"]
    clock.advance(1)
    assert tokens(app) == ["token-two"]


def test_a_third_key_closes_the_first(app: Application, api: ApiClient) -> None:
    put(api, "twilio", TWILIO)
    patch(api, "twilio", {"authToken": "token-two"})

    patch(api, "twilio", {"authToken": "token-three"})

    assert tokens(app) == ["token-three", "token-two"]


def test_a_put_closes_every_earlier_key_at_once(app: Application, api: ApiClient) -> None:
    put(api, "twilio", TWILIO)
    patch(api, "twilio", {"authToken": "token-two"})

    put(api, "twilio", {**TWILIO, "authToken": "token-two"})

    assert tokens(app) == ["token-two"]


def test_a_key_that_is_taken_away_is_closed(app: Application, api: ApiClient) -> None:
    put(api, "vapi", {"apiKey": "k", "webhookSecret": "s"})

    patch(api, "vapi", {"webhookSecret": None})

    assert known(app, "vapi") is not None
    assert live(app, "vapi") == []


def test_an_integration_that_is_switched_off_is_still_heard_and_a_deleted_one_is_not(
    app: Application, api: ApiClient
) -> None:
    put(api, "twilio", TWILIO)

    api.patch("/v1/integrations/twilio", {"isActive": False})
    assert tokens(app) == ["token-one"]

    assert api.delete("/v1/integrations/twilio").status == 204
    assert known(app) is None


@contextmanager
def no_store(environment: pytest.MonkeyPatch) -> Iterator[None]:
    """While the store of secrets does not answer new clients."""
    with environment.context() as context:
        for service in ("SSM", "SECRETS_MANAGER"):
            context.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:1")
        yield


def jobs(app: Application) -> list[Job]:
    rows = ApiClient(app).get("/v1/jobs").json["data"]
    found = [app.core.store.find(Job, key("Job", id=row["id"])) for row in rows]
    return [job for job in found if job is not None and job.due_at is not None]


def test_what_could_not_be_published_is_published_later(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.core.settings
    put(ApiClient(app), "twilio", TWILIO)
    # Another prefix makes another client, which looks for its address when it is first needed.
    cut_off = with_settings(app, clock, secret_store=settings.secret_store, webhook_keys_prefix="/cut-off")
    integration_secrets(cut_off.core.settings).read("twilio", "none")
    with no_store(monkeypatch):
        patch(ApiClient(cut_off), "twilio", {"authToken": "token-two"})

        assert tokens(app) == ["token-one"]
    (job,) = jobs(app)
    clock.advance(60)
    app.runner.run(job.id, lambda: True)

    assert tokens(app) == ["token-two", "token-one"]
    assert jobs(app) == []


def unpublished(app: Application, clock: ManualClock) -> tuple[ApiClient, list[Job]]:
    """An API that dies before any job is begun, and the jobs that it leaves behind."""
    late = with_settings(app, clock, secret_store=app.core.settings.secret_store)
    written: list[Job] = []
    object.__setattr__(late.runner, "go_on", lambda job, _: written.append(job))
    return ApiClient(late), written


def changes(app: Application, clock: ManualClock) -> list[Job]:
    """A rotation, a replacement because of a leak, and a rotation, none of which is published yet."""
    put(ApiClient(app), "twilio", {**TWILIO, "authToken": "leaked"})
    api, written = unpublished(app, clock)
    patch(api, "twilio", {"authToken": "leaked-too"})
    put(api, "twilio", {**TWILIO, "authToken": "token-three"})
    patch(api, "twilio", {"authToken": "token-four"})
    assert len(written) == 3
    return written


@contextmanager
def just_before_the_next_document(app: Application, act: Callable[[], object]) -> Iterator[None]:
    """Let something else happen before a document is written, at the wire, once."""
    store: Any = caller_documents(app.core.settings)._store
    client = store._ssm if app.core.settings.secret_store == "ssm" else store._manager
    pending = [act]

    def before(**_: Any) -> None:
        if pending:
            pending.pop()()

    for call in ("ssm.PutParameter", "secrets-manager.PutSecretValue"):
        client.meta.events.register(f"before-call.{call}", before)
    yield
    assert not pending


def test_whichever_job_comes_first_no_key_from_before_a_put_is_left(app: Application, clock: ManualClock) -> None:
    for order in permutations(range(3)):
        written = changes(app, clock)
        for number in order:
            app.runner.go_on(written[number], lambda: True)

            assert tokens(app) == ["token-four"]
        ApiClient(app).delete("/v1/integrations/twilio")


def test_what_changes_while_it_is_published_is_published_again(
    app: Application, api: ApiClient, clock: ManualClock
) -> None:
    put(api, "twilio", TWILIO)
    unpublished(app, clock)[0].patch("/v1/integrations/twilio", {"isActive": False})

    with just_before_the_next_document(app, lambda: patch(api, "twilio", {"authToken": "token-two"})):
        list(publishing.published(app.core, {"id": "twilio"}, None))

    assert tokens(app) == ["token-two", "token-one"]


def test_publishing_twice_writes_once(app: Application, api: ApiClient) -> None:
    put(api, "twilio", TWILIO)

    assert list(publishing.published(app.core, {"id": "twilio"}, None)) == []


def test_a_form_is_published_like_a_provider(app: Application, clock: ManualClock) -> None:
    core, name = app.core, form_caller("spring-fair")

    assert publish(core, name, "1", {"secret": "one"}, {}, overlap=True)
    assert publish(core, name, "2", {"secret": "two"}, {}, overlap=True)
    assert not publish(core, name, "2", {"secret": "two"}, {}, overlap=True)
    assert [one["secret"] for one in live(app, name)] == ["two", "one"]
    caller = known(app, name)
    assert caller is not None
    assert caller.keys[1].until == clock.now() + timedelta(seconds=publishing.OVERLAP)

    assert publish(core, name, "3", {"secret": "three"}, {}, overlap=False)
    assert live(app, name) == [{"secret": "three"}]
    unpublish(core, name)
    assert known(app, name) is None


def test_where_two_keys_do_not_fit_the_new_one_counts(app: Application) -> None:
    long, name = "x" * (MAX_BYTES // 2), form_caller("long")

    publish(app.core, name, "1", {"secret": f"{long}1"}, {}, overlap=True)
    publish(app.core, name, "2", {"secret": f"{long}2"}, {}, overlap=True)

    assert live(app, name) == [{"secret": f"{long}2"}]


def test_the_longest_settings_of_every_provider_fit(app: Application) -> None:
    url, secret = "https://" + "x" * 1992, "s" * 1000
    app.integrations.put(
        "twilio", IntegrationInput(config={**TWILIO, "authToken": secret, "webhookUrl": url}), if_match=None
    )
    vapi = {
        "apiKey": secret,
        "webhookSecret": secret,
        "webhookUrl": url,
        "webhookSignatureHeader": "x" * 100,
        "webhookTimestampHeader": "x" * 100,
        "webhookPayloadFormat": "{body}" + "x" * 94,
        "webhookSignaturePrefix": "x" * 40,
    }
    app.integrations.put("vapi", IntegrationInput(config=vapi), if_match=None)
    ips = [f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{number:x}/128" for number in range(0x1000, 0x1032)]
    app.integrations.put(
        "keitaro", IntegrationInput(config={"postbackToken": "t" * 200, "allowedIps": ips}), if_match=None
    )

    assert [len(live(app, name)) for name in ("twilio", "vapi", "keitaro")] == [1, 1, 1]
