"""What providers, people and trackers do about messages, over HTTP and through every function, each in its role."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import wait_until
from tools.stack.http import Answer, call
from tools.stack.record import Record
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("incoming")]


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(state_dir=folder, enforce_roles=True) as running:
        yield running


@pytest.fixture(scope="module")
def ask(stack: Record) -> Ask:
    """Send a request with the admin key; the answer as JSON."""

    def send(method: str, path: str, body: object = None) -> Any:
        answer: Answer = call(method, stack.url + path, stack.apiKey, body)
        assert answer.status < 300, (path, answer.status, answer.body)
        return answer.json() if answer.body else None

    return send


def behave(stack: Record, *habits: dict[str, Any]) -> None:
    """From now on, people do this with what reaches them."""
    answer = call("PUT", f"{stack.sandboxUrl}/_sandbox/people", body={"habits": list(habits)})
    assert answer.status == 200, answer.body


@pytest.fixture(scope="module")
def sequence(stack: Record, ask: Ask) -> str:
    """A text message with a tracked link, and a day later another one."""
    text = {"name": "Offer", "type": "SMS", "content": "Hi {{ firstName }}, your seat: {{ link }}"}
    script = ask("POST", "/v1/scripts", text)["id"]
    steps = [{"channel": "SMS", "scriptId": script}, {"channel": "SMS", "scriptId": script, "delayValue": 24}]
    given = {"name": "Win back", "status": "ACTIVE", "steps": steps}
    return str(ask("POST", "/v1/sequences", given)["id"])


def reached(stack: Record, ask: Ask, sequence: str, number: str, **more: Any) -> tuple[str, str]:
    """A new lead whom the first message has reached; its id, and that of its enrollment."""
    meta = {"link": f"{stack.sandboxUrl}/tracker/offer"}
    lead = ask("POST", "/v1/leads", {"firstName": "Ada", "lastName": "L", "phone": number, "meta": meta, **more})["id"]
    enrollment = ask("POST", f"/v1/sequences/{sequence}/enrollments", {"leadId": lead})["id"]
    return lead, enrollment


def first_execution(ask: Ask, enrollment: str) -> dict[str, Any]:
    executions: list[dict[str, Any]] = ask("GET", f"/v1/enrollments/{enrollment}/executions")["data"]
    return min(executions, key=lambda one: one["executedAt"] or "9")


def test_a_message_is_reported_delivered_and_a_click_on_its_link_is_seen(
    stack: Record, ask: Ask, sequence: str
) -> None:
    behave(stack, {"does": "click", "to": "+12025550111"})
    lead, enrollment = reached(stack, ask, sequence, "+12025550111")

    wait_until(lambda: _with(first_execution(ask, enrollment), "clickedAt"))
    execution = wait_until(lambda: _with(first_execution(ask, enrollment), "deliveredAt"))

    assert execution["status"] == "DELIVERED"
    assert ask("GET", f"/v1/leads/{lead}")["status"] == "IN_PROGRESS"
    clicks = call("GET", f"{stack.sandboxUrl}/_sandbox/tracker").json()["clicks"]
    assert any(one["page"] == "/tracker/offer" and one["sub_id_1"] for one in clicks), "the tracker knows who came"


def _with(execution: dict[str, Any], name: str) -> dict[str, Any] | None:
    return execution if execution["result"].get(name) else None


def test_who_answers_stop_is_left_alone(stack: Record, ask: Ask, sequence: str) -> None:
    behave(stack, {"does": "reply", "to": "+12025550112", "text": "please stop texting me"})
    lead, enrollment = reached(stack, ask, sequence, "+12025550112")

    wait_until(lambda: ask("GET", f"/v1/enrollments/{enrollment}")["status"] == "CANCELLED")

    assert ask("GET", f"/v1/leads/{lead}")["contact"]["reason"] == "OPT_OUT"
    timeline = ask("GET", f"/v1/leads/{lead}/timeline?limit=100")["data"]
    (reply,) = [one for one in timeline if one["type"] == "reply"]
    assert "please stop texting me" in str(reply["detail"])
    assert [one["reason"] for one in ask("GET", "/v1/suppressions")["data"]] == ["OPT_OUT"]


def test_a_sale_on_the_tracker_converts_the_lead_and_ends_its_sequence(stack: Record, ask: Ask, sequence: str) -> None:
    behave(stack, {"does": "buy", "to": "+12025550113", "payout": "49.90", "tid": "T1"})
    lead, enrollment = reached(stack, ask, sequence, "+12025550113")

    wait_until(lambda: ask("GET", f"/v1/enrollments/{enrollment}")["status"] == "CONVERTED")

    assert ask("GET", f"/v1/leads/{lead}")["status"] == "CONVERTED"
    (conversion,) = ask("GET", f"/v1/conversions?leadId={lead}")["data"]
    assert (conversion["status"], conversion["revenue"], conversion["source"]) == ("customer", 49.9, "keitaro")
    assert conversion["contactAttemptId"] == first_execution(ask, enrollment)["contactAttemptId"]
    assert conversion["channel"] == "SMS"
