"""The whole application runs on this machine."""

import json
import socket
from pathlib import Path

import pytest

from tests.tools.sandbox.asking import until_true
from tools.stack.aws import client
from tools.stack.http import call
from tools.stack.ports import HOST, free_port
from tools.stack.record import Record
from tools.stack.running import CannotRunError, Options, run, running_stack

pytestmark = pytest.mark.e2e


def base_urls(stack: Record) -> set[str]:
    """Where the integrations send to."""
    integrations = call("GET", f"{stack.url}/v1/integrations", stack.apiKey).json()["data"]
    assert {one["provider"] for one in integrations} == {"twilio", "sendgrid", "vapi", "keitaro", "meta"}
    return {one["config"]["baseUrl"] for one in integrations if one["provider"] != "keitaro"}


def wait_until_taken(stack: Record, queue: str) -> None:
    """Send a message and wait until a function takes it, whatever it thinks of it."""
    service = client("sqs", stack.awsEndpoint)
    url = service.get_queue_url(QueueName=queue)["QueueUrl"]
    service.send_message(QueueUrl=url, MessageBody="{}")
    waiting = "ApproximateNumberOfMessages"
    until_true(
        lambda: service.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting])["Attributes"][waiting] == "0"
    )


def test_it_answers_with_the_key_of_its_record_and_keeps_its_state(tmp_path: Path) -> None:
    with running_stack(state_dir=tmp_path) as stack:
        lead = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
        made = call("POST", f"{stack.url}/v1/leads", stack.apiKey, lead)
        assert made.status == 201, made.body
        assert base_urls(stack) == {stack.sandboxUrl}
        assert json.loads((tmp_path / "stack.json").read_text())["url"] == stack.url
        with pytest.raises(CannotRunError, match=stack.url), run(Options(free_port(), tmp_path)):
            pass
    assert not (tmp_path / "stack.json").exists()

    with running_stack(state_dir=tmp_path) as again:
        assert again.apiKey == stack.apiKey
        kept = call("GET", f"{again.url}/v1/leads/{made.json()['id']}", again.apiKey)
        assert kept.status == 200, kept.body
        assert kept.json()["email"] == "ada@example.com"
        # It has another port now, and the integrations follow it.
        assert base_urls(again) == {again.sandboxUrl} != {stack.sandboxUrl}
        wait_until_taken(again, "retention-jobs")


def test_a_busy_port_is_named_and_another_one_is_proposed(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotRunError, match=f"Port {port} .* make run PORT=\\d+"), run(Options(port, tmp_path)):
            pass
    assert not (tmp_path / "stack.json").exists()
