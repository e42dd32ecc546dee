"""`retention doctor`"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from tools.cli.app import command
from tools.cli.exits import DONE, PARTLY, UnreachableError
from tools.cli.session import Session

if TYPE_CHECKING:
    from tools.cli.checks.finding import Finding

_MARKS: Final = {"ok": "ok", "warning": "warning", "fault": "FAULT"}
_COLOURS: Final = {"ok": "green", "warning": "yellow", "fault": "red"}


@command(
    "doctor",
    help="Check everything from outside: name, certificate, answer, version, clock; the key; each integration, with a "
    "harmless question to its provider; the webhook addresses; failed jobs and messages; the last recount; whether "
    "sending is held. Every line is ok, a warning or a fault, with what to do. Nothing is changed.\n\n"
    "Exit status 1 when there is a fault.",
    examples="""
    retention doctor
    retention doctor --stack retention-center --key rk_...
    retention doctor --json | jq '.findings[] | select(.level != "ok")'
    """,
)
@click.pass_obj
def doctor(session: Session) -> int:
    """Look at everything."""
    output = session.output
    output.say(f"{session.target.url}, {session.target.found}")
    found = []
    for finding in _look(session):
        found.append(finding)
        mark = _MARKS[finding.level]
        if not session.quiet or finding.level == "fault":
            output.marked(mark, _COLOURS[finding.level], f"{finding.what}: {finding.seen}", width=7)
            if finding.todo:
                output.marked("", None, f"-> {finding.todo}", width=7)
    counts = {level: sum(one.level == level for one in found) for level in _MARKS}
    output.say(f"\n{counts['ok']} ok, {counts['warning']} warnings, {counts['fault']} faults")
    output.result({"url": session.target.url, **counts, "findings": [vars(one) for one in found]})
    return PARTLY if counts["fault"] else DONE


def _look(session: Session) -> Iterator["Finding"]:
    from tools.cli.checks import account, address

    way = list(address.look(session.target.url))
    yield from way
    if not any(one.level == "fault" and one.what == "answer" for one in way) and way[-1].what != "name":
        yield from account.look(session.client, session.target.key)
    yield from _queues(session)


def _queues(session: Session) -> Iterator["Finding"]:
    """The dead-letter queues, where the stack can be asked."""
    from tools.cli.checks import queues
    from tools.cli.checks.finding import warning
    from tools.cli.commands.redrive import deployment_of

    if not session.target.local and session.target.stack is None:
        yield warning("queues", "not looked at: only the address is known", "Name the stack with --stack.")
        return
    try:
        deployment = deployment_of(session)
    except UnreachableError as failure:
        yield warning("queues", failure.message, "Check --region and --profile.")
        return
    yield from queues.look(deployment)
