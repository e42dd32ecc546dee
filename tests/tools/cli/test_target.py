"""The application that is meant is found, or it is said what to do."""

import json
from pathlib import Path

import boto3
import pytest

from tools.cli.exits import BAD_INPUT, UNREACHABLE, BadInputError, UnreachableError
from tools.cli.target import Given, find
from tools.stack import record


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RETENTION_URL", "RETENTION_KEY", "RETENTION_STACK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """The folder of a local stack that runs."""
    there = record.Record("http://127.0.0.1:4600", "rk_local_key", "http://127.0.0.1:4601", "us-east-1", "t", "s", 1)
    record.write(tmp_path / "stack.json", there)
    return tmp_path


def test_the_local_stack_is_meant_when_nothing_is_said(running: Path) -> None:
    target = find(Given(folder=running))

    assert (target.url, target.key, target.local) == ("http://127.0.0.1:4600", "rk_local_key", True)


def test_the_local_stack_s_key_goes_nowhere_else(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreachableError, match="no key"):
        find(Given(url="https://elsewhere.test", folder=running))
    assert find(Given(url="http://127.0.0.1:4600/", folder=running)).key == "rk_local_key"

    monkeypatch.setenv("RETENTION_KEY", "rk_of_the_environment")
    assert find(Given(folder=running)).key == "rk_local_key", "that one is for another application"
    assert find(Given(folder=running, key="rk_given")).key == "rk_given"


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch, running: Path) -> None:
    monkeypatch.setenv("RETENTION_URL", "https://environment.test")
    monkeypatch.setenv("RETENTION_KEY", "rk_of_the_environment")

    assert find(Given(folder=running)).url == "https://environment.test"
    target = find(Given(url="https://given.test", key="rk_given", folder=running))
    assert (target.url, target.key) == ("https://given.test", "rk_given")


def test_without_any_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError) as error:
        find(Given(folder=tmp_path))

    assert error.value.status == UNREACHABLE
    assert "make run" in (error.value.hint or "")


def test_contradictions_and_no_addresses_are_wrong_usage(tmp_path: Path) -> None:
    for given in (Given(url="https://a.test", stack="b"), Given(url="a.test", key="k", folder=tmp_path)):
        with pytest.raises(BadInputError) as error:
            find(given)
        assert error.value.status == BAD_INPUT


def test_a_stack_tells_its_address_and_the_first_key_only_when_asked_to(endpoint: str, tmp_path: Path) -> None:
    secrets, formation = boto3.client("secretsmanager"), boto3.client("cloudformation")
    arn = secrets.create_secret(Name="first", SecretString=json.dumps({"secret": "abc"}))["ARN"]
    outputs = {"ApiUrl": {"Value": "https://api.test"}, "BootstrapKeySecretArn": {"Value": arn}}
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    formation.create_stack(StackName="meant", TemplateBody=json.dumps({"Resources": topic, "Outputs": outputs}))
    formation.create_stack(StackName="other", TemplateBody=json.dumps({"Resources": topic}))

    target = find(Given(stack="meant", bootstrap_key=True, folder=tmp_path))
    assert (target.url, target.key, target.stack) == ("https://api.test", "rk_bootstrap_abc", "meant")
    with pytest.raises(UnreachableError, match="no key"):
        find(Given(stack="meant", folder=tmp_path))
    with pytest.raises(UnreachableError, match="none of ours"):
        find(Given(stack="other", key="k", folder=tmp_path))
    with pytest.raises(UnreachableError, match="cannot be asked"):
        find(Given(stack="no-such-stack", key="k", folder=tmp_path))
