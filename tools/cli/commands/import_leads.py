"""`retention import-leads`"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tools.cli.app import command
from tools.cli.exits import BadInputError
from tools.cli.session import Session


def _pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """What is given as name=value, once a name."""
    pairs: dict[str, str] = {}
    for value in values:
        name, equals, rest = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not field=value", context, parameter)
        if name in pairs:
            raise click.BadParameter(f"{name} is given twice", context, parameter)
        pairs[name] = rest
    return pairs


@command(
    "import-leads",
    help="Take in leads from a file: CSV with a line of column names, or JSON Lines with an object a line.\n\n"
    "The file is looked through first. You see which column becomes which field, what would become of the rows and the "
    "first errors, and are asked before anything is changed. Addresses and numbers are normalised; who is known "
    "already, by e-mail address or else by phone number, is not made twice.\n\n"
    "Fields: firstName, lastName, email, phone, source, externalId, status, meta.NAME and what else a lead has.",
    examples="""
    retention import-leads people.csv
    retention import-leads people.csv --map email="E-mail (work)" --map meta.plan=Plan --default source=MANUAL
    retention import-leads people.csv --dry-run
    retention import-leads people.jsonl --on-duplicate merge --yes --result result.jsonl
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_pairs,
    metavar="FIELD=COLUMN",
    help="Which column a field comes from, where the guess is wrong; FIELD= takes it from none.",
)
@click.option(
    "--default",
    "defaults",
    multiple=True,
    callback=_pairs,
    metavar="FIELD=VALUE",
    help="What a field is where a row says nothing.",
)
@click.option(
    "--on-duplicate",
    type=click.Choice(["skip", "update", "merge"]),
    default="skip",
    show_default=True,
    help="A known person: leave alone; replace what the row says; fill in what is missing.",
)
@click.option("--format", type=click.Choice(["csv", "jsonl"]), help="What the file is, unless its ending says.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Look through the file and change nothing.")
@click.option("--result", type=click.Path(path_type=Path, dir_okay=False), help="Where to put what became of each row.")
@click.pass_obj
def import_leads(
    session: Session,
    file: Path,
    mapping: Mapping[str, str],
    defaults: Mapping[str, str],
    on_duplicate: str,
    format: str | None,
    yes: bool,
    dry_run: bool,
    result: Path | None,
) -> int:
    """Look, ask, take in."""
    from tools.cli.commands import taking

    taking.seen_to(result, file)
    made = taking.give(session, file, "leads", format)
    import_id = str(made["id"])
    options = {"defaults": _values(defaults), "onDuplicate": on_duplicate}
    return taking.decide(
        session,
        import_id,
        lambda: _looked_through(session, import_id, mapping, options),
        lambda inspection: _show(session, inspection),
        "Take them in?",
        dry_run=dry_run,
        yes=yes,
        result=result,
    )


def _looked_through(
    session: Session, import_id: str, mapping: Mapping[str, str], options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The import after a look, and the options that it was looked through with: the guess, corrected."""
    from tools.cli.commands import taking

    try:
        looked = taking.inspect(session, import_id, options)
    except BadInputError as unusable:
        # Where no column could be guessed, what is given may be enough.
        if not mapping:
            hint = "Say which column is which: --map email=COLUMN" if "`mapping`" in unusable.message else None
            raise BadInputError(unusable.message, hint=hint, code=unusable.code) from None
        guess: Mapping[str, str] = {}
    else:
        guess = looked["inspection"]["mapping"]
        if not mapping:
            return looked, {**options, "mapping": guess}
    corrected = {**{field: column for field, column in guess.items() if column not in mapping.values()}, **mapping}
    options = {**options, "mapping": {field: column for field, column in corrected.items() if column}}
    looked = taking.inspect(session, import_id, options)
    return looked, {**options, "mapping": looked["inspection"]["mapping"]}


def _values(defaults: Mapping[str, str]) -> dict[str, Any]:
    """Values as they are meant: true, false and numbers are no text where a field has its own kind of value."""
    words = {"true": True, "false": False, "null": None}
    return {field: words.get(value, value) for field, value in defaults.items()}


def _show(session: Session, inspection: Mapping[str, Any]) -> None:
    from tools.cli.commands.taking import COUNTS, show_errors

    sample = (inspection.get("sample") or [{}])[0]
    rows = [(column, field, _within(sample, field)) for field, column in inspection["mapping"].items()]
    rows += [(column, "", "") for column in inspection.get("unmapped", ())]
    session.output.table(("column", "field", "first row"), rows)
    show_errors(session, inspection.get("errors", []))
    counts = ", ".join(f"{inspection[name]:,} {name}" for name in COUNTS if inspection.get(name))
    session.output.say(f"\n{inspection['rows']:,} rows: {counts or 'nothing to do'}")


def _within(document: Any, path: str) -> Any:
    """What stands at a path such as meta.plan."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document
