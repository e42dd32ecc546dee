"""The template as CloudFormation gets to see it, and questions about it that several tests ask."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]

#: Where an artefact would lie; the expansion wants to see an address and never looks at it.
ARTEFACT = "s3://bucket/key"

Json = dict[str, Any]


@cache
def source() -> Json:
    """template.yaml as written, intrinsic functions in their long form."""
    template: Json = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return template


@cache
def expanded() -> Json:
    """template.yaml after the SAM transform: what CloudFormation deploys."""
    template: Json = json.loads(json.dumps(source()))
    template["Globals"]["Function"]["CodeUri"] = ARTEFACT
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = ARTEFACT
    to_py27_compatible_template(template, {})
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    answer: Json = undo_mark_unicode_str_in_template(
        translator.translate(template, parameter_values={}, get_managed_policy_map=dict)
    )
    return answer


def resources(kind: str) -> dict[str, Json]:
    """Properties of every expanded resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in expanded()["Resources"].items()
        if resource["Type"] == kind
    }


def properties(name: str) -> Json:
    """Properties of one expanded resource."""
    answer: Json = expanded()["Resources"][name]["Properties"]
    return answer


def text(value: Any) -> str:
    """A value with its intrinsic functions as `${...}`, so that a test can name what it expects."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": [template, variables]}:
            return re.sub(r"\$\{(\w+)\}", lambda found: text(variables.get(found[1], {"Ref": found[1]})), template)
        case {"Fn::Sub": template}:
            return str(template)
        case str() | int():
            return str(value)
    raise TypeError(f"no text for {value!r}")


def alternatives(value: Any) -> list[Any]:
    """What a list can hold under any parameters: both sides of every condition, without what is left out."""
    items: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        match item:
            case {"Fn::If": [_, first, second]}:
                items += alternatives([first, second])
            case {"Ref": "AWS::NoValue"}:
                pass
            case _:
                items.append(item)
    return items


def references(value: Any) -> Iterator[str]:
    """Yields the names of all resources and parameters that a value refers to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": [str(template), dict(variables)]}:
            yield from (name for name in _names(template) if name not in variables)
            yield from references(variables)
        case {"Fn::Sub": str(template)}:
            yield from _names(template)
        case dict():
            for part in value.values():
                yield from references(part)
        case list():
            for part in value:
                yield from references(part)


def _names(template: str) -> Iterator[str]:
    """Yields what a text with `${...}` refers to, without the attribute behind a dot."""
    for name in re.findall(r"\$\{([^!}][^}]*)\}", template):
        yield name if name.startswith("AWS::") else name.partition(".")[0]
