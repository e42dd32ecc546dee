"""From a channel to its provider: credentials are kept for a minute, and read again when they are refused."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.integrations.model import IntegrationInput
from retention.keyring import Keyring
from retention.providers.directory import Directory
from retention.providers.port import Accepted, Blind, Found, Missing, NotAccepted, Order, Outcome
from tests.retention.providers.double import CONFIGS, Asked, Double, a_trace, an_order, double, said
from tests.start import START

ACCEPTED = said(201, {"sid": "SM1"})
NOTHING = said(200, {"messages": [], "next_page_uri": None})


@pytest.fixture
def twilio(clock: ManualClock) -> Iterator[Double]:
    """Twilio that takes everything."""
    with double("twilio", clock, ACCEPTED) as it:
        yield it


@pytest.fixture
def app(app: Application, clock: ManualClock, twilio: Double) -> Application:
    """The application, allowed to reach that Twilio, with a place of its own for secrets."""
    configured = replace(
        app.core.settings,
        integration_secrets_prefix=f"/{app.core.settings.table_name}/integrations",
        allowed_provider_urls=twilio.url,
    )
    return build(configured, clock=clock, keyring=Keyring(lambda: "root secret of the tests"))


@pytest.fixture
def directory(app: Application, twilio: Double) -> Directory:
    return Directory(app.core, twilio.http)


def put(app: Application, twilio: Double, *, is_active: bool = True, **settings: Any) -> None:
    config = {**CONFIGS["twilio"], "baseUrl": twilio.url, **settings}
    app.integrations.put("twilio", IntegrationInput(config=config, is_active=is_active), if_match=None)


def send(directory: Directory, order: Order | None = None) -> Outcome:
    provider = directory.provider_for("SMS")
    assert provider is not None
    return provider.send(order or an_order("SMS"))


def token(asked: Asked) -> str:
    return asked.headers["Authorization"]


def test_a_channel_without_an_integration_has_no_provider(directory: Directory) -> None:
    assert [directory.provider_for(channel) for channel in ("CALL", "SMS", "EMAIL")] == [None, None, None]


def test_a_channel_has_the_provider_of_its_integration(app: Application, directory: Directory, twilio: Double) -> None:
    put(app, twilio)

    provider = directory.provider_for("SMS")

    assert provider is not None
    assert (provider.name, provider.places) == ("twilio", None)
    assert isinstance(provider.send(an_order("SMS")), Accepted)


def test_an_integration_that_is_switched_off_is_no_provider(
    app: Application, directory: Directory, twilio: Double
) -> None:
    put(app, twilio, is_active=False)

    assert directory.provider_for("SMS") is None


@pytest.mark.parametrize("change", ["off", "gone"])
def test_switching_off_takes_effect_within_a_minute(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock, change: str
) -> None:
    put(app, twilio)
    assert directory.provider_for("SMS") is not None
    if change == "off":
        app.integrations.update("twilio", {"isActive": False}, if_match=None)
    else:
        app.integrations.delete("twilio", if_match=None)

    clock.advance(59.9)
    assert directory.provider_for("SMS") is not None
    clock.advance(0.1)

    assert directory.provider_for("SMS") is None


def test_a_new_integration_is_noticed_within_seconds(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock
) -> None:
    assert directory.provider_for("SMS") is None
    put(app, twilio)
    clock.advance(5)

    assert directory.provider_for("SMS") is not None


def test_settings_and_credentials_are_read_once_a_minute(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock
) -> None:
    put(app, twilio)
    asked: list[str] = []
    app.core.store._low.client.meta.events.register("before-call.dynamodb.GetItem", lambda **_: asked.append("item"))

    for _ in range(10):
        send(directory)
        clock.advance(5.9)
    assert len(asked) == 1
    clock.advance(1)
    send(directory)

    assert len(asked) == 2


def test_rotated_credentials_are_read_when_the_old_ones_are_refused(
    app: Application, directory: Directory, twilio: Double
) -> None:
    put(app, twilio, authToken="old-token-of-twilio")
    send(directory)
    old = token(twilio.asked[0])
    twilio.answers[:] = [lambda asked: said(401, {"code": 20003}) if token(asked) == old else ACCEPTED]
    put(app, twilio, authToken="new-token-of-twilio")

    outcomes = [send(directory) for _ in range(3)]

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert [token(asked) == old for asked in twilio.asked[1:]] == [True, False, False, False]


def test_credentials_that_stay_wrong_are_asked_with_twice_and_no_more(
    app: Application, directory: Directory, twilio: Double
) -> None:
    put(app, twilio)
    twilio.answers[:] = [said(401, {"code": 20003})]

    outcome = send(directory)

    assert isinstance(outcome, NotAccepted)
    assert (outcome.code, len(twilio.asked)) == ("20003", 2)


@pytest.mark.parametrize("answer", [said(500), said(403), said(429), b""])
def test_nothing_else_is_asked_twice(app: Application, directory: Directory, twilio: Double, answer: bytes) -> None:
    put(app, twilio)
    twilio.answers[:] = [answer]

    send(directory)

    assert len(twilio.asked) == 1


def test_credentials_are_not_used_again_once_they_are_switched_off(
    app: Application, directory: Directory, twilio: Double
) -> None:
    put(app, twilio)
    assert directory.provider_for("SMS") is not None
    put(app, twilio, is_active=False)
    twilio.answers[:] = [said(401)]

    assert isinstance(send(directory), NotAccepted)
    assert len(twilio.asked) == 1


def test_many_threads_renew_credentials_once(app: Application, directory: Directory, twilio: Double) -> None:
    put(app, twilio, authToken="old-token-of-twilio")
    send(directory)
    old = token(twilio.asked[0])
    twilio.answers[:] = [lambda asked: said(401) if token(asked) == old else ACCEPTED]
    put(app, twilio, authToken="new-token-of-twilio")
    reads: list[str] = []
    app.core.store._low.client.meta.events.register("before-call.dynamodb.GetItem", lambda **_: reads.append("item"))

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda _: send(directory), range(30)))

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(reads) == 1


def test_credentials_that_are_gone_are_no_provider_and_no_failure(
    app: Application, directory: Directory, twilio: Double, caplog: pytest.LogCaptureFixture
) -> None:
    put(app, twilio, authToken="CANARY-token")
    for row in boto3.client("ssm").get_parameters_by_path(
        Path=app.core.settings.integration_secrets_prefix, Recursive=True
    )["Parameters"]:
        boto3.client("ssm").delete_parameter(Name=row["Name"])

    with caplog.at_level(logging.WARNING):
        assert directory.provider_for("SMS") is None

    assert [record.message for record in caplog.records] == ["integration_unusable"]
    assert "CANARY" not in caplog.text


def test_a_store_that_does_not_answer_is_no_provider_and_no_failure(
    app: Application, twilio: Double, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, twilio)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    elsewhere = replace(app.core.settings, integration_secrets_prefix="/unreachable/too")
    blocked = build(elsewhere, clock=clock, keyring=app.core.keyring)

    assert Directory(blocked.core, twilio.http).provider_for("SMS") is None


def test_an_address_that_is_allowed_no_more_is_not_sent_to(
    app: Application, twilio: Double, clock: ManualClock
) -> None:
    put(app, twilio)
    stricter = build(replace(app.core.settings, allowed_provider_urls=""), clock=clock, keyring=app.core.keyring)

    assert Directory(stricter.core, twilio.http).provider_for("SMS") is None


# --- look-ups ------------------------------------------------------------------------------------------------------


def look_up(directory: Directory, **trace: Any) -> Any:
    provider = directory.provider_for("SMS")
    assert provider is not None
    return provider.look_up(a_trace("SMS", **trace))


def test_a_look_up_renews_credentials_like_a_send(app: Application, directory: Directory, twilio: Double) -> None:
    put(app, twilio, authToken="old-token-of-twilio")
    send(directory)
    old = token(twilio.asked[0])
    twilio.answers[:] = [lambda asked: said(401) if token(asked) == old else NOTHING]
    app.integrations.update("twilio", {"config": {"authToken": "new-token-of-twilio"}}, if_match=None)

    assert look_up(directory) == Missing()


def test_a_look_up_that_is_refused_proves_nothing(app: Application, directory: Directory, twilio: Double) -> None:
    put(app, twilio)
    twilio.answers[:] = [said(401)]

    assert isinstance(look_up(directory), Blind)
    assert len(twilio.asked) == 2


@pytest.mark.parametrize(
    ("change", "proves"),
    [
        ({"config": {"accountSid": "AC" + "f" * 32}}, Blind),
        ({"config": {"authToken": "another-token-of-it"}}, Missing),
        ({"config": {"fromNumber": "+15550001111"}}, Missing),
        ({"isActive": True}, Missing),
    ],
)
def test_what_another_account_does_not_know_proves_nothing(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock, change: Any, proves: type
) -> None:
    put(app, twilio)
    twilio.answers[:] = [NOTHING]
    assert look_up(directory) == Missing()

    clock.advance(60)
    app.integrations.update("twilio", change, if_match=None)
    clock.advance(60)

    assert isinstance(look_up(directory), proves)
    # A worker may have gone by the old settings for a minute. What was sent after that went to the new account.
    assert isinstance(look_up(directory, at=clock.now() - timedelta(seconds=1)), proves)
    assert look_up(directory, at=clock.now()) == Missing()


def test_an_integration_that_was_put_in_place_anew_may_be_another_account(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock
) -> None:
    put(app, twilio)
    app.integrations.delete("twilio", if_match=None)
    clock.advance(60)
    put(app, twilio)
    twilio.answers[:] = [NOTHING]

    assert isinstance(look_up(directory, at=START), Blind)


def test_what_is_found_is_found_whatever_was_changed(
    app: Application, directory: Directory, twilio: Double, clock: ManualClock
) -> None:
    put(app, twilio)
    clock.advance(60)
    app.integrations.update("twilio", {"config": {"accountSid": "AC" + "f" * 32}}, if_match=None)
    body = an_order("SMS").body
    shown = {"sid": "SM1", "direction": "outbound-api", "body": getattr(body, "body", ""), "date_created": None}
    twilio.answers[:] = [said(200, {"messages": [shown], "next_page_uri": None})]

    assert look_up(directory, at=START) == Found("SM1", {})


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({"apiKey": "SG.one-key-of-ours"}, {"apiKey": "SG.one-key-of-ours"}, True),
        ({"apiKey": "SG.one-key-of-ours"}, {"apiKey": "SG.another-key-of-ours"}, False),
        ({}, {"baseUrl": "https://api.eu.sendgrid.com"}, False),
        ({}, {"fromName": "Somebody"}, True),
    ],
)
def test_a_key_says_which_account_it_is(
    app: Application, directory: Directory, clock: ManualClock, before: Any, after: Any, same: bool
) -> None:
    given = IntegrationInput(config={**CONFIGS["sendgrid"], **before})
    app.integrations.put("sendgrid", given, if_match=None)
    clock.advance(60)

    app.integrations.update("sendgrid", {"config": after}, if_match=None)

    assert directory.provider_for("EMAIL") is not None
    assert directory.is_same_account("sendgrid", START) is same
