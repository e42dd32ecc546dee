"""Turns the repository's template.yaml into one that the stand-in for AWS can deploy, with the live source in place."""

from pathlib import Path
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from tools.stack.stub import HANDLER, code, python_path

Template = dict[str, Any]


class TemplateError(Exception):
    """The template does not translate; the message says what SAM finds wrong with it."""


class _NoManagedPolicies:
    """The template gives every function a role of its own and names no policy that AWS manages."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path) -> Template:
    """The template as written, with CloudFormation's short forms resolved."""
    document: Template = yaml_parse(path.read_text(encoding="utf-8"))
    return document


def with_live_source(template: Template, logs: Path, anchor: Path) -> Template:
    """Replaces, in place, the code of every function by a stub that imports its handler from the working tree.

    Layers go: what they hold is on the stub's path. Returns the same template.

    Args:
        logs: folder of the functions' logs.
        anchor: what their clocks go by.
    """
    shared = template.get("Globals", {}).get("Function", {})
    for dropped in ("CodeUri", "Layers"):
        shared.pop(dropped, None)
    resources = template["Resources"]
    for name, resource in list(resources.items()):
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            del resources[name]
        elif resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            for dropped in ("CodeUri", "Layers"):
                properties.pop(dropped, None)
            properties["InlineCode"] = code(properties["Handler"], logs, anchor)
            properties["Handler"] = HANDLER
            properties.setdefault("Environment", {}).setdefault("Variables", {})["PYTHONPATH"] = python_path()
    return template


def translate(template: Template) -> Template:
    """The template with SAM's resources expanded into CloudFormation's, as a deployment would have it.

    Raises:
        TemplateError: SAM finds the template wrong.
    """
    try:
        translated: Template = transform(template, {}, _NoManagedPolicies())
    except InvalidDocumentException as failure:
        causes = "\n".join(f"  {cause.message}" for cause in failure.causes)
        raise TemplateError(f"template.yaml does not translate:\n{causes}") from failure
    return translated


def parameters(template: Template, wanted: dict[str, str]) -> dict[str, str]:
    """What the stack is deployed with: those of `wanted` that the template knows.

    Raises:
        TemplateError: `wanted` names a parameter that the template does not have.
    """
    known = template.get("Parameters", {})
    if unknown := sorted(set(wanted) - set(known)):
        raise TemplateError(f"template.yaml has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
    return wanted
