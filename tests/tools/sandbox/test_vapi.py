"""The sandbox takes, refuses and lists calls as VAPI does."""

from typing import Any

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import Asking, until_true
from tools.sandbox.accounts import VAPI_ASSISTANT, VAPI_PHONE_NUMBER
from tools.sandbox.running import Sandbox, running_sandbox


def test_a_call_that_was_accepted_is_in_the_ledger(ask: Asking, sandbox: Sandbox) -> None:
    answer = ask.call("+12025550100", name="correlation", assistantOverrides={"metadata": {"x": "key"}})

    assert (answer.status, answer.json()["status"]) == (201, "queued")
    (entry,) = sandbox.ledger()
    assert (entry.ref, entry.to, entry.key, entry.correlation) == (
        answer.json()["id"],
        "+12025550100",
        "key",
        "correlation",
    )


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"metadata": {}}, "property metadata should not exist"),
        ({"name": "x" * 41}, "name must be shorter than or equal to 40 characters"),
        ({"assistantId": None}, "Assistant"),
        ({"phoneNumberId": None}, "phoneNumberId"),
        ({"customer": {"number": "2025550100"}}, "E.164"),
        ({"customer": {"number": "+12025550100", "externalId": "x" * 41}}, "customer.externalId must be shorter"),
        ({"customer": {"number": "+12025550100", "id": "x"}}, "customer.property id should not exist"),
        ({"assistantOverrides": {"maxDurationSeconds": 9}}, "maxDurationSeconds must be from 10 to 43200"),
        ({"assistantOverrides": {"metadata": "x"}}, "metadata must be an object"),
        ({"assistantOverrides": {"server": {"uri": "x"}}}, "server has a property that should not exist"),
    ],
)
def test_a_wrong_order_is_refused_in_words(ask: Asking, sandbox: Sandbox, order: dict[str, Any], said: str) -> None:
    answer = ask.call(**order)

    assert answer.status == 400
    assert said in " ".join(answer.json()["message"])
    assert sandbox.ledger() == []


def test_another_key_is_refused(ask: Asking, sandbox: Sandbox) -> None:
    assert ask.ask("POST", "/call", b"{}", {"Authorization": "Bearer other"}).status == 401
    assert sandbox.ledger() == []


def test_calls_are_listed_by_time_and_number_the_newest_first(ask: Asking, clock: ManualClock) -> None:
    for number in (1, 2, 3):
        ask.call(name=f"call {number}")
        clock.advance(60)
    since = clock.now().isoformat().replace("+00:00", "Z")

    def names(query: str) -> list[str]:
        return [call["name"] for call in ask.vapi("GET", f"/call?{query}").json()]

    assert names("") == ["call 3", "call 2", "call 1"]
    assert names("limit=1") == ["call 3"]
    assert names(f"createdAtGe={since}") == []
    assert names(f"createdAtLt={since}&phoneNumberId={VAPI_PHONE_NUMBER}&limit=100") == ["call 3", "call 2", "call 1"]
    assert names("assistantId=other") == []
    assert ask.vapi("GET", "/call?createdAtGe=yesterday").status == 400


def test_a_call_that_ended_says_why(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "outcome", "outcome": "customer-did-not-answer"})
    made = ask.call().json()["id"]

    until_true(lambda: ask.vapi("GET", f"/call/{made}").json()["status"] == "ended")

    assert ask.vapi("GET", f"/call/{made}").json()["endedReason"] == "customer-did-not-answer"
    assert ask.vapi("GET", "/call/none").status == 404


def test_no_more_calls_than_places_are_under_way(clock: ManualClock) -> None:
    with running_sandbox(now=clock.now, concurrency=2) as sandbox:
        ask = Asking(sandbox.url)
        sandbox.faults({"kind": "outcome", "outcome": "queued"})  # They never end.

        said = [ask.call(f"+1202555010{number}").json() for number in range(3)]

        assert [one["subscriptionLimits"]["concurrencyBlocked"] for one in said] == [False, False, True]
        assert said[2]["endedReason"] == "call.start.error-subscription-concurrency-limit-reached"
        assert len(sandbox.ledger()) == 2
        assert [call["status"] for call in ask.vapi("GET", "/call").json()] == ["ended", "queued", "queued"]


def test_assistants_and_numbers_can_be_read_as_a_check(ask: Asking) -> None:
    assert ask.vapi("GET", "/assistant").json()[0]["id"] == VAPI_ASSISTANT
    assert ask.vapi("GET", f"/phone-number/{VAPI_PHONE_NUMBER}").status == 200
    assert ask.vapi("GET", "/assistant/none").status == 404
