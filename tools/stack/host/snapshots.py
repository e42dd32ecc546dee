"""Saves the state every few seconds, because ministack alone saves on a clean stop only.

A snapshot is written by a forked child: it sees the memory as it was at one instant between two requests, and the
server goes on meanwhile. Each snapshot is a numbered folder that appears by one rename, so that a start after `kill -9`
finds the last complete one.
"""

import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from tools.stack.host.forgetting import forget
from tools.stack.host.limits import OPEN_FILES

#: Least seconds between two snapshots.
PERIOD = 3.0

#: A snapshot takes processor time that grows with the state; the next one waits for this many times as long.
REST = 5.0

#: Seconds after which a snapshot that is still being written counts as failed.
LIMIT = 120.0


class Snapshots:
    """The saved states in one folder, of which only the newest is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob("*.unfinished"):
            shutil.rmtree(unfinished, ignore_errors=True)
        self._number = max((int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()), default=0)
        self._changed = asyncio.Event()

    def environment(self) -> dict[str, str]:
        """What ministack must find in its environment to restore the newest snapshot."""
        return {"PERSIST_STATE": "1", "STATE_DIR": str(self._folder / str(self._number))}

    def take_over(self) -> None:
        """Keeps ministack from saving by itself on its way out, into the folder that it restored."""
        from ministack import app

        app.PERSIST_STATE = False

    def note_change(self) -> None:
        """Something may have changed: a snapshot is due."""
        self._changed.set()

    async def take_when_changed(self) -> None:
        """Takes snapshots until cancelled, never two at a time."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(PERIOD)
            self._changed.clear()
            began = time.monotonic()
            try:
                await self._take()
            except OSError as failure:
                print(f"snapshot failed: {failure!r}", file=sys.stderr, flush=True)
            await asyncio.sleep(REST * (time.monotonic() - began))

    def take_last(self) -> None:
        """Takes a snapshot here and now, when the server has stopped."""
        self._save()
        self._tidy()

    async def _take(self) -> None:
        child = self._fork()
        gone = 0
        try:
            async with asyncio.timeout(LIMIT):
                while not gone:
                    await asyncio.sleep(0.02)
                    gone, _ = os.waitpid(child, os.WNOHANG)
        finally:
            if not gone:
                # It hangs, or the last snapshot is about to be taken and this one would only delay it.
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            self._tidy()

    def _fork(self) -> int:
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            # Connections that the server closes must not stay open here; the log, number 2, is ours as well.
            os.closerange(3, OPEN_FILES)
            self._save()
            status = 0
        except Exception as failure:  # noqa: BLE001 - the server goes on whatever happened here, and the log says it
            print(f"snapshot failed: {failure!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)

    def _save(self) -> None:
        from ministack import app
        from ministack.core import persistence

        unfinished = self._folder / f"{self._number + 1}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        persistence.STATE_DIR = str(unfinished)
        if functions := sys.modules.get("ministack.services.lambda_svc"):
            # Code lies beside the state, under a path that was fixed when the module was imported.
            vars(functions)["CODE_BLOB_DIR"] = str(unfinished / "lambda-blobs")
        forget()
        persistence.save_all(app._build_persistence_save_dict())
        unfinished.rename(self._folder / str(self._number + 1))

    def _tidy(self) -> None:
        """Counts a published snapshot and removes the ones before it."""
        if (self._folder / str(self._number + 1)).exists():
            self._number += 1
        for entry in self._folder.iterdir():
            if entry.name.isdigit() and int(entry.name) < self._number:
                shutil.rmtree(entry, ignore_errors=True)
