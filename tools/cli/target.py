"""Which application is meant, and the key for it: the one that is given, that of a stack, or the one that runs here."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.cli.exits import BadInputError, UnreachableError
from tools.stack import record
from tools.stack.places import LOCAL

#: What to do when nothing is meant.
NOTHING = (
    "Start the local one with `make run` in another terminal, or name one: --url and --key (RETENTION_URL, "
    "RETENTION_KEY), or --stack NAME and --key."
)


@dataclass
class Given:
    """What the command line says of the target."""

    url: str | None = None
    key: str | None = None
    stack: str | None = None
    region: str | None = None
    profile: str | None = None
    #: Use the bootstrap key of the stack.
    bootstrap_key: bool = False
    #: Where the local stack keeps its record.
    folder: Path = LOCAL


@dataclass(frozen=True)
class Target:
    """An application and a key."""

    url: str
    key: str
    #: How it was found, for people.
    found: str
    #: The name of the deployed stack, where one was named; None with `local` False: only the address is known.
    stack: str | None = None
    #: Whether it is the stack that runs on this machine.
    local: bool = False


def find(given: Given) -> Target:
    """The application that is meant. What the command line says goes before what the environment says.

    Raises:
        BadInputError: what is given contradicts itself.
        UnreachableError: there is none, or no key for it.
    """
    if given.url and given.stack:
        raise BadInputError("--url and --stack name two applications: give one of them.")
    key = given.key or os.environ.get("RETENTION_KEY")
    stack = given.stack or (None if given.url else os.environ.get("RETENTION_STACK"))
    url = given.url or (None if given.stack else os.environ.get("RETENTION_URL"))
    running = record.read(given.folder / "stack.json")
    if url:
        _check(url)
        if not key and running is not None and running.url == url.rstrip("/"):
            key = running.apiKey
        return Target(url, _needed(key, url), "as given", local=running is not None and running.url == url.rstrip("/"))
    if stack:
        return _of_stack(given, stack, key)
    if running is None:
        raise UnreachableError("No application runs here.", hint=NOTHING, code="no_target")
    return Target(running.url, given.key or running.apiKey, "the local stack", local=True)


def _check(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise BadInputError(f"{url} is no address: it begins with https:// (or http:// on this machine).")


def _needed(key: str | None, where: str) -> str:
    if not key:
        hint = "Give one with --key or RETENTION_KEY."
        raise UnreachableError(f"There is no key for {where}.", hint=hint, code="no_key")
    return key


def _of_stack(given: Given, stack: str, key: str | None) -> Target:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.Session(region_name=given.region, profile_name=given.profile)
        outputs = outputs_of(session, stack)
        if given.bootstrap_key:
            key = _bootstrap(session, outputs)
    except (BotoCoreError, ClientError) as error:
        hint = "Check the name, --region and --profile."
        raise UnreachableError(f"The stack {stack} cannot be asked: {error}", hint=hint) from None
    if "ApiUrl" not in outputs:
        raise UnreachableError(f"The stack {stack} is none of ours: it has no output ApiUrl.")
    if not key:
        raise UnreachableError(
            f"There is no key for the stack {stack}.",
            hint="Give one with --key or RETENTION_KEY; on a fresh stack, --bootstrap-key makes the first.",
            code="no_key",
        )
    return Target(outputs["ApiUrl"], key, f"the stack {stack}", stack=stack)


def outputs_of(session: Any, stack: str) -> dict[str, str]:
    """What a stack says of itself: values by the name of the output."""
    (described,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _bootstrap(session: Any, outputs: dict[str, str]) -> str:
    secret = session.client("secretsmanager").get_secret_value(SecretId=outputs.get("BootstrapKeySecretArn", "none"))
    return f"rk_bootstrap_{json.loads(secret['SecretString'])['secret']}"
