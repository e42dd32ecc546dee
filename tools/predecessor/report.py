"""What people are shown: what the file is, what becomes of its rows, and how the comparison came out."""

from collections import Counter
from dataclasses import astuple
from typing import Any

from tools.cli.output import Output
from tools.predecessor.converting import Conversion
from tools.predecessor.findings import Group
from tools.predecessor.verifying import Verification


def show(output: Output, made: Conversion) -> None:
    """The report of a dry run."""
    shape = made.shape
    output.say(f"{made.archive.stem}: {shape.name}")
    for text, names in (
        ("Not in the file", shape.missing_tables),
        ("Tables of its own, left out", [f"{name} ({rows:,} rows)" for name, rows in shape.extra_tables.items()]),
        ("Columns of its own", [f"{table}.{one}" for table, many in shape.extra_columns.items() for one in many]),
        (
            "Columns that it has not",
            [f"{table}.{one}" for table, many in shape.missing_columns.items() for one in many],
        ),
    ):
        if names:
            output.say(f"{text}: {', '.join(names)}")
    _show_rows(output, made)
    _show_findings(output, made)
    _show_after(output, made)


def _show_rows(output: Output, made: Conversion) -> None:
    rows: list[list[Any]] = []
    for table, tally in made.tallies.items():
        groups = made.findings.of(table)
        counts = [
            sum(group.count for group in groups if group.verdict == verdict) for verdict in ("normalised", "left_out")
        ]
        rows.append(
            [table, f"{tally.read:,}", f"{tally.imported:,}", f"{tally.refused:,}", *(f"{one:,}" for one in counts)]
        )
    columns = ("entity", "rows", "taken in", "left behind", "values changed", "values left out")
    output.table(columns, rows, title="\nWhat becomes of the rows:")


def _show_findings(output: Output, made: Conversion) -> None:
    found = [_line(group) for table in made.tallies for group in made.findings.of(table)]
    if found:
        columns = ("entity", "field", "what", "rows", "why", "for example")
        output.table(columns, found, title="\nWhat is not taken as it stands:")
    counted = sorted(made.findings.forms.items())
    forms = [(f"{table}.{column}", form, f"{count:,}") for (table, column, form), count in counted]
    if forms:
        output.table(("column", "dates written as", "cells"), forms, title="\nForms of dates:")
    if made.findings.path is not None:
        output.say(f"\nEvery single one: {made.findings.path}")


def _line(group: Group) -> tuple[str, ...]:
    what = group.verdict.replace("_", " ")
    return group.table, group.field or "(row)", what, f"{group.count:,}", group.detail, _example(group.examples)


def _example(examples: list[dict[str, Any]]) -> str:
    first = examples[0]
    if "was" not in first and "now" not in first:
        return str(first["id"])
    arrow = f" -> {first['now']}" if "now" in first else ""
    return f"{first['id']}: {first.get('was', '(nothing)')}{arrow}"


def _show_after(output: Output, made: Conversion) -> None:
    """What somebody has to know before anything is sent again."""
    if made.secrets:
        named = ", ".join(f"{provider} ({', '.join(sorted(names))})" for provider, names in made.secrets.items())
        output.say(f"Secrets that go to the secret store: {named}")
    for text, count in waiting(made).items():
        if count:
            output.say(f"{count:,} {text}")


def waiting(made: Conversion) -> dict[str, int]:
    """What of the file could be sent once sending is released, in words."""
    owed = made.owed
    return {
        "scheduled steps: sent when sending is released and they are due; passed over where they are overdue by more "
        "than a day.": owed.steps,
        "active campaigns: what they have not begun waits until they are paused and resumed.": owed.campaigns,
        "active sequences for leads without a conversion: they look for leads from an hour after the import on.": (
            owed.searching
        ),
    }


def show_rejected(output: Output, rejected: list[dict[str, Any]]) -> None:
    """What the import left behind, though the file had it right: mostly what the account had already."""
    counted = Counter(
        (one.get("kind", ""), error["detail"]) for one in rejected for error in one.get("errors", ({"detail": ""},))
    )
    first = {one.get("kind", ""): str(one.get("id")) for one in reversed(rejected)}
    rows = [(kind, f"{count:,}", detail, first[kind]) for (kind, detail), count in counted.items()]
    if rows:
        output.table(("kind", "records", "why", "for example"), rows, title="\nLeft as it was here:")


def show_verification(output: Output, result: Verification) -> None:
    """How the comparison came out."""
    rows = [(table, *(f"{number:,}" for number in astuple(one))) for table, one in result.tables.items() if one.rows]
    columns = (
        "entity",
        "rows",
        "fields",
        "equal",
        "changed as listed",
        "rows left behind",
        "rows changed here",
        "differences",
    )
    output.table(columns, rows, title="\nThe file compared with the table:")
    if result.examples:
        shown = [(one["table"], one["id"], one["field"], one.get("file"), one.get("here")) for one in result.examples]
        output.table(("entity", "id", "field", "in the file", "in the table"), shown, title="\nDifferences:")
    output.say(f"differences: {result.differences:,}")
