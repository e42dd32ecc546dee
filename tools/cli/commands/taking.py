"""What all imports do alike: give a file, have it looked through, have it taken in, and watch."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from tools.cli.client import RefusedError, segment
from tools.cli.exits import DONE, PARTLY, BadInputError, CommandError, LeftError
from tools.cli.files import checked, download, upload
from tools.cli.session import Session

#: Statuses of an import that has ended.
OVER: Final = frozenset({"succeeded", "failed", "cancelled"})
#: What of the progress is shown, in this order.
COUNTS: Final = ("created", "updated", "unchanged", "skipped", "rejected")


def give(session: Session, path: Path, kind: str, format: str | None = None) -> dict[str, Any]:
    """Put a file where an import takes it from; the import.

    Raises:
        BadInputError, RefusedError, UnreachableError
    """
    checked(path)
    asked = {"kind": kind, "fileName": path.name, **({"format": format} if format else {})}
    made: dict[str, Any] = session.client.post("/v1/imports", asked)
    upload(path, made.pop("upload"), session.output)
    return made


def seen_to(result: Path | None, given: Path) -> None:
    """See that the result of an import has a place before anything is changed.

    Raises:
        BadInputError: it would replace the very file that is given, or its folder is not there.
    """
    if result is None:
        return
    if result.exists() and given.exists() and result.samefile(given):
        raise BadInputError(f"{result} is the file that is taken in: give another name for the result.")
    if not result.absolute().parent.is_dir():
        raise BadInputError(f"There is no folder {result.parent}.")


def inspect(session: Session, import_id: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What would become of the file; the import with its inspection.

    Raises:
        BadInputError: the file cannot be understood.
        RefusedError, UnreachableError
    """
    session.client.post(f"{_path(import_id)}/inspect", dict(options))
    with session.output.progress("Looking through it") as tell:
        seen = _watch(session, import_id, {"inspected", *OVER}, tell)
    if seen["status"] != "inspected":
        raise BadInputError(f"The file cannot be taken in: {seen.get('error') or seen['status']}", code="unusable_file")
    return seen


def take(session: Session, import_id: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Take the file in and wait for the end; the import as it is then.

    Raises:
        LeftError: the user does not wait any longer; it goes on.
        RefusedError, UnreachableError
    """
    session.client.post(f"{_path(import_id)}/start", dict(options))
    return wait(session, import_id)


def wait(session: Session, import_id: str) -> dict[str, Any]:
    """Wait for the end of an import that runs.

    Raises:
        LeftError: the user does not wait any longer; it goes on.
    """
    try:
        with session.output.progress("Taking it in") as tell:
            return _watch(session, import_id, OVER, tell)
    except KeyboardInterrupt:
        raise LeftError(
            f"The import goes on without you.\n"
            f"  retention imports wait {import_id}     watch it again\n"
            f"  retention imports cancel {import_id}   stop it; what was taken in stays"
        ) from None


def _watch(session: Session, import_id: str, ends: Any, tell: Any) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        seen: dict[str, Any] = session.client.get(_path(import_id))
        tell(seen["progress"]["done"], seen["progress"].get("total"))
        return seen

    return session.until(look, lambda seen: seen["status"] in ends)


def discard(session: Session, import_id: str) -> None:
    """Remove a file that is not to be taken in; one that is still being looked at goes by itself, in a week."""
    with suppress(RefusedError):
        session.client.ask("DELETE", _path(import_id))


def decide(
    session: Session,
    import_id: str,
    look: Callable[[], tuple[dict[str, Any], Mapping[str, Any]]],
    show: Callable[[Any], None],
    question: str,
    *,
    dry_run: bool,
    yes: bool,
    result: Path | None,
) -> int:
    """Have a file looked through, show what would become of it, and take it in if that is wanted; the exit status.

    Args:
        look: the import after a look, and the options that it is to be taken in with.

    Raises:
        BadInputError: the file cannot be understood, or there is nobody to ask.
        CommandError, LeftError, RefusedError, UnreachableError
    """
    try:
        looked, options = look()
        show(looked["inspection"])
        if dry_run:
            discard(session, import_id)
            session.output.result(looked)
            return PARTLY if looked["inspection"]["rejected"] else DONE
        agreed = session.output.confirm(question, yes=yes)
    except (BadInputError, click.Abort, KeyboardInterrupt):
        discard(session, import_id)
        raise
    if not agreed:
        discard(session, import_id)
        session.output.say("Nothing was changed.")
        session.output.result({**looked, "status": "cancelled"})
        return PARTLY
    return finish(session, take(session, import_id, options), result)


def finish(session: Session, ended: Mapping[str, Any], result: Path | None) -> int:
    """Tell how an import ended, get its result file where that is wanted; the exit status.

    Raises:
        CommandError: it failed.
    """
    import_id, progress = ended["id"], ended["progress"]
    if ended["status"] == "failed":
        session.output.say(told(progress))
        hint = f"What there is to see of it: retention imports show {import_id}"
        raise CommandError(f"The import failed: {ended.get('error')}", hint=hint, code="import_failed")
    if result is not None:
        get_result(session, import_id, result)
    session.output.say(told(progress))
    session.output.result(ended)
    if ended["status"] == "cancelled":
        session.output.warn("The import was cancelled; what was taken in before stays.")
        return PARTLY
    if progress["rejected"]:
        if result is None:
            session.output.warn(f"Why rows were rejected: retention imports result {import_id} -o result.jsonl")
        return PARTLY
    return DONE


def get_result(session: Session, import_id: str, to: Path) -> int:
    """Get the file with a line for each row; its size in bytes."""
    size = download(session.client.get(f"{_path(import_id)}/result"), to, session.output)
    session.output.say(f"{to}: a line for each row, {size:,} bytes")
    return size


def told(progress: Mapping[str, Any]) -> str:
    """How far it is, in a line."""
    counts = [f"{progress.get(name, 0):,} {name}" for name in COUNTS if progress.get(name) or name == "created"]
    return f"{progress['done']:,} rows: {', '.join(counts)}"


def show_errors(session: Session, errors: list[dict[str, Any]]) -> None:
    """The first errors of an inspection."""
    if errors:
        rows = [(one.get("row"), one.get("kind"), one.get("pointer"), one.get("detail")) for one in errors]
        kinds = any(kind for _, kind, _, _ in rows)
        shown = rows if kinds else [(row, pointer, detail) for row, _, pointer, detail in rows]
        columns = ("row", "kind", "field", "what is wrong") if kinds else ("row", "field", "what is wrong")
        session.output.table(columns, shown, title="\nThe first errors:")


def _path(import_id: str) -> str:
    return f"/v1/imports/{segment(import_id)}"
