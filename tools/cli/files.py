"""Files go up and come down by signed links, whatever their size, as streams."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import urllib3
from urllib3.exceptions import HTTPError

from tools.cli.client import TIMEOUT, TRIES, pool, trying
from tools.cli.exits import BadInputError, CommandError, UnreachableError
from tools.cli.output import Output

#: Bytes that S3 takes in one request. Source: S3 user guide, "Uploading objects".
LARGEST: Final = 5 * 1024**3
_PIECE: Final = 256 * 1024


def checked(path: Path) -> Path:
    """A file that can be given.

    Raises:
        BadInputError: there is none, it is no file, cannot be read, is empty or too large.
    """
    if not path.exists():
        raise BadInputError(f"There is no file {path}.", code="no_file")
    if not path.is_file():
        raise BadInputError(f"{path} is no file.", code="no_file")
    if not os.access(path, os.R_OK):
        raise BadInputError(f"{path} may not be read by you.", code="no_file")
    size = path.stat().st_size
    if size == 0:
        raise BadInputError(f"{path} is empty.", code="empty_file")
    if size > LARGEST:
        raise BadInputError(f"{path} is larger than 5 GB: split it.", code="file_too_large")
    return path


def _told(file: BinaryIO, tell: Callable[[int], object]) -> Iterator[bytes]:
    """A file in pieces; tells how far it was read."""
    while piece := file.read(_PIECE):
        yield piece
        tell(file.tell())


def upload(path: Path, link: Mapping[str, Any], output: Output) -> None:
    """Put a file where a link says.

    Raises:
        UnreachableError: the store does not answer, or refuses.
    """
    size = path.stat().st_size
    headers = {**link["headers"], "Content-Length": str(size)}
    connections = pool(link["url"])
    with path.open("rb") as file, output.progress(f"Uploading {path.name}", unit="bytes") as tell:

        def send() -> urllib3.BaseHTTPResponse:
            file.seek(0)
            return connections.request(
                link["method"],
                link["url"],
                body=_told(file, lambda done: tell(done, size)),
                headers=headers,
                retries=False,
                timeout=TIMEOUT,
            )

        response = trying(send, "The store for files")
    if response.status >= 300:
        raise UnreachableError(_refusal("take", response), code="upload_refused")


def download(link: Mapping[str, Any], to: Path, output: Output, *, sha256: str | None = None) -> int:
    """Get a file; it is there whole, or not at all, and for its owner alone. A broken line goes on where it broke.

    Returns:
        Its size in bytes.

    Raises:
        BadInputError: it cannot be written there.
        UnreachableError: the store does not answer, or refuses.
        CommandError: what came is not what was made.
    """
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with _private(draft) as file, output.progress(f"Downloading {to.name}", unit="bytes") as tell:
            _fetch(link, file, tell)
        if sha256 is not None and (found := _digest(draft)) != sha256:
            raise CommandError(f"The file came damaged: its SHA-256 is {found}, not {sha256}.", hint="Get it again.")
        draft.replace(to)
    except OSError as error:
        raise BadInputError(f"{to} cannot be written: {error.strerror}.", code="not_writable") from None
    finally:
        draft.unlink(missing_ok=True)
    return to.stat().st_size


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else can read: what comes down is about people."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _fetch(link: Mapping[str, Any], file: BinaryIO, tell: Callable[[int, int | None], object]) -> None:
    connections = pool(link["url"])
    total: int | None = None
    for attempt in range(TRIES):
        start = file.tell()
        headers = {**link["headers"], **({"Range": f"bytes={start}-"} if start else {})}
        response = trying(
            lambda headers=headers: connections.request(  # type: ignore[misc]
                "GET", link["url"], headers=headers, retries=False, timeout=TIMEOUT, preload_content=False
            ),
            "The store for files",
        )
        try:
            if response.status not in (200, 206):
                response.read()
                raise UnreachableError(_refusal("give", response), code="download_refused")
            if response.status == 200 and start:
                file.seek(0)
                file.truncate()
            if total is None and (length := response.headers.get("Content-Length", "")).isdigit():
                total = int(length)
            for piece in response.stream(_PIECE):
                file.write(piece)
                tell(file.tell(), total)
        except HTTPError:
            time.sleep(min(2**attempt, 20))
        else:
            return
        finally:
            response.release_conn()
    raise UnreachableError("The store for files broke off too often.", hint="Try again later: nothing is lost.")


def _refusal(what: str, response: urllib3.BaseHTTPResponse) -> str:
    said = response.data.decode("utf-8", "replace")
    code = said.partition("<Code>")[2].partition("</Code>")[0]
    if code == "AccessDenied" and "expired" in said.lower():
        return "The link is too old: begin again."
    return f"The store for files does not {what} it: {response.status} {code}".rstrip() + "."


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(document: Any, to: Path) -> None:
    """A document as a file, whole or not at all, for its owner alone.

    Raises:
        BadInputError: it cannot be written there.
    """
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with _private(draft) as file:
            file.write(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n".encode())
        draft.replace(to)
    except OSError as error:
        raise BadInputError(f"{to} cannot be written: {error.strerror}.", code="not_writable") from None
    finally:
        draft.unlink(missing_ok=True)
