"""What is measured, stage by stage; each tells its figures, and what is not as it must be."""

import filecmp
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tools.bench_engine.progress import Progress
from tools.bench_import import people
from tools.bench_import.account import Account
from tools.bench_import.memory import Memory, watched
from tools.predecessor import sample
from tools.predecessor.converting import convert
from tools.predecessor.opening import Source
from tools.predecessor.verifying import Account as Taken
from tools.predecessor.verifying import verify
from tools.stack.record import Record
from tools.stack.running import running_stack

#: What may become of a row.
_OUTCOMES: Final = ("created", "updated", "unchanged", "skipped", "rejected")


@dataclass(frozen=True)
class Figure:
    """One thing that was measured."""

    what: str
    count: int
    unit: str
    seconds: float
    #: What became of it, in words.
    outcome: str
    #: Megabytes of the jobs function at the beginning, at the end, at most.
    memory: str = "-"
    #: What is not as it must be.
    wrong: str | None = None


@dataclass
class Bench:
    """Everything that one run measures, in a folder of its own."""

    folder: Path
    progress: Progress
    figures: list[Figure] = field(default_factory=list)

    @contextmanager
    def stack(self, name: str) -> Iterator[tuple[Account, Record]]:
        """An empty stack that sends nothing, for as long as the block runs."""
        self.progress.show("a stack starts, for this alone")
        with running_stack(state_dir=self.folder / name) as running:
            account = Account(running, self.progress)
            account.clear()
            yield account, running
            self.progress.show("the stack stops")

    # --- leads -------------------------------------------------------------------------------------------------

    def leads(self, count: int, distinct: int) -> None:
        """A file of leads, taken in twice: whoever is new is created once, and skipped from then on."""
        path = self.folder / "leads.csv"
        people.write(path, count, distinct)
        first = {"created": distinct, "skipped": count - distinct}
        with self.stack("leads") as (account, running):
            for what, wanted in (("leads from CSV", first), ("the same file again", {"skipped": count})):
                with watched("jobs", running.tableName) as memory:
                    done, seconds = account.work(account.put(path, "leads"), "start", {})
                self._note(what, count, "rows", seconds, done["progress"], wanted, memory)
                if wanted is first:
                    self._tell("their triggers, behind that", distinct, "leads", account.rest(), "looked at")

    def looked_through(self, count: int) -> None:
        """A file of leads, inspected and not taken in: nothing changes, and memory stays where it is."""
        path = self.folder / "leads.csv"
        self.progress.show("a file is written")
        people.write(path, count, count)
        with self.stack("dry") as (account, running), watched("jobs", running.tableName) as memory:
            done, seconds = account.work(account.put(path, "leads"), "inspect", {})
            # Whether an address comes twice is not asked beyond some size of file.
            found = {name: done["inspection"].get(name, 0) for name in _OUTCOMES}
            self._note("a dry run", count, "rows", seconds, found, {"created": count}, memory)

    # --- the predecessor's database ----------------------------------------------------------------------------

    def predecessor(self, rows: int) -> Path:
        """A database of the predecessor, converted, taken in and compared; returns the exported account."""
        path, archive, exported = (self.folder / name for name in ("dev.db", "converted.zip", "account.zip"))
        self.progress.show("a database of the predecessor is written")
        count = sample.write(path, rows)
        source = Source(path)
        try:
            began = time.monotonic()
            made = convert(source, archive, report=self.folder / "report.jsonl", tell=self._counting("converting:"))
            refused = sum(tally.refused for tally in made.tallies.values())
            self._tell("predecessor: converted", count, "rows", time.monotonic() - began, f"{refused:,} refused")
            with self.stack("predecessor") as (account, running):
                self._take_in(account, running, archive, "predecessor: taken in", made.records, made.secrets)
                self._export(account, running, exported, "the account: exported")
            began = time.monotonic()
            taken = Taken(exported, self.folder / "account.sorting")
            try:
                compared = verify(source, taken, made.findings.listed)
            finally:
                taken.close()
            wrong = (
                None if compared.differences == 0 else f"{compared.differences:,} differences: {compared.examples[:3]}"
            )
            told = f"differences: {compared.differences:,}"
            self._tell("predecessor: compared", count, "rows", time.monotonic() - began, told, wrong=wrong)
        finally:
            source.close()
        return exported

    def round_trip(self, exported: Path) -> None:
        """An exported account, taken into an empty stack and exported again: byte for byte the same."""
        again = self.folder / "again.zip"
        with self.stack("empty") as (account, running):
            self._take_in(account, running, exported, "the account: into an empty stack", None, None)
            self._export(account, running, again, "the account: exported again")
        same = filecmp.cmp(exported, again, shallow=False)
        wrong = None if same else "the second export differs from the first"
        self._tell(
            "the two exports", exported.stat().st_size, "bytes", 0.0, "identical" if same else "differ", wrong=wrong
        )

    def _take_in(
        self,
        account: Account,
        running: Record,
        archive: Path,
        what: str,
        records: dict[str, int] | None,
        secrets: Any,
    ) -> None:
        with watched("jobs", running.tableName) as memory:
            options = {"secrets": secrets} if secrets else {}
            done, seconds = account.work(account.put(archive, "archive"), "start", options)
        count = done["progress"]["done"] if records is None else sum(records.values())
        self._note(what, count, "records", seconds, done["progress"], {"created": count}, memory)

    def _export(self, account: Account, running: Record, to: Path, what: str) -> None:
        with watched("jobs", running.tableName) as memory:
            done, seconds = account.export(to)
        size = f"{to.stat().st_size:,} bytes"
        self._tell(what, done["records"], "records", seconds, size, memory=memory.text())

    # --- telling -----------------------------------------------------------------------------------------------

    def _counting(self, what: str) -> Callable[[str, int], None]:
        return lambda table, done: self.progress.show(what, f"{done:,} rows")

    def _note(
        self,
        what: str,
        count: int,
        unit: str,
        seconds: float,
        found: dict[str, Any],
        wanted: dict[str, int],
        memory: Memory,
    ) -> None:
        """Note what became of each row; all of them must have become what is wanted."""
        became = {name: found.get(name) or 0 for name in _OUTCOMES}
        wrong = None if became == {**dict.fromkeys(_OUTCOMES, 0), **wanted} else f"{wanted} was to be"
        outcome = ", ".join(f"{number:,} {name}" for name, number in became.items() if number)
        self._tell(what, count, unit, seconds, outcome or "nothing", memory=memory.text(), wrong=wrong)

    def _tell(self, what: str, count: int, unit: str, seconds: float, outcome: str, **more: Any) -> None:
        self.figures.append(Figure(what, count, unit, seconds, outcome, **more))
