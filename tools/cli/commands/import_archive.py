"""`retention import-archive`"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tools.cli.app import command
from tools.cli.exits import BadInputError
from tools.cli.session import Session


@command(
    "import-archive",
    help="Take in a whole account from the archive that `retention export archive` has made.\n\n"
    "The archive is looked through first, and you are asked before anything is changed. Everything keeps its id. What "
    "is there already and says the same is left alone, so an import that was broken off may be started again.\n\n"
    "An archive holds no secrets of providers. Give them in a JSON file, or later: "
    '{"twilio": {"authToken": "..."}, "vapi": {"apiKey": "..."}}',
    examples="""
    retention import-archive account.zip --stack new-stack --key rk_...
    retention import-archive account.zip --secrets secrets.json --yes --result result.jsonl
    retention import-archive account.zip --dry-run
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--secrets", type=click.Path(path_type=Path), help="JSON file with the secrets of the integrations.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Look through the archive and change nothing.")
@click.option(
    "--result", type=click.Path(path_type=Path, dir_okay=False), help="Where to put what became of each record."
)
@click.pass_obj
def import_archive(
    session: Session, file: Path, secrets: Path | None, yes: bool, dry_run: bool, result: Path | None
) -> int:
    """Look, ask, take in."""
    from tools.cli.commands import taking

    taking.seen_to(result, file)
    options = {"secrets": _read(secrets)} if secrets else {}
    made = taking.give(session, file, "archive")
    import_id = str(made["id"])
    return taking.decide(
        session,
        import_id,
        lambda: (taking.inspect(session, import_id, {}), options),
        lambda inspection: _show(session, inspection),
        "Take it in?",
        dry_run=dry_run,
        yes=yes,
        result=result,
    )


def _read(path: Path) -> dict[str, Any]:
    from tools.cli.files import checked

    try:
        secrets = json.loads(checked(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInputError(f"{path} is no JSON: {error}.") from None
    if not isinstance(secrets, dict) or not all(isinstance(one, dict) for one in secrets.values()):
        raise BadInputError(f'{path} is not as expected: {{"provider": {{"name": "secret"}}}}.')
    return secrets


def _show(session: Session, inspection: Mapping[str, Any]) -> None:
    from tools.cli.commands.taking import show_errors

    session.output.table(("kind", "records"), list(inspection["records"].items()))
    show_errors(session, inspection.get("errors", []))
    for warning in inspection.get("warnings", ()):
        session.output.say(str(warning))
    counts = ", ".join(f"{inspection.get(name, 0):,} {name}" for name in ("new", "unchanged", "different", "rejected"))
    session.output.say(f"\n{counts}")
