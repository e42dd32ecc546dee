"""The queues of a stack, deployed or local, and the clients that reach them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from retention.fields import Channel
from tools.stack import record
from tools.stack.aws import client
from tools.stack.deploy import STACK
from tools.stack.places import LOCAL

#: The output of the stack that has the address of each channel's queue.
CHANNEL_OUTPUTS: Final[Mapping[Channel, str]] = {
    "CALL": "CallQueueUrl",
    "SMS": "SmsQueueUrl",
    "EMAIL": "EmailQueueUrl",
}
JOBS_OUTPUT: Final = "JobsQueueUrl"
INBOUND_OUTPUT: Final = "InboundQueueUrl"
#: The outputs with the addresses of the dead-letter queues, each with the function whose log tells causes.
RESTING: Final[Mapping[str, str]] = {
    "StepsDeadLetterQueueUrl": "worker",
    "JobsDeadLetterQueueUrl": "jobs",
    "InboundDeadLetterQueueUrl": "inbound",
}


class NoStackError(Exception):
    """There is no such stack, or it cannot be asked; the message says what to do."""


@dataclass(frozen=True)
class Deployment:
    """A stack, as far as its queues are concerned."""

    name: str
    sqs: Any
    #: What the stack says of itself: values by the name of the output.
    outputs: Mapping[str, str]
    #: The client of CloudWatch Logs, or the folder of the local logs.
    logs: Any


def deployed(name: str, region: str | None, profile: str | None) -> Deployment:
    """A stack in an AWS account, reached with the user's own credentials.

    Raises:
        NoStackError: it is not there, or these credentials may not ask.
    """
    try:
        session = boto3.Session(region_name=region, profile_name=profile)
        outputs = _outputs(session.client("cloudformation"), name)
        return Deployment(name, session.client("sqs"), outputs, session.client("logs"))
    except (BotoCoreError, ClientError) as error:
        raise NoStackError(f"The stack {name} cannot be asked: {error}") from error


def local(folder: Path = LOCAL) -> Deployment:
    """The local stack that runs from a folder.

    Raises:
        NoStackError: none runs.
    """
    running = record.read(folder / "stack.json")
    if running is None:
        raise NoStackError("No application is running here: start it with `make run`, or name a stack with --stack.")
    outputs = _outputs(client("cloudformation", running.awsEndpoint), STACK)
    return Deployment(STACK, client("sqs", running.awsEndpoint), outputs, folder / "logs")


def _outputs(formation: Any, name: str) -> dict[str, str]:
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    wanted = {*CHANNEL_OUTPUTS.values(), JOBS_OUTPUT, INBOUND_OUTPUT, *RESTING}
    if missing := sorted(wanted - outputs.keys()):
        raise NoStackError(f"The stack {name} is none of ours, or an older one: it has no {', '.join(missing)}.")
    return outputs
