"""`retention access`"""

from pathlib import Path

import click

from tools.cli.app import command
from tools.cli.session import Session


@command(
    "access",
    help="Get all that is known of a lead, to hand it over to the lead. LEAD is an id, an e-mail address or a phone "
    "number that begins with +.",
    examples="""
    retention access ada@example.com -o ada.json
    retention access +12025550100 -o caller.json
    """,
)
@click.argument("lead")
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path, dir_okay=False), help="Where to put it; lead-ID.json."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def access(session: Session, lead: str, to: Path | None, force: bool) -> None:
    """Find the lead, get the bundle."""
    from tools.cli.client import RefusedError, segment
    from tools.cli.commands import finding, making
    from tools.cli.files import write_json

    found = finding.lead(session, lead)
    to = to or Path(f"lead-{found['id']}.json")
    making.not_there(to, force=force)
    try:
        bundle = session.client.get(f"/v1/leads/{segment(found['id'])}/export")
    except RefusedError as refused:
        if refused.http != 413:
            raise
        # Too much for one answer: it is made as a file.
        made = making.wait(
            session, str(session.client.post("/v1/exports", {"kind": "lead", "leadId": found["id"]})["id"])
        )
        making.get(session, made, to)
        session.output.result({"lead": found["id"], "file": str(to)})
        return
    write_json(bundle, to)
    counts = {part: len(rows) for part, rows in bundle.items() if isinstance(rows, list)}
    session.output.table(("part", "records"), list(counts.items()))
    session.output.say(f"{to}: all that is known of {finding.name(found)}")
    session.output.result({"lead": found["id"], "file": str(to), "records": counts})
