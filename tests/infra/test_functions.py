"""The functions: what they run on, what they are told, and how long their logs stay."""

import ast
from dataclasses import asdict
from typing import Any

import pytest

from retention.config import Settings
from tests.infra.expansion import ROOT, properties, resources, source, text

FUNCTIONS = [
    "ApiFunction",
    "AuthorizerFunction",
    "DispatcherFunction",
    "WorkerFunction",
    "WebhooksFunction",
    "InboundFunction",
    "JobsFunction",
]

#: What each setting is unless the environment tells otherwise.
DEFAULTS = asdict(Settings())

#: Longest that a log may be kept, in days.
LONGEST_RETENTION_DAYS = 30

#: Bytes of names and values. Source: Lambda quotas, "Environment variables".
MOST_ENVIRONMENT_BYTES = 4096

#: Longest that the gateway waits for an integration, in seconds. Source: API Gateway quotas, HTTP API.
GATEWAY_TIMEOUT_SECONDS = 30


def variables(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = properties(name)["Environment"]["Variables"]
    return answer


def test_the_functions_are_the_ones_that_these_tests_know() -> None:
    assert sorted(resources("AWS::Lambda::Function")) == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_runs_on_the_python_and_processor_that_the_layers_are_built_for(name: str) -> None:
    layers = resources("AWS::Lambda::LayerVersion")

    assert {layer["Ref"] for layer in properties(name)["Layers"]} == layers.keys()
    for layer in layers.values():
        assert layer["CompatibleRuntimes"] == [properties(name)["Runtime"]] == ["python3.13"]
        assert layer["CompatibleArchitectures"] == properties(name)["Architectures"] == ["arm64"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_exists(name: str) -> None:
    module, _, function = properties(name)["Handler"].rpartition(".")
    file = ROOT.joinpath("functions", *module.split(".")).with_suffix(".py")

    tree = ast.parse(file.read_text(encoding="utf-8"))

    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert function in defined | assigned


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_told_all_that_the_settings_read(name: str) -> None:
    told_by_lambda = {"AWS_REGION"}

    assert {name.upper() for name in DEFAULTS} - told_by_lambda <= variables(name).keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_is_told_what_nobody_reads(name: str) -> None:
    read = {name.upper() for name in DEFAULTS}

    unread = {variable for variable in variables(name) if not variable.startswith(("POWERTOOLS_", "PYDANTIC_"))} - read

    assert unread == set()


def test_a_deployment_behaves_like_the_settings_unless_told_otherwise() -> None:
    parameters = source()["Parameters"]
    for variable, value in source()["Globals"]["Function"]["Environment"]["Variables"].items():
        named = value.get("Ref") if isinstance(value, dict) else None
        if named in parameters and variable.lower() in DEFAULTS and named != "Stage":
            assert parameters[named]["Default"] == DEFAULTS[variable.lower()], named


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_environment_fits_into_what_lambda_takes(name: str) -> None:
    longest = {
        parameter: str(settings.get("MaxLength", 0) * "x" or settings["Default"])
        for parameter, settings in source()["Parameters"].items()
    }
    address = 90 * "x"  # of a queue, a secret or a parameter, with a stack's name of sixty characters

    told = {
        variable: longest.get(value.get("Ref", ""), address) if isinstance(value, dict) else str(value)
        for variable, value in variables(name).items()
    }

    assert sum(len(variable) + len(value) for variable, value in told.items()) < MOST_ENVIRONMENT_BYTES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    for variable, value in variables(name).items():
        if "SECRET" in variable and variable.endswith("_ARN"):
            assert value["Fn::GetAtt"][0] in resources("AWS::SecretsManager::Secret"), "an address, not the secret"
        assert "resolve:" not in text(value), variable


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_writes_json_into_a_log_of_its_own(name: str) -> None:
    logging = properties(name)["LoggingConfig"]

    assert logging["LogGroup"] == {"Ref": f"{name.removesuffix('Function')}LogGroup"}
    assert logging["LogFormat"] == "JSON"
    assert logging["ApplicationLogLevel"] == variables(name)["POWERTOOLS_LOG_LEVEL"]


def test_every_log_is_forgotten_within_thirty_days_and_encrypted_with_either_key() -> None:
    groups = resources("AWS::Logs::LogGroup")

    assert len(groups) == len(FUNCTIONS) + 1, "one per function and the access log"
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert group["KmsKeyId"]["Fn::If"][:2] == ["WithCmk", {"Fn::GetAtt": ["Key", "Arn"]}]
    assert max(source()["Parameters"]["LogRetentionDays"]["AllowedValues"]) <= LONGEST_RETENTION_DAYS


def test_the_gateway_outwaits_the_functions_behind_it() -> None:
    for name in ("ApiFunction", "AuthorizerFunction", "WebhooksFunction"):
        assert properties(name)["Timeout"] < GATEWAY_TIMEOUT_SECONDS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tracing_is_what_the_parameter_says(name: str) -> None:
    assert properties(name)["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}


def test_concurrency_is_reserved_on_demand_only() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    reserved = {
        name: properties(name)["ReservedConcurrentExecutions"]["Fn::If"]
        for name in FUNCTIONS
        if "ReservedConcurrentExecutions" in properties(name)
    }

    assert reserved == {
        "ApiFunction": ["ReservesConcurrency", {"Ref": "ReservedConcurrency"}, nothing],
        "AuthorizerFunction": ["ReservesConcurrency", {"Ref": "ReservedConcurrency"}, nothing],
        "DispatcherFunction": ["ReservesConcurrency", 1, nothing],
    }
    assert source()["Parameters"]["ReservedConcurrency"]["Default"] == 0


def test_the_functions_bring_no_packages_of_their_own() -> None:
    assert not (ROOT / "functions" / "requirements.txt").exists(), "sam build would want a Python 3.13 for it"
