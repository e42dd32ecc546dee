"""The whole move: read the file, report, ask, hold sending, take it in, compare. Broken off anywhere, it goes on."""

import hashlib
import json
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.cli.client import RefusedError
from tools.cli.commands import making, taking
from tools.cli.exits import DONE, PARTLY, BadInputError, CommandError, LeftError
from tools.cli.files import download
from tools.cli.session import Session
from tools.predecessor import report
from tools.predecessor.converting import Conversion, as_json, convert
from tools.predecessor.opening import Source
from tools.predecessor.shape import TABLES
from tools.predecessor.verifying import Account, Verification, verify
from tools.predecessor.workplace import workplace

#: How the file of an import is called: by what is in it, so that one that was broken off is found again.
_NAMED: Final = "predecessor-{digest}.zip"
_DIGITS: Final = 32
#: What the team has set up here is newer than what the predecessor had, and stays.
_SET_UP: Final = "IntegrationConfig"
#: Rejected records that programs are shown.
_SHOWN: Final = 100
#: Seconds after which every worker knows of a hold.
_KNOWN_FOR: Final = 6
_ELSEWHERE: Final = "TMPDIR names another place for them; they take about four times as much as the file."
_AGAIN: Final = "Started again, this command goes on: what is here already is left alone."
_GOES_ON: Final = "  Started again, this command goes on from there, and compares."
_HELD_BECAUSE: Final = "The predecessor's data is being moved here."


@dataclass(frozen=True)
class Wishes:
    """What the user wants."""

    yes: bool = False
    dry_run: bool = False
    #: Whether sending is held before anything is taken in.
    hold: bool = True
    #: Whether the table is compared with the file in the end.
    verify: bool = True
    #: Where every finding goes.
    report: Path | None = None
    #: Where phone numbers without a country code are from.
    region: str = "US"


def run(session: Session, path: Path, wishes: Wishes) -> int:
    """Move a database; the exit status.

    Raises:
        CommandError: the file cannot be read, the application not reached.
    """
    source = Source(path)
    try:
        with workplace() as folder:
            move = _Move(session, source, folder, wishes)
            status = move.carry_out()
            session.output.result(move.told)
            return status
    except sqlite3.Error as error:
        # The file's own errors have words of their own (opening): this is about what is made on the way.
        raise BadInputError(f"The temporary files cannot be kept: {error}.", hint=_ELSEWHERE) from None
    finally:
        source.close()


