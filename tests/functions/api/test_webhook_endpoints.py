"""Endpoints of the team's own over HTTP: put in place, changed, tried out; their log, and what is sent again."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.outbound.endpoint import MAX_ENDPOINTS
from retention.outbound.schedule import DELAYS
from tests.api_client import ApiClient, Reply
from tests.integrity import problems, scan
from tests.retention.outbound.receiver import Receiver, Say, receiving
from tests.retention.outbound.team import Team, telling

PATH = "/v1/webhook-endpoints"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A team's own server."""
    with receiving() as server:
        yield server


@pytest.fixture
def team(app: Application, clock: ManualClock, receiver: Receiver) -> Team:
    """A team with that server."""
    return Team(telling(app, clock, receiver), clock, receiver)


@pytest.fixture
def api(team: Team) -> ApiClient:
    """The API of an application that may reach it."""
    return ApiClient(team.app)


def given(team: Team, **more: Any) -> dict[str, Any]:
    return {"name": "CRM", "url": f"{team.receiver.url}/hook", "events": ["conversion.recorded"], **more}


def secrets_kept(team: Team) -> list[dict[str, str]]:
    """The documents in the secret store."""
    prefix = team.app.core.settings.integration_secrets_prefix
    answer = boto3.client("ssm").get_parameters_by_path(Path=prefix, Recursive=True, WithDecryption=True)
    return [json.loads(row["Value"]) for row in answer["Parameters"]]


def failed(team: Team, *abouts: str) -> None:
    """Deliveries that were given up."""
    team.receiver.answer = lambda _: Say(500, b"no")
    for about in abouts:
        team.happens(about)
        team.clock.advance(1)
    for delay in (0.0, *DELAYS):
        team.clock.advance(delay * 1.2)
        team.deliver()
    team.receiver.answer = lambda _: Say()


def test_an_endpoint_is_put_in_place_and_its_secret_shown_once(team: Team, api: ApiClient) -> None:
    created = api.post(PATH, given(team))

    assert created.status == 201
    secret = created.json["secret"]
    assert secret.startswith("whsec_")
    shown = api.get(created.headers["Location"])
    assert shown.json == {name: value for name, value in created.json.items() if name != "secret"}
    assert shown.headers["ETag"] == created.headers["ETag"]
    assert (shown.json["type"], shown.json["method"], shown.json["isActive"]) == ("events", "POST", True)
    assert api.get(PATH).json["data"] == [shown.json]
    assert secrets_kept(team) == [{"current": secret}]
    assert secret not in json.dumps(list(scan(team.app)), default=str)


