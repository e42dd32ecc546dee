"""Creates or updates the local stack in the stand-in for AWS."""

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from tools.stack.aws import client
from tools.stack.template import Template

#: Name of the stack. Names of queues and parameters in it begin with this.
STACK = "retention"

#: Bucket that the template is deployed from.
BUCKET = "retention-deployment"

#: Seconds between two looks at a stack that is being made; making it takes below one second.
POLL = 0.02

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class DeploymentError(Exception):
    """The stand-in could not make the stack; the message names the resources and reasons."""


def deploy(endpoint: str, template: Template, parameters: dict[str, str]) -> dict[str, str]:
    """Makes the stack be what the translated `template` says.

    Returns:
        The physical id of each resource by its logical id.

    Raises:
        DeploymentError: a resource could not be made or changed.
    """
    formation = client("cloudformation", endpoint)
    wanted = {
        "StackName": STACK,
        "TemplateURL": _uploaded(endpoint, template),
        "Capabilities": _CAPABILITIES,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    try:
        if _exists(formation):
            formation.update_stack(**wanted)
        else:
            formation.create_stack(**wanted)
    except ClientError as refusal:
        if "No updates are to be performed" not in str(refusal):
            raise DeploymentError(str(refusal)) from refusal
    _wait(formation)
    found = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def _uploaded(endpoint: str, template: Template) -> str:
    """Puts the template where `sam deploy` puts it: in a request of its own it is longer than CloudFormation allows."""
    storage = client("s3", endpoint)
    storage.create_bucket(Bucket=BUCKET)
    storage.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
    return f"{endpoint}/{BUCKET}/template.json"


def _exists(formation: Any) -> bool:
    try:
        stacks = formation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return False
    return bool(stacks)


def _wait(formation: Any) -> None:
    while (status := formation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]).endswith("IN_PROGRESS"):
        time.sleep(POLL)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', event['ResourceStatus'])}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise DeploymentError(f"the stack ended as {status}:\n" + "\n".join(reasons))
