"""The local stack deploys the repository's own template."""

import string
from pathlib import Path
from typing import Any

import pytest

from tools.stack.aws import isolated_process
from tools.stack.gaps import without_gaps
from tools.stack.places import ROOT
from tools.stack.routes import Route, authorizers, find_api, routes
from tools.stack.running import LOCAL_PARAMETERS
from tools.stack.template import TemplateError, parameters, read, translate, with_live_source


@pytest.fixture(scope="module")
def translated() -> Any:
    with isolated_process():
        return translate(with_live_source(read(ROOT / "template.yaml"), Path("logs"), Path("clock.json")))


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def test_every_function_imports_its_handler_from_the_working_tree(translated: dict[str, Any]) -> None:
    source = {name: properties["Code"]["ZipFile"] for name, properties in functions(translated).items()}

    assert "from api.app import lambda_handler" in source["ApiFunction"]
    assert "from jobs.app import lambda_handler" in source["JobsFunction"]
    assert all("ZipFile" in properties["Code"] for properties in functions(translated).values())


def test_source_and_locked_packages_come_before_the_stand_ins_own(translated: dict[str, Any]) -> None:
    for properties in functions(translated).values():
        first, second, third, last = properties["Environment"]["Variables"]["PYTHONPATH"].split(":")
        assert (first, second) == (str(ROOT / "layers/retention"), str(ROOT / "functions"))
        assert third.endswith("site-packages")
        assert last == str(ROOT)  # The clock of the local stack lies there.


def test_no_layer_is_left(translated: dict[str, Any]) -> None:
    assert not [name for name, resource in translated["Resources"].items() if "Layer" in resource["Type"]]
    assert all("Layers" not in properties for properties in functions(translated).values())


def test_the_public_routes_have_no_authorizer_and_all_others_have(translated: dict[str, Any]) -> None:
    _, body = find_api(translated)
    found = list(routes(body))

    assert {route.key for route in found if route.authorizer is None} == {
        "GET /health",
        "GET /v1/openapi.json",
        "GET /v1/docs",
        "ANY /webhooks/twilio/status",
        "ANY /webhooks/twilio/inbound",
        "ANY /webhooks/sendgrid",
        "ANY /webhooks/vapi",
        "ANY /webhooks/meta",
        "ANY /webhooks/inbound/{slug}",
        "ANY /postbacks/keitaro/{token}",
        "ANY /u/{token}",
        "ANY /r/{token}",
    }
    (authorizer,) = authorizers(body)
    assert Route("ANY /v1/{proxy+}", "ApiFunction", authorizer.name) in found
    assert Route("$default", "ApiFunction", authorizer.name) in found


def test_the_authorizer_is_the_one_of_the_template(translated: dict[str, Any]) -> None:
    (authorizer,) = authorizers(find_api(translated)[1])

    assert authorizer.function == "AuthorizerFunction"
    assert authorizer.identity == ("$request.header.Authorization",)
    assert authorizer.ttl == 60
    assert authorizer.simple


def test_counts_of_event_sources_are_numbers(translated: dict[str, Any]) -> None:
    without_gaps(translated, {"JobsMaximumConcurrency": "3"})

    sources = [
        resource["Properties"]
        for resource in translated["Resources"].values()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
    ]
    counts = [source["ScalingConfig"]["MaximumConcurrency"] for source in sources]
    assert 3 in counts
    assert all(isinstance(count, int) for count in counts)


def test_generated_secrets_have_letters_and_digits_only(translated: dict[str, Any]) -> None:
    without_gaps(translated, {})

    generators = [
        resource["Properties"]["GenerateSecretString"]
        for resource in translated["Resources"].values()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    ]
    assert len(generators) == 2
    assert all(set(string.punctuation) <= set(generator["ExcludeCharacters"]) for generator in generators)


def test_who_may_send_may_send_batches(translated: dict[str, Any]) -> None:
    without_gaps(translated, {})

    statements = {
        role: [
            statement
            for policy in translated["Resources"][role]["Properties"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for role in ("DispatcherRole", "AuthorizerRole")
    }
    allowed = {role: str(found) for role, found in statements.items()}
    assert "sqs:SendMessageBatch" in allowed["DispatcherRole"]
    assert "sqs:SendMessageBatch" not in allowed["AuthorizerRole"]


def test_the_parameters_for_a_laptop_are_known_to_the_template() -> None:
    template = read(ROOT / "template.yaml")

    assert parameters(template, LOCAL_PARAMETERS) == LOCAL_PARAMETERS


def test_an_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(TemplateError, match="Stagge"):
        parameters(read(ROOT / "template.yaml"), {"Stagge": "local"})


def test_a_template_that_sam_refuses_is_refused_with_its_words() -> None:
    wrong = {"Resources": {"Wrong": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": 5}}}}

    with isolated_process(), pytest.raises(TemplateError, match="Wrong"):
        translate(wrong)
