"""The template as a whole: deployable, documented, and nothing of value dies with it."""

import re
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from retention.contactrules.caps import parse_caps
from retention.contactrules.notation import parse_hours
from tests.infra.expansion import ROOT, expanded, references, resources, source, text

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
    queues = {f"{name}Url" for name in resources("AWS::SQS::Queue") if name != "TicksDeadLetterQueue"}

    assert {"ApiUrl", "TableName", "BootstrapKeySecretArn"} | queues <= expanded()["Outputs"].keys()
    assert "BootstrapKeySecret" in set(references(expanded()["Outputs"]["BootstrapKeyCommand"]))


ACCEPTED = {
    "PublicBaseUrl": ["https://r.example.com", "https://example.com:8443/retention/v2", "http://127.0.0.1:4600"],
    "AllowedProviderUrls": ["https://sandbox.example.com", "http://127.0.0.1:4610/twilio https://b.example.com/v1"],
    "CallHours": ["always", "22:00-02:00", "Mon-Sat 10:00-18:00; Sun 12:00-17:00", "Mon,Wed-Fri 08:30-24:00"],
    "FrequencyCaps": ["none", "ANY 3/7d", "CALL 1/24h; SMS 2/24h; EMAIL 2/24h; ANY 3/24h"],
    "DefaultTimeZone": ["UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+3"],
}
REFUSED = {
    "PublicBaseUrl": [
        "http://r.example.com",
        "https://example.com/",
        "https://me@example.com",
        "example.com",
        "https://",
    ],
    "AllowedProviderUrls": ["ftp://example.com", "https://user:pass@example.com", "https://a.example.com?x=1", "a b"],
    "CallHours": ["Mon-Sat", "10:00", "9:00-17:00", "Mo 10:00-12:00", "10:00-25:00", "never"],
    "FrequencyCaps": ["FAX 1/24h", "SMS 0/24h", "SMS 2", "2/24h"],
    "DefaultTimeZone": ["+02:00", "Europe/Berlin;", "../etc/passwd"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ACCEPTED for value in ACCEPTED[name]])
def test_a_parameter_takes_what_the_service_takes(name: str, value: str) -> None:
    assert re.fullmatch(source()["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_a_parameter_refuses_what_the_service_would_stumble_over(name: str, value: str) -> None:
    assert not re.fullmatch(source()["Parameters"][name]["AllowedPattern"], value)


def test_hours_and_caps_that_a_parameter_takes_are_understood() -> None:
    for hours in ACCEPTED["CallHours"]:
        parse_hours(hours)
    for caps in ACCEPTED["FrequencyCaps"]:
        parse_caps(caps)
    patterns = {source()["Parameters"][f"{channel}Hours"]["AllowedPattern"] for channel in ("Call", "Sms", "Email")}
    assert len(patterns) == 1


def test_the_address_of_the_api_comes_to_the_functions_by_the_name_of_a_parameter() -> None:
    told = source()["Globals"]["Function"]["Environment"]["Variables"]["PUBLIC_URL_PARAMETER"]
    (parameter,) = resources("AWS::SSM::Parameter").values()

    assert text(parameter["Name"]) == text(told) == "/${AWS::StackName}/public-url"
    assert text(parameter["Value"]["Fn::If"][2]) == "${HttpApi.ApiEndpoint}"
