"""`retention imports`"""

from pathlib import Path

import click

from tools.cli.app import group
from tools.cli.session import Session


@group(
    "imports",
    examples="""
    retention imports list
    retention imports result 01K... -o result.jsonl
    retention imports cancel 01K...
    """,
)
def imports() -> None:
    """Look at imports, cancel them, get their results."""


@imports.below("list", examples="retention imports list")
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="How many, newest first.")
@click.pass_obj
def list_imports(session: Session, limit: int) -> None:
    """List imports, newest first."""
    from itertools import islice

    rows = list(islice(session.client.pages("/v1/imports", limit=min(limit, 100)), limit))
    shown = [
        (row["id"], row["kind"], row["fileName"], row["status"], row["progress"]["done"], row["createdAt"])
        for row in rows
    ]
    session.output.table(("id", "kind", "file", "status", "rows done", "created"), shown)
    session.output.result(rows)


@imports.below("show", examples="retention imports show 01K...")
@click.argument("id")
@click.pass_obj
def show_import(session: Session, id: str) -> None:
    """Show one import: where it stands, and why."""
    from tools.cli.client import segment
    from tools.cli.commands.taking import told

    seen = session.client.get(f"/v1/imports/{segment(id)}")
    session.output.say(f"{seen['fileName']} ({seen['kind']}): {seen['status']}")
    session.output.say(told(seen["progress"]))
    if seen.get("error"):
        session.output.say(seen["error"])
    session.output.result(seen)


@imports.below("wait", examples="retention imports wait 01K...")
@click.argument("id")
@click.option("--result", type=click.Path(path_type=Path, dir_okay=False), help="Where to put what became of each row.")
@click.pass_obj
def wait_for_import(session: Session, id: str, result: Path | None) -> int:
    """Watch an import to its end."""
    from tools.cli.commands import taking

    return taking.finish(session, taking.wait(session, id), result)


@imports.below("cancel", examples="retention imports cancel 01K...")
@click.argument("id")
@click.pass_obj
def cancel_import(session: Session, id: str) -> None:
    """Stop an import. What was taken in before stays."""
    from tools.cli.client import segment
    from tools.cli.commands.taking import told

    seen = session.client.post(f"/v1/imports/{segment(id)}/cancel")
    session.output.say(f"{seen['status']}: {told(seen['progress'])}")
    session.output.result(seen)


@imports.below("result", examples="retention imports result 01K... -o result.jsonl")
@click.argument("id")
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path, dir_okay=False), help="Where to put it; import-ID.jsonl."
)
@click.pass_obj
def result_of_import(session: Session, id: str, to: Path | None) -> None:
    """Get what became of each row: JSON Lines."""
    from tools.cli.commands.taking import get_result

    to = to or Path(f"import-{id}.jsonl")
    size = get_result(session, id, to)
    session.output.result({"file": str(to), "size": size})
