"""One local stack at a time: locks that the system gives back by itself when their holders die."""

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

#: Seconds that a stand-in whose parent was killed gets to save its state before it is ended.
ORPHAN_GRACE = 20.0

#: Seconds between two tries to get the lock of such a stand-in.
POLL = 0.05


class LockedError(Exception):
    """Another process holds the lock; `holder` is its id, or None while it has not written it yet."""

    def __init__(self, holder: int | None) -> None:
        super().__init__(f"held by process {holder}")
        self.holder = holder


def take(path: Path, holder: int | None = None) -> IO[str]:
    """Takes the lock until the returned file, and every copy of it in child processes, is closed.

    Args:
        holder: process id to name as the holder; None for this process.

    Raises:
        LockedError: somebody else has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        written = file.read().strip()
        file.close()
        raise LockedError(int(written) if written.isdigit() else None) from None
    name_holder(file, holder or os.getpid())
    return file


def name_holder(file: IO[str], pid: int) -> None:
    """Writes into a lock file who holds it."""
    file.truncate(0)
    file.write(f"{pid}\n")
    file.flush()


def take_from_orphan(path: Path, grace: float = ORPHAN_GRACE) -> IO[str]:
    """Takes a lock whose holder may be a process without a parent: waits for it to leave, then ends its group.

    Args:
        grace: seconds to wait.
    """
    until = time.monotonic() + grace
    while True:
        try:
            return take(path)
        except LockedError as locked:
            if time.monotonic() > until and locked.holder is not None:
                # The lock is held, so the number is still its holder's and no stranger's.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(locked.holder, signal.SIGKILL)
        time.sleep(POLL)
