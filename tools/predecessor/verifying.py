"""Does the table hold what the file says? Every row and every field of the file, against an export of the account.

A field that differs is a difference, unless the report of the import has listed it for that very row.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from retention import jsontext
from retention.jsontext import format_decimal
from retention.moving.archive import ArchiveReader
from tools.predecessor.comparing import RULES, Ids, moment
from tools.predecessor.findings import plain
from tools.predecessor.opening import Source

#: Differences that are shown.
SHOWN: Final = 20


@dataclass
class Compared:
    """What the comparison of a table came to."""

    rows: int = 0
    fields: int = 0
    equal: int = 0
    #: Fields that differ as the report says, and rows that stayed behind as it says.
    as_listed: int = 0
    left_behind: int = 0
    #: Rows that are as they were set up here, or as somebody, or the stack itself, has changed them since they came.
    changed_since: int = 0
    differences: int = 0


@dataclass
class Verification:
    """What the comparison of a file with an account came to."""

    tables: dict[str, Compared] = field(default_factory=dict)
    #: The first differences: table, id, field, and what either side says.
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def differences(self) -> int:
        """How many there are in all."""
        return sum(one.differences for one in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        tables = {
            table: {
                "rows": one.rows,
                "fields": one.fields,
                "equal": one.equal,
                "asListed": one.as_listed,
                "leftBehind": one.left_behind,
                "changedSince": one.changed_since,
                "differences": one.differences,
            }
            for table, one in self.tables.items()
        }
        return {"differences": self.differences, "tables": tables, "examples": self.examples}


class Account:
    """An account as an archive tells of it, found by id. Kept on disk, in a file that is removed at the end."""

    def __init__(self, archive: Path, scratch: Path) -> None:
        self._scratch = scratch
        scratch.unlink(missing_ok=True)
        self._held = sqlite3.connect(scratch, isolation_level=None)
        self._held.execute("PRAGMA journal_mode = OFF")
        self._held.execute("CREATE TABLE there (kind TEXT, id TEXT, line BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID")
        self._held.execute("BEGIN")
        self.ids: dict[tuple[str, str], str] = {}
        with archive.open("rb") as file:
            reader = ArchiveReader(file)
            for kind, _ in reader.kinds:
                if kind in RULES or kind == "ScriptBody":
                    self._held.executemany("INSERT INTO there VALUES (?, ?, ?)", _named(kind, reader.lines(kind)))
                elif kind == "FormerId":
                    for line in reader.lines(kind):
                        record = jsontext.loads_strict(line)
                        self.ids[record["of"], record["former"]] = record["now"]

    def identity(self, table: str, former: str) -> str:
        """The id here of a row of the file."""
        return self.ids.get((table, former), former)

    def record(self, table: str, former: str) -> dict[str, Any] | None:
        """What is known of a row of the file; None: nothing."""
        found = self._find(table, self.identity(table, former))
        if found is not None and table == "Script" and found.get("internal", {}).get("bodyBytes"):
            body = self._find("ScriptBody", found["id"]) or {}
            found |= {name: body[name] for name in ("content", "vapiConfig") if name in body}
        return found

    def _find(self, kind: str, identity: str) -> dict[str, Any] | None:
        row = self._held.execute("SELECT line FROM there WHERE kind = ? AND id = ?", (kind, identity)).fetchone()
        return None if row is None else _record(row[0])

    def close(self) -> None:
        """Remove the file."""
        self._held.close()
        self._scratch.unlink(missing_ok=True)


def _record(line: bytes) -> dict[str, Any]:
    record = jsontext.loads_strict(line)
    assert isinstance(record, dict)
    # Hidden fields stand by their own names in snake case or camel case, depending on the field.
    hidden = record.get("internal", {})
    record["internal"] = {**hidden, "bodyBytes": hidden.get("bodyBytes", hidden.get("body_bytes", 0))}
    return record


def _named(kind: str, lines: Iterator[bytes]) -> Iterator[tuple[str, str, bytes]]:
    for line in lines:
        record = jsontext.loads_strict(line)
        named = record.get("id") or record.get("scriptId") or record.get("internal", {}).get("scriptId")
        if named is not None:
            yield kind, named, line


def verify(
    source: Source,
    account: Account,
    listed: Collection[tuple[str, int, str | None]],
    stayed: Collection[tuple[str, str]] = (),
    since: str | None = None,
    tell: Callable[[int], None] = lambda rows: None,
) -> Verification:
    """Compare every row and field of a file with an account.

    Args:
        listed: table, number of the row and column of what the import has listed; the column is None where the whole
            row stayed behind.
        stayed: table and id here of what the account had already, and has kept as it was.
        since: when the import began, as the API writes it: what was changed later is another matter.
        tell: told of how many rows it has compared.
    """
    result = Verification()
    done = 0
    for table, rules in RULES.items():
        compared = result.tables[table] = Compared()
        columns = [name for name in rules if name in source.tables.get(table, ())]
        for number, held in enumerate(source.rows(table), 1):
            done += 1
            if done % 500 == 0:
                tell(done)
            compared.rows += 1
            former = _text(held.get("id"))
            if (table, number, None) in listed:
                compared.left_behind += 1
                continue
            if (table, account.identity(table, former)) in stayed:
                compared.changed_since += 1
                continue
            record = account.record(table, former)
            if record is None:
                _differs(result, compared, table, former, "id", former, None)
                continue
            dated = (table, number, "updatedAt") in listed or _same(
                moment, held.get("updatedAt"), record.get("updatedAt"), {}
            )
            if since is not None and not dated and str(record.get("updatedAt", "")) > since:
                compared.changed_since += 1
                continue
            for column in columns:
                compared.fields += 1
                if _same(rules[column], held[column], record.get(column), account.ids):
                    compared.equal += 1
                elif (table, number, column) in listed:
                    compared.as_listed += 1
                else:
                    _differs(result, compared, table, former, column, held[column], record.get(column))
    return result


def _same(rule: Callable[[Any, Any, Ids], bool], cell: Any, kept: Any, ids: Mapping[tuple[str, str], str]) -> bool:
    try:
        return rule(cell, kept, ids)
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        return False


def _text(cell: Any) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else format_decimal(jsontext.loads(str(cell)))


def _differs(
    result: Verification, compared: Compared, table: str, former: str, column: str, cell: Any, kept: Any
) -> None:
    compared.differences += 1
    if len(result.examples) < SHOWN:
        secret = table == "IntegrationConfig" and column == "config"
        said = {} if secret else {"file": plain(cell), "here": plain(kept)}
        result.examples.append({"table": table, "id": former, "field": column, **said})
