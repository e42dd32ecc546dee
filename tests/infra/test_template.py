"""The template as a whole: deployable, documented, and nothing of value dies with it."""

import re
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from tests.infra.expansion import ROOT, expanded, references, source

#: What CloudFormation resolves by itself.
PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"}


def needs(resource: dict[str, Any]) -> set[str]:
    """Names of the resources that must exist before a resource does."""
    depends = resource.get("DependsOn", [])
    waits_for = {depends} if isinstance(depends, str) else set(depends)
    named = waits_for | set(references(resource.get("Properties", {})))
    return named & set(expanded()["Resources"])


def test_no_resource_waits_for_itself_by_way_of_others() -> None:
    order = TopologicalSorter({name: needs(resource) for name, resource in expanded()["Resources"].items()})

    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(f"CloudFormation would refuse this circle: {' -> '.join(error.args[1])}")


def test_every_reference_has_a_target() -> None:
    known = expanded()["Resources"].keys() | expanded()["Parameters"].keys() | PSEUDO

    named = set(references([expanded()["Resources"], expanded()["Outputs"], expanded()["Conditions"]]))

    assert named - known == set()


@pytest.mark.parametrize("name", ["Table", "RootSecret", "Key"])
def test_what_cannot_be_made_again_outlives_the_stack(name: str) -> None:
    resource = expanded()["Resources"][name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_every_parameter_says_what_it_is_for_and_has_a_default() -> None:
    silent = [name for name, parameter in source()["Parameters"].items() if not parameter.get("Description")]
    demanding = [name for name, parameter in source()["Parameters"].items() if "Default" not in parameter]

    assert silent == []
    assert demanding == []


def test_every_parameter_stands_in_one_group_of_the_console() -> None:
    groups = source()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(source()["Parameters"])


def test_operations_explains_exactly_the_parameters_that_exist() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = operations.partition("\n## Parameters\n")[2].partition("\n## ")[0]

    explained = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert sorted(explained) == sorted(source()["Parameters"])


def test_operations_states_the_default_of_every_parameter() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    stated = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]*?)`? \|", operations, re.MULTILINE))

    for name, parameter in source()["Parameters"].items():
        assert stated[name] == (str(parameter["Default"]) or "none"), name


def test_tokens_need_an_issuer_and_an_audience() -> None:
    (rule,) = source()["Rules"].values()

    assert rule["RuleCondition"] == {
        "Fn::Or": [{"Fn::Equals": [{"Ref": "AuthMode"}, mode]} for mode in ("Jwt", "Both")],
    }
    demanded = {next(references(assertion["Assert"])) for assertion in rule["Assertions"]}
    assert demanded == {"JwtIssuer", "JwtAudience"}


def test_there_is_no_mode_without_authentication() -> None:
    assert source()["Parameters"]["AuthMode"]["AllowedValues"] == ["ApiKey", "Jwt", "Both"]
    assert source()["Parameters"]["AuthMode"]["Default"] == "ApiKey"


def test_the_outputs_lead_to_the_api_and_to_its_first_key() -> None:
    assert {"ApiUrl", "TableName", "JobsQueueUrl", "JobsDeadLetterQueueUrl", "BootstrapKeySecretArn"} <= (
        expanded()["Outputs"].keys()
    )
    assert "BootstrapKeySecret" in set(references(expanded()["Outputs"]["BootstrapKeyCommand"]))