class _Move:
    """One run of the command."""

    def __init__(self, session: Session, source: Source, folder: Path, wishes: Wishes) -> None:
        self._session = session
        self._source = source
        self._folder = folder
        self._wishes = wishes
        #: What programs are told.
        self.told: dict[str, Any] = {}
        #: Imports of the same file, the newest first: what differs now was changed here since they ended.
        self._earlier: list[dict[str, Any]] = []

    def carry_out(self) -> int:
        """Read, report, ask, take in, compare."""
        output = self._session.output
        made = self._read()
        refused = any(tally.refused for tally in made.tallies.values())
        if self._wishes.dry_run or not output.confirm("\nTake it in?", yes=self._wishes.yes):
            output.say("Nothing was changed.")
            return DONE if self._wishes.dry_run and not refused else PARTLY
        archive = _named(made.archive)
        self._earlier = [one for one in self._session.client.pages("/v1/imports") if one["fileName"] == archive.name]
        if self._wishes.hold and not self._came_before:
            self._hold()
        ended = self._take_in(archive, made)
        if ended["status"] != "succeeded":
            return self._unfinished(ended)
        rejected = self._rejected(ended)
        stayed = [one for one in rejected if self._came_before or one.get("kind") == _SET_UP]
        differences = self._compare(made, ended, stayed) if self._wishes.verify else 0
        self._tell_of_sending()
        return PARTLY if refused or differences or len(rejected) > len(stayed) else DONE

    @property
    def _came_before(self) -> bool:
        """Whether all of the file was taken in once."""
        return any(one["status"] == "succeeded" for one in self._earlier)

    def _unfinished(self, ended: dict[str, Any]) -> int:
        """Tell of an import that has not come to its end."""
        if ended["status"] == "failed":
            raise CommandError(f"The import failed: {ended.get('error')}", hint=_AGAIN, code="import_failed")
        self._session.output.warn(f"The import was cancelled; what was taken in before stays. {_AGAIN}")
        return PARTLY

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self) -> Conversion:
        source, output = self._source, self._session.output
        began, total = time.monotonic(), sum(source.count(table) for table in TABLES)
        where = self._wishes.report or source.path.with_name(f"{source.path.name}.report.jsonl")
        try:
            with output.progress(f"Reading {source.path.name}") as tell:
                made = convert(
                    source,
                    self._folder / f"{source.path.name}.zip",
                    report=where,
                    region=self._wishes.region,
                    tell=lambda table, done: tell(done, total),
                )
        except OSError as error:
            what, hint = "A temporary file", _ELSEWHERE
            if error.filename == where:
                what, hint = str(where), "Say --report FILE."
            raise BadInputError(f"{what} cannot be written: {error.strerror}.", hint=hint) from None
        report.show(output, made)
        output.say(f"\n{total:,} rows read in {_rate(total, began)}")
        self.told |= {"dryRun": as_json(made), "report": str(where)}
        return made

    # --- taking in -----------------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Hold all sending, unless it is held already."""
        if not self._session.client.get("/v1/sending")["held"]:
            self._session.client.post("/v1/sending/hold", {"reason": _HELD_BECAUSE})
            self._session.output.say("Sending is held from here on.")
            # Until then a worker may go by what it has read before.
            time.sleep(_KNOWN_FOR)

    def _take_in(self, archive: Path, made: Conversion) -> dict[str, Any]:
        """Have the archive taken in; the import as it has ended."""
        began = time.monotonic()
        ended = self._imported(archive, {"secrets": made.secrets} if made.secrets else {})
        rate = _rate(sum(made.records.values()), began, "records")
        self._session.output.say(f"{taking.told(ended['progress'])}, in {rate}")
        self.told["import"] = ended
        return ended

    def _imported(self, archive: Path, options: dict[str, Any]) -> dict[str, Any]:
        """An import of the archive: one that was broken off, if there is one."""
        try:
            return self._import(archive, options)
        except LeftError as left:
            raise LeftError(f"{left.message}\n{_GOES_ON}") from None

    def _import(self, archive: Path, options: dict[str, Any]) -> dict[str, Any]:
        for one in self._earlier:
            if one["status"] == "running":
                self._session.output.say(f"Going on with the import {one['id']}.")
                return taking.wait(self._session, str(one["id"]))
            if one["status"] in ("awaiting_upload", "inspected"):
                try:
                    return taking.take(self._session, str(one["id"]), options)
                except RefusedError as error:
                    if error.http != 409:
                        raise
        return taking.take(self._session, str(taking.give(self._session, archive, "archive")["id"]), options)

    def _rejected(self, ended: dict[str, Any]) -> list[dict[str, Any]]:
        """The records that were not taken in, as the result of the import has them."""
        if not ended["progress"]["rejected"]:
            return []
        lines = self._folder / "result.jsonl"
        download(self._session.client.get(f"/v1/imports/{ended['id']}/result"), lines, self._session.output)
        with lines.open(encoding="utf-8") as file:
            rejected = [one for line in file if (one := json.loads(line))["status"] == "rejected"]
        report.show_rejected(self._session.output, rejected)
        self.told["rejected"] = rejected[:_SHOWN]
        return rejected

    def _tell_of_sending(self) -> None:
        state = self._session.client.get("/v1/sending")
        self.told["sending"] = state
        if state["held"]:
            self._session.output.say("\nSending is held. When all is as it should be: retention sending release")

    # --- comparing -----------------------------------------------------------------------------------------------

    def _compare(self, made: Conversion, ended: dict[str, Any], stayed: list[dict[str, Any]]) -> int:
        """Export the account and compare it with the file; how many differences there are."""
        began, total = time.monotonic(), sum(tally.read for tally in made.tallies.values())
        try:
            result = self._compared(made, ended, stayed, total)
        except (KeyboardInterrupt, LeftError):
            raise LeftError(f"All of it was taken in; only the comparison was broken off.\n{_GOES_ON}") from None
        report.show_verification(self._session.output, result)
        self._session.output.say(f"compared in {_rate(total, began)}")
        self.told["verification"] = result.as_json()
        return result.differences

    def _compared(
        self, made: Conversion, ended: dict[str, Any], stayed: list[dict[str, Any]], total: int
    ) -> Verification:
        account = Account(self._exported(), self._folder / "account.sorting")
        try:
            with self._session.output.progress("Comparing") as tell:
                return verify(
                    self._source,
                    account,
                    made.findings.listed,
                    stayed={(str(one.get("kind")), str(one.get("id"))) for one in stayed},
                    since=min(str(one["createdAt"]) for one in (*self._earlier, ended)),
                    tell=lambda done: tell(done, total),
                )
        finally:
            account.close()

    def _exported(self) -> Path:
        """The account as an archive. None of it stays with the service, however this ends, once its id is known."""
        client, archive = self._session.client, self._folder / "account.zip"
        path = f"/v1/exports/{client.post('/v1/exports', {'kind': 'archive'})['id']}"
        try:
            export = making.wait(self._session, path.rpartition("/")[2])
            download(client.get(f"{path}/file"), archive, self._session.output, sha256=export.get("sha256"))
        finally:
            with suppress(CommandError):
                client.ask("DELETE", path)
        return archive


def _named(archive: Path) -> Path:
    """An archive by the name under which an import of it is found again."""
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return archive.rename(archive.with_name(_NAMED.format(digest=digest[:_DIGITS])))


def _rate(count: int, began: float, unit: str = "rows") -> str:
    seconds = max(time.monotonic() - began, 0.001)
    return f"{seconds:,.1f} s ({count / seconds:,.0f} {unit}/s)"
