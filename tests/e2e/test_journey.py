"""The whole application over HTTP, with each function confined to its role, as on AWS."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.waiting import wait_until
from tools.stack.http import Answer, call
from tools.stack.record import Record
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("journey")]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(state_dir=folder, enforce_roles=True, seed=True) as running:
        yield running


@pytest.fixture
def ask(stack: Record) -> Callable[..., Answer]:
    """Send a request with the admin key."""

    def send(method: str, path: str, body: object = None, key: str | None = None) -> Answer:
        return call(method, stack.url + path, key or stack.apiKey, body)

    return send


def test_the_sample_data_is_there(ask: Callable[..., Answer]) -> None:
    paths = ("leads", "campaigns", "scripts", "contact-attempts")
    counts = {path: len(ask("GET", f"/v1/{path}?limit=100").json()["data"]) for path in paths}

    assert counts == {"leads": 20, "campaigns": 3, "scripts": 3, "contact-attempts": 16}


def test_messages_go_through_the_sandbox(stack: Record, ask: Callable[..., Answer]) -> None:
    integrations = ask("GET", "/v1/integrations").json()["data"]

    assert {one["provider"]: one["config"].get("baseUrl") for one in integrations} == {
        **dict.fromkeys(("twilio", "sendgrid", "vapi", "meta"), stack.sandboxUrl),
        "keitaro": None,
    }


def test_nobody_gets_in_without_a_key_and_nobody_beyond_its_scopes(stack: Record, ask: Callable[..., Answer]) -> None:
    reader = ask("POST", "/v1/api-keys", {"name": "reader", "scopes": ["leads:read"]}).json()

    assert call("GET", f"{stack.url}/v1/leads").status == 401
    assert ask("GET", "/v1/leads", key="rk_nobody_secret").status == 401
    assert ask("GET", "/v1/leads", key=reader["key"]).status == 200
    assert ask("GET", "/v1/scripts", key=reader["key"]).status == 403
    assert ask("DELETE", f"/v1/api-keys/{reader['id']}").status == 204
    assert ask("GET", f"/v1/api-keys/{reader['id']}").json()["revokedAt"] is not None


def test_the_public_documents_need_no_key(stack: Record) -> None:
    assert [call("GET", stack.url + path).status for path in ("/health", "/v1/openapi.json", "/v1/docs")] == [200] * 3


def test_a_large_campaign_is_deleted_by_the_jobs_function(ask: Callable[..., Answer]) -> None:
    rows = [{"firstName": "Ada", "lastName": str(number), "externalId": f"big-{number}"} for number in range(1000)]
    leads = [row["id"] for row in ask("POST", "/v1/leads/bulk", {"leads": rows}).json()["results"]]
    campaign = ask("POST", "/v1/campaigns", {"name": "Large"}).json()
    for half in (leads, [lead["id"] for lead in ask("GET", "/v1/leads?limit=100").json()["data"]]):
        assert ask("POST", f"/v1/campaigns/{campaign['id']}/leads", {"leadIds": half}).status == 200
    script = ask(
        "POST", "/v1/scripts", {"name": "S", "type": "SMS", "content": "Hi", "campaignId": campaign["id"]}
    ).json()

    assert ask("DELETE", f"/v1/campaigns/{campaign['id']}").status in (202, 204)
    assert ask("GET", f"/v1/campaigns/{campaign['id']}").status == 404

    def finished() -> bool:
        jobs = ask("GET", "/v1/jobs?limit=100").json()["data"]
        return any(job["target"].get("id") == campaign["id"] and job["status"] == "succeeded" for job in jobs)

    wait_until(finished)
    assert ask("GET", f"/v1/leads/{leads[0]}/campaigns").json()["data"] == []
    assert ask("GET", f"/v1/scripts/{script['id']}").json()["campaignId"] is None


def test_a_credential_goes_in_and_never_comes_out(ask: Callable[..., Answer]) -> None:
    config = {"postbackToken": "a-secret-of-the-tests-000"}

    placed = ask("PUT", "/v1/integrations/keitaro", {"type": "TRACKING", "config": config})

    assert placed.status == 200, placed.body
    assert b"a-secret-of" not in placed.body + ask("GET", "/v1/integrations/keitaro").body
    assert ask("DELETE", "/v1/integrations/keitaro").status in (202, 204)
    assert ask("GET", "/v1/integrations/keitaro").status == 404


def test_a_sequence_runs_by_itself_and_each_step_is_sent_once(stack: Record, ask: Callable[..., Answer]) -> None:
    sms = ask("POST", "/v1/scripts", {"name": "1", "type": "SMS", "content": "Hi {{ firstName }}"}).json()["id"]
    mail = {"subject": "Still there?", "html": "<p>Hi {{ firstName }}</p>"}
    email = ask("POST", "/v1/scripts", {"name": "2", "type": "EMAIL", "content": mail}).json()["id"]
    steps = [{"channel": "SMS", "scriptId": sms}, {"channel": "EMAIL", "scriptId": email}]
    sequence = ask("POST", "/v1/sequences", {"name": "Win back", "steps": steps}).json()["id"]
    assert ask("POST", f"/v1/sequences/{sequence}/activate").status == 200
    person = {"firstName": "Grace", "lastName": "Hopper", "phone": "+12025550142", "email": "grace@example.com"}
    lead = ask("POST", "/v1/leads", person).json()["id"]

    enrollment = ask("POST", f"/v1/sequences/{sequence}/enrollments", {"leadId": lead}).json()["id"]

    wait_until(lambda: ask("GET", f"/v1/enrollments/{enrollment}").json()["status"] == "COMPLETED")
    entries = call("GET", f"{stack.sandboxUrl}/_sandbox/ledger").json()["entries"]
    assert sorted(one["to"] for one in entries if one["to"] in person.values()) == ["+12025550142", "grace@example.com"]
    attempts = ask("GET", f"/v1/leads/{lead}/contact-attempts").json()["data"]
    assert {(one["channel"], one["provider"]) for one in attempts} == {("SMS", "twilio"), ("EMAIL", "sendgrid")}
    assert {one["providerRef"] for one in attempts} <= {one["ref"] for one in entries}
    assert ask("GET", f"/v1/leads/{lead}").json()["status"] == "CONTACTED"
