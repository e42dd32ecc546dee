"""A folder for what is made on the way. It holds everybody's data: it is its owner's alone, and goes with the command.

A command that was killed cannot remove it: the next one does, whichever file that is about. Who still works in a folder
holds its lock, which the system gives back when a process dies.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.cli.exits import BadInputError
from tools.stack.lock import LockedError, take

_LOCK: Final = "lock"


def root() -> Path:
    """Where the folders of this user are: where the system keeps what is temporary (TMPDIR)."""
    return Path(tempfile.gettempdir()) / f"retention-import-{os.getuid()}"


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder of its own within the block; those of dead commands are removed.

    Raises:
        BadInputError: there can be none.
    """
    above = root()
    try:
        _private(above)
        with (above / _LOCK).open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            _clean(above)
            place = Path(tempfile.mkdtemp(dir=above))
            held = take(place / _LOCK)
    except OSError as error:
        raise BadInputError(f"{above} cannot be used: {error.strerror}.", hint="TMPDIR names another place.") from None
    with held:
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _private(above: Path) -> None:
    """See that nobody else can read there, or has put it there."""
    above.mkdir(mode=0o700, exist_ok=True)
    found = above.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BadInputError(f"{above} belongs to somebody else.", hint="TMPDIR names another place.")
    above.chmod(0o700)


def _clean(above: Path) -> None:
    """Remove the folders in which nobody works any more."""
    for place in above.iterdir():
        if place.is_dir():
            try:
                held = take(place / _LOCK)
            except LockedError:
                continue
            with held:
                shutil.rmtree(place, ignore_errors=True)
