"""What commands about exports do alike: wait for a file that is made, and get it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.cli.client import segment
from tools.cli.exits import BadInputError, CommandError, LeftError
from tools.cli.files import download
from tools.cli.session import Session


def not_there(to: Path | None, *, force: bool) -> None:
    """See that nothing is replaced by mistake.

    Raises:
        BadInputError: a file is there already, or its folder is not.
    """
    if to is None:
        return
    if to.exists() and not force:
        raise BadInputError(f"{to} is there already.", hint="Give another name with -o, or --force to replace it.")
    if not to.absolute().parent.is_dir():
        raise BadInputError(f"There is no folder {to.parent}.")


def wait(session: Session, export_id: str) -> dict[str, Any]:
    """Wait until an export is made; the export.

    Raises:
        LeftError: the user does not wait any longer; it goes on.
        CommandError: it cannot be made.
    """

    def look() -> dict[str, Any]:
        seen: dict[str, Any] = session.client.get(f"/v1/exports/{segment(export_id)}")
        tell(seen["records"], None, "waits for its turn" if seen["status"] == "queued" else "")
        return seen

    try:
        with session.output.progress("Making the file", unit="records") as tell:
            made = session.until(look, lambda seen: seen["status"] in ("succeeded", "failed"))
    except KeyboardInterrupt:
        raise LeftError(
            f"The file is made without you; it is kept for a week.\n  retention exports get {export_id}"
        ) from None
    if made["status"] == "failed":
        raise CommandError(f"The file could not be made: {made.get('error')}", code="export_failed")
    return made


def get(session: Session, made: Mapping[str, Any], to: Path) -> None:
    """Get the file of an export, and see that it is the one that was made."""
    link = session.client.get(f"/v1/exports/{segment(str(made['id']))}/file")
    size = download(link, to, session.output, sha256=made.get("sha256"))
    session.output.say(f"{to}: {made['records']:,} records, {size:,} bytes")
