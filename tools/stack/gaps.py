"""Where the stand-in takes a template less literally than CloudFormation, the template is made plainer for it."""

import string
from typing import Any

from tools.stack.template import Template

#: What the wishes about a generated secret leave out.
_CLASSES = {
    "ExcludePunctuation": string.punctuation,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeNumbers": string.digits,
}


def without_gaps(template: Template, given: dict[str, str]) -> Template:
    """Changes a translated template, in place, so that the stand-in makes of it what AWS would; returns it.

    Args:
        given: values of parameters that differ from their defaults.
    """
    numbers = _numbers(template, given)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            # It passes parameters on as text, and then compares a text with a count.
            resource["Properties"] = _replaced(properties, numbers)
        elif resource["Type"] == "AWS::SecretsManager::Secret" and "GenerateSecretString" in properties:
            _exclude_by_character(properties["GenerateSecretString"])
        elif resource["Type"] in ("AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"):
            # It speaks plain HTTP, so what asks for TLS would refuse everybody.
            document = properties["PolicyDocument"]
            document["Statement"] = [one for one in document["Statement"] if not _asks_for_tls(one)]
        elif resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", ()):
                document = policy["PolicyDocument"]
                document["Statement"] = [one for part in document["Statement"] for one in _with_batches(part)]
    return template


def _with_batches(statement: dict[str, Any]) -> list[dict[str, Any]]:
    """It asks for the right to a batch by the batch's own name, where AWS asks for the right to what is in it."""
    named = statement.get("Action", [])
    actions = [named] if isinstance(named, str) else list(named)
    if "sqs:SendMessage" in actions:
        return [{**statement, "Action": [*actions, "sqs:SendMessageBatch"]}]
    for right, asked in (("PartiQLUpdate", "BatchExecuteStatement"), ("PartiQLSelect", "ExecuteStatement")):
        if f"dynamodb:{right}" in actions:
            # It does not know, either, which table a statement is about.
            return [statement, {**statement, "Action": f"dynamodb:{asked}", "Resource": "*"}]
    return [statement]


def _asks_for_tls(statement: dict[str, Any]) -> bool:
    return statement["Effect"] == "Deny" and "aws:SecureTransport" in statement.get("Condition", {}).get("Bool", {})


def _numbers(template: Template, given: dict[str, str]) -> dict[str, int]:
    return {
        name: int(given.get(name, settings.get("Default", 0)))
        for name, settings in template.get("Parameters", {}).items()
        if settings["Type"] == "Number"
    }


def _replaced(part: Any, values: dict[str, int]) -> Any:
    """`part` with each reference to one of `values` replaced by that value."""
    if isinstance(part, dict):
        if set(part) == {"Ref"} and part["Ref"] in values:
            return values[part["Ref"]]
        return {name: _replaced(inner, values) for name, inner in part.items()}
    return [_replaced(inner, values) for inner in part] if isinstance(part, list) else part


def _exclude_by_character(generator: dict[str, Any]) -> None:
    """It knows the excluded characters only, and none of the classes of them."""
    for wish, characters in _CLASSES.items():
        if generator.get(wish):
            generator["ExcludeCharacters"] = generator.get("ExcludeCharacters", "") + characters
