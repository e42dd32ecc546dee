"""The sandbox goes wrong exactly as it was told to, and its ledger tells what it accepted all the same."""

import http.client
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import MESSAGES, Answer, Asking, until_true
from tools.sandbox.running import Sandbox

BROKEN = (http.client.HTTPException, ConnectionError)


@pytest.fixture(params=["twilio", "sendgrid", "vapi"])
def send(request: pytest.FixtureRequest, ask: Asking) -> Callable[[], Answer]:
    """A message by each of the three."""
    sends: dict[str, Callable[[], Answer]] = {"twilio": ask.text, "sendgrid": ask.mail, "vapi": ask.call}
    return sends[request.param]


@pytest.mark.parametrize("status", [429, 500, 401, 400])
def test_refused_is_not_accepted(send: Callable[[], Answer], sandbox: Sandbox, status: int) -> None:
    sandbox.faults({"kind": "refuse", "status": status, "retryAfter": 7})

    answer = send()

    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert sandbox.ledger() == []


def test_a_code_is_told_in_the_providers_own_form(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "refuse", "status": 400, "code": 21614})
    assert ask.text().json()["code"] == 21614


def test_dropped_is_not_accepted(send: Callable[[], Answer], sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "drop"})

    with pytest.raises(BROKEN):
        send()

    assert sandbox.ledger() == []


def test_accepted_and_reset(send: Callable[[], Answer], sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "accept_reset"})

    with pytest.raises(BROKEN):
        send()

    assert len(sandbox.ledger()) == 1


def test_accepted_and_answered_with_an_error(send: Callable[[], Answer], sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "accept_refuse", "status": 503})

    assert send().status == 503
    assert len(sandbox.ledger()) == 1


def test_accepted_with_an_answer_that_nobody_can_read(send: Callable[[], Answer], sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "malformed"})

    answer = send()

    assert answer.status in (201, 202)
    assert "x-message-id" not in answer.headers
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(sandbox.ledger()) == 1


def test_accepted_and_never_answered(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "accept_timeout"})

    with pytest.raises(TimeoutError):
        ask.text(timeout=0.05)

    until_true(lambda: len(sandbox.ledger()) == 1)


def test_accepted_and_answered_too_slowly_for_anybody(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "drip", "seconds": 0.2})

    with pytest.raises(TimeoutError):
        ask.text(timeout=0.05)

    until_true(lambda: len(sandbox.ledger()) == 1)


def test_accepted_long_after_the_client_has_left(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "late_accept", "times": 1})
    with pytest.raises(TimeoutError):
        ask.text(timeout=0.05)
    # The request has met its fault: what has not come yet is not held back, and cannot be released.
    until_true(lambda: ask.control("GET", "/faults").json() == {"faults": []})
    assert sandbox.ledger() == []

    sandbox.release()

    until_true(lambda: len(sandbox.ledger()) == 1)


def test_accepted_late_by_itself(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "late_accept", "seconds": 0.1})
    with suppress(TimeoutError):  # A client that is held up itself may find the answer there.
        ask.text(timeout=0.02)

    until_true(lambda: len(sandbox.ledger()) == 1)


def test_delayed_is_answered_after_all(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "delay", "seconds": 0.05})
    assert ask.text().status == 201


def test_only_the_next_requests_meet_it(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "refuse", "times": 2})
    assert [ask.text().status for _ in range(3)] == [500, 500, 201]


def test_only_whom_it_concerns_meets_it(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "refuse", "provider": "sendgrid"}, {"kind": "refuse", "to": "+12025550101"})

    assert ask.mail().status == 500
    assert ask.text("+12025550100").status == 201
    assert ask.text("+12025550101").status == 500
    assert ask.call("+12025550101").status == 500


def test_look_ups_can_be_blind_while_sends_are_well(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "refuse", "operation": "look_up", "status": 403})

    assert ask.text().status == 201
    assert ask.twilio("GET", MESSAGES).status == 403
    assert ask.sendgrid("POST", "/v3/logs", {}).status == 403
    assert ask.vapi("GET", "/call").status == 403


def test_look_ups_can_lag(ask: Asking, sandbox: Sandbox, clock: ManualClock) -> None:
    sandbox.faults({"kind": "lag", "seconds": 60})
    sid = ask.text().json()["sid"]

    assert ask.twilio("GET", MESSAGES).json()["messages"] == []
    assert ask.twilio("GET", MESSAGES.replace(".json", f"/{sid}.json")).status == 404
    clock.advance(timedelta(seconds=60).total_seconds())
    assert [one["sid"] for one in ask.twilio("GET", MESSAGES).json()["messages"]] == [sid]
    sandbox.faults({"kind": "lag"})
    assert ask.twilio("GET", MESSAGES).json()["messages"] == []
    sandbox.faults()
    assert len(ask.twilio("GET", MESSAGES).json()["messages"]) == 1


def test_wrong_requests_and_strangers_do_not_use_a_fault_up(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "accept_refuse", "times": 1})

    assert ask.text(Body="").status == 400
    assert ask.ask("POST", "/call", b"{}", {}).status == 401
    assert ask.text().status == 500


def test_faults_are_put_shown_and_taken_back_over_http(ask: Asking, sandbox: Sandbox) -> None:
    wanted: list[dict[str, Any]] = [{"kind": "refuse", "retryAfter": 1.0, "times": 2}]

    assert ask.control("PUT", "/faults", {"faults": wanted}).json() == {"faults": wanted}
    ask.text()
    assert ask.control("GET", "/faults").json()["faults"][0]["times"] == 1
    assert ask.control("DELETE", "/faults").json() == {"faults": []}
    assert ask.text().status == 201


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"faults": [{"kind": "explode"}]}, "faults/0/kind"),
        ({"faults": [{"kind": "delay"}, {"kind": "delay", "second": 1}]}, "faults/1/second"),
        ({"faults": [{"kind": "refuse", "times": 0}]}, "faults/0/times"),
        ([], "the body is"),
    ],
)
def test_a_wrong_fault_is_refused_by_its_place(ask: Asking, body: Any, said: str) -> None:
    answer = ask.control("PUT", "/faults", body)

    assert answer.status == 400
    assert said in answer.json()["message"]
