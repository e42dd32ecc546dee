"""`retention exports`"""

from pathlib import Path

import click

from tools.cli.app import group
from tools.cli.session import Session


@group(
    "exports",
    examples="""
    retention exports list
    retention exports get 01K... -o account.zip
    """,
)
def exports() -> None:
    """Look at exports, get their files again."""


@exports.below("list", examples="retention exports list")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="How many, newest first.")
@click.pass_obj
def list_exports(session: Session, limit: int) -> None:
    """List exports, newest first."""
    from itertools import islice

    rows = list(islice(session.client.pages("/v1/exports", limit=min(limit, 100)), limit))
    shown = [
        (row["id"], row["fileName"] or row["kind"], row["status"], row["records"], row.get("size"), row["createdAt"])
        for row in rows
    ]
    session.output.table(("id", "file", "status", "records", "bytes", "created"), shown)
    session.output.result(rows)


@exports.below("get", examples="retention exports get 01K... -o account.zip")
@click.argument("id")
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path, dir_okay=False), help="Where to put it; named by itself."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def get_export(session: Session, id: str, to: Path | None, force: bool) -> None:
    """Wait for a file, where it is still being made, and get it."""
    from tools.cli.commands import making

    making.not_there(to, force=force)
    made = making.wait(session, id)
    to = to or Path(made["fileName"])
    making.not_there(to, force=force)
    making.get(session, made, to)
    session.output.result({**made, "file": str(to)})


@exports.below("delete", examples="retention exports delete 01K...")
@click.argument("id")
@click.pass_obj
def delete_export(session: Session, id: str) -> None:
    """Remove a file before its week is over."""
    from tools.cli.client import segment

    session.client.ask("DELETE", f"/v1/exports/{segment(id)}")
    session.output.say("Removed.")
    session.output.result({"removed": id})
