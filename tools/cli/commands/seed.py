"""`retention seed`"""

import click

from tools.cli.app import command
from tools.cli.exits import CommandError
from tools.cli.session import Session


@command(
    "seed",
    help="Load the sample data: leads, campaigns, scripts and what goes with them. What is there already stays as it "
    "is, so it may run again.",
    examples="""
    retention seed
    retention seed --url https://example.test --key rk_...
    """,
)
@click.pass_obj
def seed(session: Session) -> None:
    """Load the samples."""
    from tools.seed.load import RefusedError, Seeder

    loaded = []
    try:
        for what, there, new in Seeder(session.target.url, session.target.key).run():
            session.output.say(f"{there:4} {what}" + (f", {new} new" if new else ""))
            loaded.append({"what": what, "there": there, "new": new})
    except RefusedError as error:
        raise CommandError(str(error), code="refused") from None
    except OSError as error:
        from tools.cli.exits import UnreachableError

        raise UnreachableError(f"{session.target.url} does not answer: {error}.") from None
    session.output.result({"loaded": loaded})
