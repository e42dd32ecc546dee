"""Shows that a long measurement goes on: in place on a terminal, line by line anywhere else."""

import os
import sys
import time
from typing import Final, TextIO

#: Seconds between two lines where nothing can be shown in place, and between two changes where it can.
PAUSE: Final = 10.0
BLINK: Final = 0.1


class Progress:
    """Where a measurement is seen while it runs: what it says goes where results do not."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._shown = ""
        self._at = 0.0

    def show(self, what: str, detail: str = "") -> None:
        """Show what is done now, and how far it is."""
        now = time.monotonic()
        if what == self._shown and now - self._at < (BLINK if self._live else PAUSE):
            return
        line = f"{what} {detail}".rstrip()
        self._out.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
        self._out.flush()
        self._shown, self._at = what, now

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._live:
            self._out.write("\r\x1b[K")
            self._out.flush()
        self._shown = ""
