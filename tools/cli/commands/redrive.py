"""`retention redrive`"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tools.cli.app import command
from tools.cli.exits import DONE, PARTLY, UnreachableError
from tools.cli.output import Output
from tools.cli.session import Session

if TYPE_CHECKING:
    from tools.redrive.deployment import Deployment
    from tools.redrive.moving import Moved


@command(
    "redrive",
    help="Show what rests in the dead-letter queues and why, and move it back into the queues that it came from. Mend "
    "the cause first, or it will be back. Redriving is safe at any time: what was done meanwhile is not done twice.\n\n"
    "It is about the queues of the stack: a deployed one takes --stack and your own AWS credentials, and no key. "
    "Failed jobs are tried again with `retention jobs redrive`.",
    examples="""
    retention redrive --dry-run
    retention redrive --stack retention-center --region eu-central-1
    """,
)
@click.option("--dry-run", is_flag=True, help="Show what rests and why, and move nothing.")
@click.option("--discard-strange", is_flag=True, help="Remove what names nothing of ours.")
@click.pass_obj
def redrive(session: Session, dry_run: bool, discard_strange: bool) -> int:
    """Show, or move."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tools.redrive.deployment import RESTING

    deployment = deployment_of(session)
    try:
        if dry_run:
            session.output.result({name_of(one): shown(session.output, deployment, one) for one in RESTING})
            return DONE
        moved = {one: moved_back(session.output, deployment, one, discard_strange=discard_strange) for one in RESTING}
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(f"AWS refused: {error}", code="aws_refused") from None
    session.output.result({name_of(one): vars(what) for one, what in moved.items()})
    return PARTLY if any(one.stayed for one in moved.values()) else DONE


def deployment_of(session: Session) -> "Deployment":
    """The stack whose queues are meant.

    Raises:
        UnreachableError: there is none, or it cannot be asked.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from tools.redrive.deployment import NoStackError, deployed, local

    given = session.given
    try:
        return deployed(given.stack, given.region, given.profile) if given.stack else local(given.folder)
    except NoStackError as error:
        raise UnreachableError(str(error), code="no_target") from None
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(f"The queues cannot be asked: {error}", code="aws_refused") from None


def shown(output: Output, deployment: "Deployment", resting: str) -> dict[str, Any]:
    """Tells what rests in one dead-letter queue, by what it is about and why it failed."""
    from tools.redrive.looking import look

    found = look(deployment, resting)
    output.say(f"{name_of(resting)}: {found.count} {'message' if found.count == 1 else 'messages'}")
    for count, about, cause in found.groups:
        output.say(f"  {count:6}  {about}: {cause}")
    if found.oldest is not None:
        output.say(f"          the oldest was sent {_ago(found.oldest)} ago")
    return {
        "messages": found.count,
        "oldest": None if found.oldest is None else found.oldest.isoformat(),
        "causes": [{"count": count, "about": about, "cause": cause} for count, about, cause in found.groups],
    }


def moved_back(output: Output, deployment: "Deployment", resting: str, *, discard_strange: bool) -> "Moved":
    """Moves what rests in one queue, and tells how far it is."""
    from tools.redrive.letters import count_at_rest
    from tools.redrive.moving import move

    total = count_at_rest(deployment.sqs, deployment.outputs[resting])
    with output.progress(name_of(resting), unit="messages") as tell:
        moved = move(
            deployment,
            resting,
            discard_strange=discard_strange,
            tell=lambda so_far: tell(so_far.moved + so_far.discarded + so_far.stayed, total),
        )
    counts = f"{moved.moved} moved, {moved.discarded} discarded, {moved.stayed} left where they are"
    output.say(f"{name_of(resting)}: {counts}")
    return moved


def name_of(output: str) -> str:
    """The name of a queue, by the output with its address."""
    return output.removesuffix("Url")


def _ago(instant: datetime) -> str:
    seconds = (datetime.now(UTC) - instant).total_seconds()
    for name, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {name}"
    return f"{seconds:.0f} seconds"
