"""AUTH_MODE: what the authorizer takes, keys, tokens, or both. There is no open mode."""

from dataclasses import replace
from typing import Any

import pytest

from retention.access import gate
from retention.access.issuer import IssuerUnavailableError
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.config import AuthMode, Settings
from retention.errors import MisconfiguredError
from tests.api_client import ApiClient
from tests.door import Door
from tests.issuer import AUDIENCE, ISSUER, Issuer, token


def door(app: Application, clock: ManualClock, mode: AuthMode, issuer: Issuer | None = None) -> Door:
    configured = replace(app.core.settings, auth_mode=mode, jwt_issuer=ISSUER, jwt_audience=AUDIENCE)
    fetch = (issuer or Issuer()).fetch
    return Door(app, gate.build(configured, clock=clock, keyring=app.core.keyring, fetch=fetch))


@pytest.mark.parametrize(("mode", "by_key", "by_token"), [("ApiKey", 200, 401), ("Jwt", 401, 200), ("Both", 200, 200)])
def test_each_mode_takes_what_it_says(
    api: ApiClient, clock: ManualClock, mode: AuthMode, by_key: int, by_token: int
) -> None:
    key = api.post("/v1/api-keys", {"name": "x", "scopes": ["leads:read"]}).json["key"]
    asked = door(api.app, clock, mode)

    assert asked.with_key(key).get("/v1/leads").status == by_key
    assert asked.with_header(f"Bearer {token()}").get("/v1/leads").status == by_token
    assert asked.with_header(None).get("/v1/leads").status == 401


def test_a_token_opens_what_its_scopes_say(app: Application, clock: ManualClock) -> None:
    asked = door(app, clock, "Jwt")
    reader = asked.with_header(f"Bearer {token()}")
    admin = asked.with_header(f"Bearer {token(scope=['admin'])}")

    assert reader.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).status == 403
    assert reader.get("/v1/api-keys").status == 403
    assert admin.get("/v1/api-keys").status == 200


def test_a_refused_token_hears_why(app: Application, clock: ManualClock) -> None:
    clock.advance(4000)

    reply = door(app, clock, "Both").with_header(f"Bearer {token()}").get("/v1/leads")

    assert (reply.status, reply.json["detail"]) == (401, "This token has expired.")


def test_what_should_be_sent_is_told_for_each_mode(app: Application, clock: ManualClock) -> None:
    def told(mode: AuthMode) -> str:
        return str(door(app, clock, mode).answer("Basic x")["context"]["failure"])

    assert ("API key" in told("ApiKey"), "token" in told("ApiKey")) == (True, False)
    assert ("API key" in told("Jwt"), "token" in told("Jwt")) == (False, True)
    assert ("API key" in told("Both"), "token" in told("Both")) == (True, True)


def test_nobody_is_let_in_on_a_guess_when_the_issuer_is_down(app: Application, clock: ManualClock) -> None:
    with pytest.raises(IssuerUnavailableError):
        door(app, clock, "Jwt", Issuer(down=True)).answer(f"Bearer {token()}")


def test_tokens_without_an_issuer_to_trust_are_a_mistake_of_the_deployment() -> None:
    with pytest.raises(ValueError, match="JWT_ISSUER"):
        gate.build(Settings(auth_mode="Both", table_name="any"))


@pytest.mark.parametrize("mode", ["None", "none", "", "Open"])
def test_there_is_no_open_mode(mode: Any) -> None:
    with pytest.raises(MisconfiguredError, match="AUTH_MODE"):
        Settings(auth_mode=mode)
