"""A file as the archive that is made of it: its records, what was listed, and how it compares with the file."""

import json
from pathlib import Path
from typing import Any

from retention import jsontext
from retention.moving.archive import ArchiveReader
from tools.predecessor.converting import Conversion, convert
from tools.predecessor.opening import Source
from tools.predecessor.verifying import Account, Verification, verify


class Converted:
    """What came of a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.archive = path.with_suffix(".zip")
        self.report = path.with_suffix(".report.jsonl")
        source = Source(path)
        self.made: Conversion = convert(source, self.archive, report=self.report)
        source.close()

    def records(self, kind: str) -> dict[str, dict[str, Any]]:
        """The records of a kind by what names them."""
        with self.archive.open("rb") as file:
            found = [jsontext.loads_strict(line) for line in ArchiveReader(file).lines(kind)]
        names = ("id", "former", "address", "leadId", "scriptId", "testId")
        return {next(str(one[name]) for name in names if name in one): one for one in found}

    def listed(self, table: str) -> list[tuple[str, str | None, str, str]]:
        """Id, field, verdict and code of every finding about a table."""
        lines = [json.loads(line) for line in self.report.read_text(encoding="utf-8").splitlines()]
        return [(one["id"], one["field"], one["verdict"], one["code"]) for one in lines if one["table"] == table]

    def compared(self, archive: Path | None = None) -> Verification:
        """The file compared with an account that holds the archive and nothing else."""
        source = Source(self.path)
        account = Account(archive or self.archive, self.path.with_suffix(".scratch"))
        try:
            return verify(source, account, self.made.findings.listed)
        finally:
            account.close()
            source.close()