def test_a_repeated_request_makes_one_endpoint_and_shows_no_secret(team: Team, api: ApiClient) -> None:
    first = api.post(PATH, given(team), idempotency_key="one")
    again = api.post(PATH, given(team), idempotency_key="one")

    assert (again.status, again.json["id"], again.json["secret"]) == (201, first.json["id"], None)
    assert len(api.get(PATH).json["data"]) == 1
    assert len(secrets_kept(team)) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"url": "http://hooks.example.com/x"}, "/url", "invalid_url"),
        ({"url": "https://10.0.0.1/x"}, "/url", "invalid_url"),
        ({"url": "https://hooks.example.com/{leadId}"}, "/url", "invalid_url"),
        ({"url": "https://t.example/p?{subid}&{nope}", "type": "postback"}, "/url", "unknown_macro"),
        ({"url": "https://{subid}.example/p", "type": "postback"}, "/url", "macro_in_host"),
        ({"url": "https://t.example/p?{{subid}}", "type": "postback"}, "/url", "invalid_url"),
        ({"events": []}, "/events", "too_short"),
        ({"events": ["lead.born"]}, "/events/0", "not_allowed"),
        ({"events": ["lead.created", "lead.created"]}, "/events/1", "duplicate"),
        ({"type": "postback", "events": ["conversion.recorded", "lead.created"]}, "/events/1", "not_allowed"),
        ({"method": "GET"}, "/method", "not_allowed"),
        ({"name": " "}, "/name", "blank"),
        ({"secret": "whsec_mine"}, "/secret", "unknown_field"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(
    team: Team, api: ApiClient, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    reply = api.post(PATH, given(team, **wrong))

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert secrets_kept(team) == []
    assert list(scan(team.app)) == []


def test_there_may_be_ten(team: Team, api: ApiClient) -> None:
    created = [api.post(PATH, given(team, isActive=False)) for _ in range(MAX_ENDPOINTS)]
    assert {one.status for one in created} == {201}

    assert api.post(PATH, given(team)).status == 409
    assert len(secrets_kept(team)) == MAX_ENDPOINTS

    assert api.delete(created[0].headers["Location"]).status == 204
    assert api.post(PATH, given(team)).status == 201


def test_a_change_is_checked_as_a_whole_and_takes_effect(team: Team, api: ApiClient) -> None:
    created = api.post(PATH, given(team))
    path = created.headers["Location"]

    assert api.patch(path, {"type": "postback", "events": ["lead.created"]}).status == 422
    assert api.patch(path, {"url": "https://localhost/"}).status == 422
    assert api.patch(path, {"disabledBecause": "me"}).status == 422
    changed = api.patch(path, {"events": ["lead.created"]}, if_match=created.headers["ETag"])
    assert (changed.status, changed.json["events"]) == (200, ["lead.created"])
    assert api.patch(path, {"name": "x"}, if_match=created.headers["ETag"]).status == 412

    team.happens("c1")
    team.happens("l1", what="lead.created")
    assert [one.type for one in team.all()] == ["lead.created"]


def test_a_deleted_endpoint_takes_its_secret_and_its_log_with_it(team: Team, api: ApiClient) -> None:
    path = api.post(PATH, given(team)).headers["Location"]
    team.happens("c1")

    assert api.delete(path).status == 204

    assert api.get(path).status == api.delete(path).status == api.get(f"{path}/deliveries").status == 404
    assert secrets_kept(team) == []
    assert team.all() == []
    team.happens("c2")
    assert team.all() == []


def test_a_new_secret_is_shown_once_and_the_one_before_ends_by_itself(team: Team, api: ApiClient) -> None:
    created = api.post(PATH, given(team))
    path = created.headers["Location"]

    rotated = api.post(f"{path}/rotate-secret", idempotency_key="one")
    again = api.post(f"{path}/rotate-secret", idempotency_key="one")

    assert (rotated.status, again.status, again.json["secret"]) == (200, 200, None)
    assert rotated.json["secret"] != created.json["secret"]
    assert rotated.json["previousSecretUntil"] == "2026-02-19T12:00:00.000Z"
    assert secrets_kept(team) == [{"current": rotated.json["secret"], "previous": created.json["secret"]}]
    assert api.post(f"{path}/rotate-secret", if_match=created.headers["ETag"]).status == 412


def test_a_test_event_shows_the_answer_and_leaves_nothing_behind(team: Team, api: ApiClient) -> None:
    created = api.post(PATH, given(team, isActive=False))
    path = created.headers["Location"]

    fine = api.post(f"{path}/test")
    team.receiver.answer = lambda _: Say(401, b"who are you?")
    refused = api.post(f"{path}/test")

    assert (fine.status, fine.json["ok"], fine.json["status"], fine.json["answer"]) == (200, True, 200, "ok")
    assert {name: refused.json[name] for name in ("ok", "status", "answer", "error")} == {
        "ok": False, "status": 401, "answer": "who are you?", "error": "status_401",
    }  # fmt: skip
    got = team.receiver.got[0]
    assert got.is_signed_with(created.json["secret"])
    assert json.loads(got.body)["type"] == "endpoint.test"
    assert team.all() == []


def test_a_postback_is_tested_with_words_of_a_test(team: Team, api: ApiClient) -> None:
    url = f"{team.receiver.url}/postback?subid={{subid}}&status={{status}}&payout={{payout}}"
    path = api.post(PATH, given(team, type="postback", url=url)).headers["Location"]

    assert api.post(f"{path}/test").json["ok"] is True

    assert team.receiver.got[0].path == "/postback?subid=test&status=lead&payout=0"


def test_the_log_shows_what_came_of_each_delivery(team: Team, api: ApiClient) -> None:
    path = api.post(PATH, given(team)).headers["Location"]
    failed(team, "c1", "c2")
    team.happens("c3")
    team.deliver()

    def log(query: str = "") -> Reply:
        return api.get(f"{path}/deliveries{query}")

    everything = log().json["data"]
    assert [one["status"] for one in everything] == ["delivered", "failed", "failed"]
    assert json.loads(everything[0]["payload"])["data"] == {"conversionId": "c3"}
    assert log("?status=failed").json["data"] == everything[1:]
    assert log("?status=delivered").json["data"] == everything[:1]
    first = log("?limit=2")
    assert log(f"?limit=2&cursor={first.json['nextCursor']}").json["data"] == everything[2:]
    lost = everything[1]
    assert (lost["tries"], lost["lastStatus"], lost["lastAnswer"], lost["lastError"], lost["dueAt"]) == (
        11, 500, "no", "status_500", None,
    )  # fmt: skip
    assert api.get(f"{path}/deliveries/{lost['id']}").json == lost
    assert log("?status=lost").status == 400


def test_a_delivery_is_shown_for_its_own_endpoint_only(team: Team, api: ApiClient) -> None:
    mine = api.post(PATH, given(team)).headers["Location"]
    other = api.post(PATH, given(team, events=["lead.created"])).headers["Location"]
    team.happens("c1")

    assert api.get(f"{mine}/deliveries/{team.only().id}").status == 200
    assert api.get(f"{other}/deliveries/{team.only().id}").status == 404
    assert api.post(f"{other}/deliveries/{team.only().id}/replay").status == 404


def test_whatever_became_of_a_delivery_it_can_be_made_again_under_its_id(team: Team, api: ApiClient) -> None:
    path = api.post(PATH, given(team)).headers["Location"]
    team.happens("c1")
    team.deliver()

    again = api.post(f"{path}/deliveries/{team.only().id}/replay", idempotency_key="one")
    repeated = api.post(f"{path}/deliveries/{team.only().id}/replay", idempotency_key="one")
    team.deliver()

    assert (again.status, again.json["status"], again.json["tries"]) == (200, "pending", 0)
    assert repeated.json == again.json
    assert team.only().status == "delivered"
    first, second = team.receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_all_that_failed_since_an_instant_is_made_again(team: Team, api: ApiClient) -> None:
    path = api.post(PATH, given(team)).headers["Location"]
    failed(team, "c1", "c2", "c3")
    since = team.all()[1].model_dump(mode="json", by_alias=True)["createdAt"]

    replayed = api.post(f"{path}/replay", {"since": since})

    assert (replayed.status, replayed.json) == (200, {"replayed": 2, "continueSince": None})
    assert team.deliver().delivered == 2
    assert [one.status for one in team.all()] == ["failed", "delivered", "delivered"]
    assert api.post(f"{path}/replay", {"since": since}).json["replayed"] == 0
    assert problems(team.app) == []


def test_more_than_one_request_can_replay_are_replayed_by_the_next(
    team: Team, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.outbound.log.MOST_REPLAYED", 2)
    path = api.post(PATH, given(team)).headers["Location"]
    failed(team, "c1", "c2", "c3")

    first = api.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).json
    second = api.post(f"{path}/replay", {"since": first["continueSince"]}).json

    assert (first["replayed"], second) == (2, {"replayed": 1, "continueSince": None})


def test_nothing_is_replayed_to_an_endpoint_that_is_off(team: Team, api: ApiClient) -> None:
    path = api.post(PATH, given(team)).headers["Location"]
    failed(team, "c1")
    api.patch(path, {"isActive": False})

    assert api.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).status == 409
    assert api.post(f"{path}/deliveries/{team.only().id}/replay").status == 409
    assert team.only().status == "failed"
