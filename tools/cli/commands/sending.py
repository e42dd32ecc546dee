"""`retention sending`"""

from typing import Any

import click

from tools.cli.app import group
from tools.cli.session import Session


@group(
    "sending",
    examples="""
    retention sending status
    retention sending hold --reason "moving to a new stack"
    retention sending release
    """,
)
def sending() -> None:
    """Hold all sending, to everybody, through every channel, and let it go again."""


@sending.below("status", examples="retention sending status")
@click.pass_obj
def status(session: Session) -> None:
    """Show whether sending is held, since when, and why."""
    _show(session, session.client.get("/v1/sending"))


@sending.below("hold", examples='retention sending hold --reason "moving to a new stack"')
@click.option("--reason", required=True, help="Why, for whoever finds nothing sent.")
@click.pass_obj
def hold(session: Session, reason: str) -> None:
    """Send nothing any more. What falls due stays due, and goes out after the release."""
    _show(session, session.client.post("/v1/sending/hold", {"reason": reason}))


@sending.below("release", examples="retention sending release")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def release(session: Session, yes: bool) -> int | None:
    """Send again. What is overdue goes out within minutes."""
    from tools.cli.exits import PARTLY

    held = session.client.get("/v1/sending")
    if held["held"] and not session.output.confirm(
        f"Sending is held since {held['since']} ({held['reason']}). Release it?", yes=yes
    ):
        session.output.result(held)
        return PARTLY
    _show(session, session.client.post("/v1/sending/release"))
    return None


def _show(session: Session, state: dict[str, Any]) -> None:
    held = f"Sending is held since {state['since']}: {state['reason']}"
    session.output.say(held if state["held"] else "Sending goes on.")
    session.output.result(state)
