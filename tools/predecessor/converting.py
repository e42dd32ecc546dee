"""From the file to an archive: every row is in it, or listed with the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from retention.moving.archive import ArchiveWriter
from tools.predecessor.attempts import attempts
from tools.predecessor.campaigns import assignments, campaigns
from tools.predecessor.conversions import conversions, rules
from tools.predecessor.desk import Desk, Tally
from tools.predecessor.enrollments import Courses, enrollments, executions
from tools.predecessor.experiments import experiments
from tools.predecessor.findings import Findings
from tools.predecessor.integrations import Secrets, integrations
from tools.predecessor.leads import contacts, leads
from tools.predecessor.opening import Source
from tools.predecessor.people import People
from tools.predecessor.scripts import scripts
from tools.predecessor.sequences import sequences, steps
from tools.predecessor.shape import TABLES, Shape, shape_of
from tools.predecessor.workspace import Workspace

#: What the archive says of where it comes from.
ORIGIN: Final = "predecessor"


@dataclass(frozen=True)
class Owed:
    """What of a file could come to be sent."""

    #: Executions with a due time.
    steps: int
    #: Campaigns that are active.
    campaigns: int
    #: Active sequences that look for leads themselves.
    searching: int


@dataclass(frozen=True)
class Conversion:
    """What came of a file."""

    shape: Shape
    #: SHA-256 of the file.
    fingerprint: str
    archive: Path
    #: Records in the archive by kind.
    records: dict[str, int]
    #: Rows by table.
    tallies: dict[str, Tally]
    findings: Findings
    #: Secrets of integrations: never shown, never written to disk.
    secrets: Secrets
    owed: Owed


class LostRowsError(Exception):
    """Rows were neither imported nor listed: a fault of the program, whatever the file."""


def convert(
    source: Source,
    archive: Path,
    *,
    report: Path | None = None,
    region: str = "US",
    tell: Callable[[str, int], None] = lambda table, rows: None,
) -> Conversion:
    """Make an archive of a file. The same rows make the same bytes.

    Args:
        report: where every finding goes, one JSON object a line.
        region: where phone numbers without a country code are from.
        tell: told how far it is: the table, and rows of all tables so far.

    Raises:
        UnusableFileError: the file is not the predecessor's, or damaged.
    """
    shape, findings = shape_of(source), Findings(report)
    with Workspace(archive.with_suffix(".sorting")) as work:
        desk = Desk(source, shape, work, findings, tell, region)
        try:
            secrets = _map(desk)
        finally:
            findings.close()
        _require_all(desk)
        with archive.open("wb") as file:
            writer = ArchiveWriter(file)
            for kind in work.counts():
                writer.add(kind, work.lines(kind))
            # Nothing of the file's own bytes: the same rows may lie in it otherwise after the predecessor was stopped.
            writer.close(origin=ORIGIN)
        return Conversion(
            shape=shape,
            fingerprint=source.fingerprint(),
            archive=archive,
            records=work.counts(),
            tallies=desk.tallies,
            findings=findings,
            secrets=secrets,
            owed=Owed(**desk.owed),
        )


def _map(desk: Desk) -> Secrets:
    """Map every table: what is referred to before what refers to it."""
    people = People(desk.work)
    campaigns(desk)
    channels = scripts(desk)
    sequences(desk)
    places = steps(desk)
    experiments(desk, channels)
    rules(desk)
    secrets = integrations(desk)
    leads(desk, people)
    courses = Courses(desk, places)
    statuses = enrollments(desk, courses)
    brought = attempts(desk, people, courses)
    assignments(desk, people)
    contacts(desk, people)
    executions(desk, places, statuses, courses)
    conversions(desk, brought)
    return secrets


def _require_all(desk: Desk) -> None:
    """Every row that was read is in the archive or listed, and every row there is was read."""
    for table in TABLES:
        there, tally = desk.source.count(table), desk.tallies.get(table, Tally())
        listed = desk.findings.refused(table)
        if not (there == tally.read == tally.imported + tally.refused and tally.refused == listed):
            raise LostRowsError(f"{table}: {there} rows, {tally.imported} taken in, {listed} listed as left behind.")


def as_json(conversion: Conversion) -> dict[str, Any]:
    """The report of a dry run, for programs."""
    shape = conversion.shape
    return {
        "file": {"sha256": conversion.fingerprint, "shape": shape.name},
        "missingTables": list(shape.missing_tables),
        "extraTables": dict(shape.extra_tables),
        "extraColumns": {table: list(names) for table, names in shape.extra_columns.items()},
        "missingColumns": {table: list(names) for table, names in shape.missing_columns.items()},
        "entities": {
            table: {
                "rows": tally.read,
                "imported": tally.imported,
                "refused": tally.refused,
                "findings": [group.as_json() for group in conversion.findings.of(table)],
            }
            for table, tally in conversion.tallies.items()
        },
        "forms": [
            {"table": table, "field": column, "form": form, "count": count}
            for (table, column, form), count in sorted(conversion.findings.forms.items())
        ],
        "records": conversion.records,
        "secrets": {provider: sorted(names) for provider, names in conversion.secrets.items()},
    }
