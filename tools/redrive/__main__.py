"""`make redrive`: shows what rests in the dead-letter queues and moves it back."""

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tools.redrive.causes import causes
from tools.redrive.deployment import RESTING, Deployment, NoStackError, deployed, local
from tools.redrive.letters import at_rest, count_at_rest, put_back
from tools.redrive.moving import Moved, move
from tools.stack.places import LOCAL

#: What is said where the log says nothing.
NOT_TOLD = "no cause in the log (a time-out, a crash, or longer ago than logs are kept)"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="make redrive", description=__doc__)
    parser.add_argument("--stack", help="name of a deployed stack; without it, the local stack")
    parser.add_argument("--region", help="AWS region of the stack")
    parser.add_argument("--profile", help="profile of the AWS command line")
    parser.add_argument("--folder", type=Path, default=LOCAL, help="where the local stack keeps its record")
    parser.add_argument("--dry-run", action="store_true", help="show what rests and why, and move nothing")
    parser.add_argument("--discard-strange", action="store_true", help="remove what names nothing of ours")
    return parser.parse_args(argv)


def show(deployment: Deployment, resting: str) -> None:
    """Prints what rests in one dead-letter queue, by what it is about and why it failed."""
    letters = [letter for some in at_rest(deployment.sqs, deployment.outputs[resting]) for letter in some]
    put_back(deployment.sqs, deployment.outputs[resting], letters)
    print(f"{_name(resting)}: {len(letters)} {'message' if len(letters) == 1 else 'messages'}")
    if not letters:
        return
    oldest = min(letter.sent_at for letter in letters)
    told = causes(deployment.logs, deployment.name, RESTING[resting], oldest)
    by_cause = Counter((one.about, one.cause or told.get(one.id, NOT_TOLD)) for one in letters)
    for (about, cause), count in by_cause.most_common():
        print(f"  {count:6}  {about}: {cause}")
    print(f"          the oldest was sent {_ago(oldest)} ago")


def redrive(deployment: Deployment, resting: str, *, discard_strange: bool) -> Moved:
    """Moves what rests in one queue, with a line that shows how far it is."""
    total = count_at_rest(deployment.sqs, deployment.outputs[resting])

    def tell(moved: Moved) -> None:
        if sys.stdout.isatty():
            print(f"\r{_name(resting)}: {_sum(moved)} of about {total}", end="", flush=True)

    moved = move(deployment, resting, discard_strange=discard_strange, tell=tell)
    start = "\r" if sys.stdout.isatty() else ""
    print(
        f"{start}{_name(resting)}: {moved.moved} moved, {moved.discarded} discarded, {moved.stayed} left where they are"
    )
    return moved


def _sum(moved: Moved) -> int:
    return moved.moved + moved.discarded + moved.stayed


def _name(output: str) -> str:
    return output.removesuffix("Url")


def _ago(instant: datetime) -> str:
    seconds = (datetime.now(UTC) - instant).total_seconds()
    for name, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {name}"
    return f"{seconds:.0f} seconds"


def main(argv: list[str] | None = None) -> int:
    """Shows, or moves; 0 when all is well, 1 when something stayed, 2 when there is no stack to ask."""
    given = arguments(argv)
    try:
        deployment = deployed(given.stack, given.region, given.profile) if given.stack else local(given.folder)
        if given.dry_run:
            for resting in RESTING:
                show(deployment, resting)
            return 0
        moved = [redrive(deployment, resting, discard_strange=given.discard_strange) for resting in RESTING]
    except NoStackError as failure:
        print(failure, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as failure:
        print(f"AWS refused: {failure}", file=sys.stderr)
        return 2
    return 1 if any(one.stayed for one in moved) else 0


if __name__ == "__main__":
    sys.exit(main())
