"""What rests in the dead-letter queues."""

from collections.abc import Iterator
from typing import Any

from tools.cli.checks.finding import Finding, fault, ok, warning


def look(deployment: Any) -> Iterator[Finding]:
    """One line for each queue; none is emptied, nothing is received."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tools.cli.commands.redrive import name_of
    from tools.redrive.deployment import RESTING
    from tools.redrive.letters import count_at_rest

    for resting in RESTING:
        what = name_of(resting)
        try:
            count = count_at_rest(deployment.sqs, deployment.outputs[resting])
        except (BotoCoreError, ClientError) as error:
            yield warning(what, f"cannot be asked: {error}", "It takes the right sqs:GetQueueAttributes.")
            continue
        if count:
            yield fault(
                what, f"{count} failed messages", "See why: retention redrive --dry-run. Then: retention redrive"
            )
        else:
            yield ok(what, "empty")
