"""Requests are tried again while that may help, and told in words when it does not."""

import json

import pytest

from tests.tools.cli.scripted import Reply, scripted
from tools.cli.client import TRIES, Client, RefusedError
from tools.cli.exits import BAD_INPUT, PARTLY, UNREACHABLE, UnreachableError
from tools.stack.ports import free_port


def problem(status: int, code: str, **more: object) -> Reply:
    """An answer that is a problem."""
    return Reply(status, json.dumps({"code": code, "detail": f"It is {code}.", **more}).encode())


def client(url: str, pauses: list[float] | None = None) -> Client:
    """A client that does not really wait."""
    return Client(url, "rk_a_b", pause=([] if pauses is None else pauses).append)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_answer_is_tried_again_under_the_same_key(status: int) -> None:
    with scripted(problem(status, "busy"), problem(status, "busy"), Reply(201, b'{"id": "a"}')) as (url, server):
        assert client(url).post("/v1/leads", {"a": 1}) == {"id": "a"}

    keys = {one["HTTP_IDEMPOTENCY_KEY"] for one in server.asked}
    assert len(server.asked) == 3
    assert len(keys) == 1, "the server can tell that it is one request"
    assert [one["body"] for one in server.asked] == [b'{"a": 1}'] * 3


def test_two_requests_have_two_keys_and_a_look_has_none() -> None:
    with scripted(Reply()) as (url, server):
        one = client(url)
        one.post("/v1/leads")
        one.ask("DELETE", "/v1/leads/a")
        one.get("/v1/leads")

    assert len({asked.get("HTTP_IDEMPOTENCY_KEY") for asked in server.asked}) == 3
    assert "HTTP_IDEMPOTENCY_KEY" not in server.asked[2]


def test_it_waits_as_long_as_it_is_told_and_longer_each_time_otherwise() -> None:
    pauses: list[float] = []
    with scripted(
        Reply(503, headers={"Retry-After": "7"}), Reply(503, headers={"Retry-After": "9999"}), Reply(503), Reply(503)
    ) as (url, server):
        with pytest.raises(RefusedError):
            client(url, pauses).get("/health")
        assert len(server.asked) == TRIES

    assert pauses[0] == 7
    assert pauses[1] == 20, "nobody waits for hours"
    assert 0.6 <= pauses[2] <= 1.2 <= pauses[3] <= 2.4


@pytest.mark.parametrize("code", ["idempotency_running", "contention"])
def test_a_conflict_that_passes_is_tried_again(code: str) -> None:
    with scripted(problem(409, code), Reply(200, b'{"ok": true}')) as (url, _):
        assert client(url).post("/v1/x") == {"ok": True}


@pytest.mark.parametrize(
    ("status", "exit_status"),
    [
        *((status, BAD_INPUT) for status in (400, 404, 413, 422)),
        *((status, PARTLY) for status in (409, 412)),
        *((status, UNREACHABLE) for status in (401, 403, 501)),
    ],
)
def test_a_refusal_is_told_at_once_with_its_exit_status(status: int, exit_status: int) -> None:
    with scripted(problem(status, "so", errors=[{"pointer": "/a", "code": "b", "detail": "c"}])) as (url, server):
        with pytest.raises(RefusedError, match="It is so") as refused:
            client(url).post("/v1/x")
        assert len(server.asked) == 1

    assert refused.value.status == exit_status
    assert refused.value.errors == [{"pointer": "/a", "code": "b", "detail": "c"}]
    assert refused.value.as_json()["error"]["status"] == status


def test_nobody_there_is_said_after_some_tries() -> None:
    pauses: list[float] = []
    with pytest.raises(UnreachableError, match="does not answer") as error:
        client(f"http://127.0.0.1:{free_port()}", pauses).get("/health")

    assert len(pauses) == TRIES - 1
    assert error.value.status == UNREACHABLE
    assert "object at" not in error.value.message


def test_a_line_that_breaks_is_tried_again() -> None:
    with scripted(Reply(200, b'{"id": "a"}', cut=4), Reply(200, b'{"id": "a"}')) as (url, server):
        assert client(url).post("/v1/x") == {"id": "a"}

    assert len({one["HTTP_IDEMPOTENCY_KEY"] for one in server.asked}) == 1


def test_somebody_else_s_page_is_not_taken_for_an_answer() -> None:
    with scripted(Reply(200, b"<html>hotel wifi</html>")) as (url, _), pytest.raises(UnreachableError, match="not as"):
        client(url).get("/v1/leads")


def test_a_list_is_read_to_its_end() -> None:
    first, last = {"data": [{"id": 1}], "nextCursor": "a b&c"}, {"data": [{"id": 2}], "nextCursor": None}
    with scripted(Reply(body=json.dumps(first).encode()), Reply(body=json.dumps(last).encode())) as (url, server):
        assert list(client(url).pages("/v1/leads", email="a+b@x.de", phone=None)) == [{"id": 1}, {"id": 2}]

    assert server.asked[0]["QUERY_STRING"] == "limit=100&email=a%2Bb%40x.de"
    assert server.asked[1]["QUERY_STRING"].endswith("cursor=a+b%26c")
