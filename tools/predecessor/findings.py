"""What was not taken as it stands: row by row in a file, counted and with examples for the report."""

import json
import os
import stat
from collections import Counter
from dataclasses import dataclass
from dataclasses import field as a_field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from retention.jsontext import format_decimal, format_instant
from tools.cli.exits import BadInputError

#: normalised: the value is another here. left_out: the value has no place here. refused: the whole row stays behind.
Verdict = Literal["normalised", "left_out", "refused"]
#: Examples of each kind of finding that the report shows, and characters of each value in them.
EXAMPLES: Final = 3
_SHOWN: Final = 60
#: How each line of a report begins.
_BEGINS: Final = b'{"table": '


@dataclass
class Group:
    """All findings of one kind."""

    table: str
    field: str | None
    verdict: Verdict
    code: str
    detail: str
    count: int = 0
    examples: list[dict[str, Any]] = a_field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        told = {
            "field": self.field,
            "verdict": self.verdict,
            "code": self.code,
            "detail": self.detail,
            "count": self.count,
            "examples": self.examples,
        }
        return {name: value for name, value in told.items() if value is not None}


class Findings:
    """Collects what was found.

    Args:
        path: where every single finding goes, one JSON object a line; None: nowhere.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._file: TextIO | None = None if path is None else _private(path)
        self.groups: dict[tuple[str, str | None, Verdict, str], Group] = {}
        #: How often cells of a column were written in another form, by table, column and form.
        self.forms: Counter[tuple[str, str, str]] = Counter()
        #: Which fields of which rows differ here: what a comparison with the file may find. A row is (table, number).
        self.listed: set[tuple[str, int, str | None]] = set()

    def note(
        self,
        table: str,
        number: int,
        row: str,
        field: str | None,
        verdict: Verdict,
        code: str,
        detail: str,
        was: Any = None,
        now: Any = None,
    ) -> None:
        """Note one finding.

        Args:
            number: place of the row in its table, from 1.
            row: its id.
            field: the column; None: it is about the row.
            was: what the file says. Never a secret.
            now: what is kept instead.
        """
        group = self.groups.setdefault((table, field, verdict, code), Group(table, field, verdict, code, detail))
        group.count += 1
        told = {"id": row} | {name: plain(one) for name, one in (("was", was), ("now", now)) if one is not None}
        if len(group.examples) < EXAMPLES:
            group.examples.append({name: _short(one) for name, one in told.items()})
        self.listed.add((table, number, field))
        if self._file is not None:
            line = {"table": table, "row": number, "field": field, "verdict": verdict, "code": code, "detail": detail}
            print(json.dumps({**line, **told}, ensure_ascii=False), file=self._file)

    def of(self, table: str) -> list[Group]:
        """The groups of a table, refusals first."""
        order = {"refused": 0, "left_out": 1, "normalised": 2}
        found = [group for group in self.groups.values() if group.table == table]
        return sorted(found, key=lambda group: (order[group.verdict], group.field or "", group.code))

    def refused(self, table: str) -> int:
        """How many rows of a table stay behind."""
        return sum(group.count for group in self.of(table) if group.verdict == "refused")

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


def _private(path: Path) -> TextIO:
    """A new file that nobody else can read: it says what stands in the rows. It replaces an earlier report only.

    Raises:
        BadInputError: something else is there.
        OSError: it cannot be written.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if stat.S_ISREG(os.fstat(file).st_mode):
        if os.read(file, len(_BEGINS)) not in (b"", _BEGINS):
            os.close(file)
            raise BadInputError(f"{path} is there already, and is no report.", hint="Say --report FILE.")
        os.fchmod(file, 0o600)
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
    return os.fdopen(file, "w", encoding="utf-8")


def plain(value: Any) -> Any:
    """A value as JSON has it; bytes and texts that are none in a form that can be read."""
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def _short(value: Any) -> Any:
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
