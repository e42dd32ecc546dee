"""A dry run over a file of leads: what would become of its rows. Reads what is known; changes nothing of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from retention.clock import machine_time
from retention.imports import files
from retention.imports.leads.changing import Changing
from retention.imports.leads.lines import FALLBACK
from retention.imports.leads.records import Record
from retention.imports.leads.rows import Row
from retention.imports.leads.seen import Seen
from retention.imports.leads.source import LeadFile
from retention.imports.leads.taking import Line, line_of, refused_at_once, two_people
from retention.imports.standing import Standing, counted
from retention.leads.claims import Claims, names_of

#: Rows of a chunk.
CHUNK: Final = 1000
#: Rows that are shown as they would be taken in, and errors that are shown.
SAMPLE: Final = 5
ERRORS: Final = 20
#: Characters of a text, and members of an object, that a sample shows.
SHOWN: Final = 100
#: Seconds of the machine between two saves: what was met of a large file is some megabytes.
SAVE_EVERY: Final = 10.0


def inspect(standing: Standing) -> Iterator[int]:
    """Look through a file from its place on, and say what was found.

    Raises:
        UnusableFileError, StorageError
    """
    file = LeadFile(standing)
    looking = _Looking(standing, file)
    saved_at = standing.core.now()
    progress = standing.found.how_far()
    for records in file.chunks(CHUNK):
        lines = looking.look_at(records)
        progress = counted(progress, (line["status"] for line in lines))
        if standing.core.now() - saved_at >= _pause(standing):
            looking.keep(progress.done)
            standing.save_progress(progress, place=file.place_after(records[-1], found=looking.found))
            looking.tidy()
            saved_at = standing.core.now()
        yield len(records)
    statuses = ("created", "updated", "unchanged", "skipped", "rejected")
    inspection = {"rows": progress.done, **looking.found, **{name: getattr(progress, name) for name in statuses}}
    standing.save_progress(progress, inspection=inspection)


def _pause(standing: Standing) -> timedelta:
    return machine_time(standing.core.clock, SAVE_EVERY)


class _Looking:
    """Looks at rows."""

    def __init__(self, standing: Standing, file: LeadFile) -> None:
        self._standing = standing
        self._file = file
        self._claims = Claims(standing.core)
        self._changing = Changing(standing.core, standing.found.options.get("onDuplicate", "skip"))
        rows = standing.found.how_far().done
        self._kept = [files.seen_key(standing.found.id, rows)] if rows else []
        kept = standing.transfers.get(self._kept[0]) if rows else None
        self._seen = Seen.for_file(file.size) if kept is None else Seen.load(kept)
        used = set(file.mapping.values())
        begun: dict[str, Any] = {
            "format": file.layout.format,
            "encoding": file.layout.encoding,
            "delimiter": file.layout.delimiter or None,
            "columns": file.columns,
            "mapping": file.mapping,
            "unmapped": [column for column in file.columns if column not in used],
            "sample": [],
            "errors": [],
            "warnings": [],
        }
        #: What was found so far: JSON.
        self.found: dict[str, Any] = (standing.found.place or {}).get("found", begun)

    def keep(self, rows: int) -> None:
        """Keep what was met in so many rows, to go on from."""
        self._kept.append(files.seen_key(self._standing.found.id, rows))
        self._standing.transfers.put(self._kept[-1], self._seen.dump())

    def tidy(self) -> None:
        """Remove what was kept before, which nothing goes on from any more."""
        self._standing.transfers.remove(self._kept[:-1])
        del self._kept[:-1]

    def look_at(self, records: Sequence[Record]) -> list[Line]:
        """What would become of some rows."""
        rows = [self._file.shaper.row_of(record) for record in records]
        if any(record.guessed for record in records):
            self.found["encoding"] = FALLBACK
        lines = self._lines(rows)
        for row, line in zip(rows, lines, strict=True):
            if row.lead is not None and len(self.found["sample"]) < SAMPLE:
                shown = row.lead.model_dump(by_alias=True, exclude_none=True)
                self.found["sample"].append({name: _short(said) for name, said in shown.items() if _is_said(row, name)})
            room = ERRORS - len(self.found["errors"])
            self.found["errors"] += [{"row": row.number, **error} for error in line["errors"][:room]]
        return lines

    def _lines(self, rows: Sequence[Row]) -> list[Line]:
        results = {row.number: line for row in rows if (line := refused_at_once(row)) is not None}
        usable = [row for row in rows if row.number not in results and row.lead is not None]
        owners = self._claims.owners([row.lead for row in usable if row.lead is not None])
        changed: dict[int, tuple[Row, str]] = {}
        for row, known in zip(usable, owners, strict=True):
            # Met before in this file: known by then, if it was not already.
            met = self._seen.add(names_of(row.lead)) if row.lead is not None else False
            if len(known) > 1:
                results[row.number] = line_of(row, "rejected", errors=[two_people(known)])
            elif (known or met) and self._changing.rule == "skip":
                results[row.number] = line_of(row, "skipped")
            elif known:
                changed[row.number] = row, known[0]
            elif met:
                results[row.number] = line_of(row, "updated")
            elif row.missing:
                results[row.number] = line_of(row, "rejected", errors=row.missing)
            else:
                results[row.number] = line_of(row, "created")
        for number, patch in self._changing.patches(changed, consistent=False).items():
            results[number] = line_of(changed[number][0], "updated" if patch else "unchanged")
        return [results[row.number] for row in rows]


def _is_said(row: Row, name: str) -> bool:
    """Whether it does not merely stand for a name that is missing."""
    return all(error.pointer != f"/{name}" for error in row.missing)


def _short(said: Any) -> Any:
    """A value as a sample shows it."""
    if isinstance(said, str):
        return said if len(said) <= SHOWN else f"{said[:SHOWN]}..."
    if isinstance(said, dict):
        return {name: _short(value) for name, value in list(said.items())[:SHOWN]}
    return said if isinstance(said, int | Decimal | None) else "..."
