"""The doctor tells what is not well, and what to do."""

from typing import Any

import boto3
import pytest

from retention.bootstrap import Application
from tests.api_client import ApiClient
from tests.functions.queue import new_queue
from tests.gateway import Gateway, serving
from tests.tools.cli.conftest import KEY
from tests.tools.cli.running import Run
from tests.tools.cli.test_commands import a_failed_job
from tools.cli.checks import queues
from tools.redrive.deployment import RESTING, Deployment
from tools.stack.ports import free_port


def findings(ran: Any) -> dict[str, dict[str, Any]]:
    """The lines by what was looked at."""
    return {one["what"]: one for one in ran.json["findings"]}


def test_a_sound_application_has_no_fault(tool: Run, api: ApiClient) -> None:
    seen = tool("doctor", "--json")

    lines = findings(seen)
    assert seen.status == 0, seen.out
    assert {name for name, one in lines.items() if one["level"] == "ok"} >= {
        "name",
        "answer",
        "version",
        "clock",
        "failed jobs",
        "figures",
        "sending",
    }
    assert lines["queues"]["level"] == "warning", "only the address is known"


def test_what_is_not_well_is_told_with_what_to_do(tool: Run, app: Application, api: ApiClient) -> None:
    a_failed_job(app)
    api.post("/v1/sending/hold", {"reason": "moving"})

    seen = tool("doctor")

    assert seen.status == 1
    assert "FAULT    failed jobs: 1, the latest delete: SecretStoreError" in seen.out
    assert "-> Mend the cause, then: retention jobs redrive --all" in seen.out
    assert "warning  sending: is held" in seen.out
    assert "-> retention sending release" in seen.out
    assert "ok " not in tool("doctor", "--quiet").out, "only what is wrong"


def test_a_provider_that_refuses_is_a_fault_and_one_that_is_off_a_warning(tool: Run, api: ApiClient) -> None:
    config = {"accountSid": "AC" + "0" * 32, "authToken": "t" * 32, "fromNumber": "+12025550100"}
    assert api.put("/v1/integrations/twilio", {"type": "SMS", "config": config}).status == 201
    keitaro = {"type": "TRACKING", "config": {"postbackToken": "k" * 22}}
    assert api.put("/v1/integrations/keitaro", keitaro).status == 201

    lines = findings(tool("doctor", "--json"))
    assert (lines["twilio"]["level"], lines["keitaro"]["level"]) == ("fault", "ok")
    assert "PATCH /v1/integrations/twilio" in lines["twilio"]["todo"]

    assert api.patch("/v1/integrations/twilio", {"isActive": False, "config": {}}).status == 200
    assert findings(tool("doctor", "--json"))["twilio"]["level"] == "warning"


def test_a_key_that_may_less_is_no_fault_and_one_that_is_none_is(
    run: Run, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"keyId": "test", "scopes": "leads:read"}
    with serving(Gateway(app, lambda _: found)) as url:
        lines = findings(run("doctor", "--json", "--url", url, "--key", KEY))
        assert lines["key"]["level"] == "ok"
        assert lines["integrations"]["level"] == "warning"
    with serving(Gateway(app, lambda _: {"failure": "unknown"})) as url:
        refused = run("doctor", "--json", "--url", url, "--key", KEY)
        assert (refused.status, findings(refused)["key"]["level"]) == (1, "fault")
        assert "integrations" not in findings(refused), "there is nothing behind a closed door"


def test_nobody_there_ends_the_looking(run: Run) -> None:
    seen = run("doctor", "--json", "--url", f"http://127.0.0.1:{free_port()}", "--key", KEY)
    assert (seen.status, findings(seen)["answer"]["level"]) == (1, "fault")

    seen = run("doctor", "--json", "--url", "https://no-such-name.invalid", "--key", KEY)
    assert (seen.status, findings(seen)["name"]["level"]) == (1, "fault")


def test_a_dead_letter_is_a_fault_and_stays_where_it_is(endpoint: str, tmp_path: Any) -> None:
    sqs = boto3.client("sqs")
    outputs = {name: new_queue() for name in RESTING}
    deployment = Deployment("retention", sqs, outputs, tmp_path)
    sqs.send_message(QueueUrl=outputs["JobsDeadLetterQueueUrl"], MessageBody="{}")

    for _ in range(2):
        levels = {one.what: one.level for one in queues.look(deployment)}
        assert levels == {
            "StepsDeadLetterQueue": "ok",
            "JobsDeadLetterQueue": "fault",
            "InboundDeadLetterQueue": "ok",
        }
