"""`retention import-sqlite`"""

from pathlib import Path

import click

from tools.cli.app import command
from tools.cli.session import Session


@command(
    "import-sqlite",
    help="Move the predecessor's database (its dev.db) here.\n\n"
    "The file is read first, without changing anything: you see what becomes of every table, and every value that is "
    "not taken as it stands goes into a report file. Then you are asked. Sending is held before anything is taken in; "
    "let it go with `retention sending release`. In the end every row and field of the file is compared with the "
    "table.\n\n"
    "Old ids still lead to everything. Broken off, start it again: it goes on. Done twice, it changes nothing.",
    examples="""
    retention import-sqlite prisma/dev.db --dry-run
    retention import-sqlite prisma/dev.db --stack retention-center --key rk_...
    retention import-sqlite dev.db --yes --report dev.db.report.jsonl
    """,
)
@click.argument("db", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Read the file, report, and change nothing.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where every finding goes, one a line; DB.report.jsonl beside the file, unless given.",
)
@click.option(
    "--phone-region", default="US", show_default=True, help="Country of phone numbers without a country code."
)
@click.option("--no-hold", is_flag=True, help="Do not hold sending: what is scheduled is sent when it is due.")
@click.option("--no-verify", is_flag=True, help="Do not compare the table with the file.")
@click.pass_obj
def import_sqlite(
    session: Session,
    db: Path,
    yes: bool,
    dry_run: bool,
    report: Path | None,
    phone_region: str,
    no_hold: bool,
    no_verify: bool,
) -> int:
    """Read, report, ask, take in, compare."""
    from tools.predecessor.running import Wishes, run

    wishes = Wishes(
        yes=yes,
        dry_run=dry_run,
        hold=not no_hold,
        verify=not no_verify,
        report=report,
        region=phone_region.upper(),
    )
    return run(session, db, wishes)
