"""`retention export`"""

from pathlib import Path
from typing import Any, Final

import click

from tools.cli.app import command
from tools.cli.session import Session

#: What can be exported: the whole account, or one kind, by the name that its list has in the API.
WHAT: Final = (
    "archive",
    "leads",
    "campaigns",
    "campaign-leads",
    "scripts",
    "contact-attempts",
    "integrations",
    "sequences",
    "sequence-steps",
    "enrollments",
    "executions",
    "conversions",
    "conversion-rules",
    "ab-tests",
)


@command(
    "export",
    help="Get a file. WHAT is archive for the whole account, which `retention import-archive` takes back; or one kind "
    "of things for other programs, as JSON Lines or CSV: leads, campaigns, campaign-leads, scripts, contact-attempts, "
    "integrations, sequences, sequence-steps, enrollments, executions, conversions, conversion-rules, ab-tests.\n\n"
    "The file is made on the server, kept there for a week, and checked when it has come down. Secrets of providers "
    "are in none, but an archive is as confidential as the account: it holds everybody's data, and the key by which "
    "suppressed addresses are recognised.",
    examples="""
    retention export archive -o account.zip
    retention export leads --format csv
    retention export conversions -o conversions.jsonl
    """,
)
@click.argument("what", type=click.Choice(WHAT), metavar="WHAT")
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path, dir_okay=False), help="Where to put it; named by itself."
)
@click.option("--format", type=click.Choice(["jsonl", "csv"]), help="One kind only: JSON Lines, unless told otherwise.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def export(session: Session, what: str, to: Path | None, format: str | None, force: bool) -> None:
    """Have it made, wait, get it."""
    from tools.cli.commands import making
    from tools.cli.exits import BadInputError

    if what == "archive" and format:
        raise BadInputError("An archive has a format of its own: leave out --format.")
    making.not_there(to, force=force)
    asked: dict[str, Any] = {"kind": "archive"} if what == "archive" else {"kind": "entity", "entity": what}
    if format:
        asked["format"] = format
    made = making.wait(session, str(session.client.post("/v1/exports", asked)["id"]))
    to = to or Path(made["fileName"])
    making.not_there(to, force=force)
    making.get(session, made, to)
    session.output.result({**made, "file": str(to)})
