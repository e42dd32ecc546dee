"""Shows progress: in place on a terminal, line by line anywhere else."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, TextIO

from tools.demo.watching import Progress, Step

#: What the channels are called.
NAMES: Final = {"SMS": "SMS", "EMAIL": "e-mail", "CALL": "call"}
#: Cells of a full bar.
BAR: Final = 34
#: Seconds between two lines where nothing can be shown in place.
PAUSE: Final = 5.0


class Screen:
    """Where the demonstration is seen."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._live = out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._colours = self._live and "NO_COLOR" not in os.environ
        full, empty = ("█", "░") if "utf" in (out.encoding or "").lower() else ("#", ".")
        self._full, self._empty = full, empty
        self._lines = 0
        self._said = 0.0
        self._last = ""

    def say(self, text: str = "") -> None:
        """Show text that stays."""
        print(text, file=self._out, flush=True)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Progress is shown within the block; the cursor is out of the way."""
        if self._live:
            self._out.write("\x1b[?25l")
        try:
            yield
        finally:
            if self._live:
                self._out.write("\x1b[?25h")
            self._out.flush()

    def show(self, progress: Progress) -> None:
        """Show how far everything is, in the place of what was shown before."""
        if not self._live:
            return self._tell(progress)
        width = shutil.get_terminal_size().columns - 1
        head = f"  {self.bold(_clock(progress.now))}{_elapsed(progress)}"
        tail = self.dim(f"{progress.pace:,.0f} times as fast as usual" if progress.pace > 1 else "in real time")
        lines = ["", f"{head}   {tail}", ""]
        lines += [self._step(place, step) for place, step in enumerate(progress.steps, 1)]
        lines += ["", f"  {_books(progress)}", f"  {_visits(progress)}", ""]
        if self._lines:
            self._out.write(f"\x1b[{self._lines}A")
        # Cut to the width: a line that wraps would shift everything.
        self._out.write("".join(f"\x1b[2K{_cut(line, width)}\n" for line in lines))
        self._out.flush()
        self._lines = len(lines)
        return None

    def bold(self, text: str) -> str:
        """Text that stands out."""
        return f"\x1b[1m{text}\x1b[0m" if self._colours else text

    def dim(self, text: str) -> str:
        """Text that steps back."""
        return f"\x1b[2m{text}\x1b[0m" if self._colours else text

    def good(self, text: str) -> str:
        """Text that is good news."""
        return f"\x1b[32m{text}\x1b[0m" if self._colours else text

    def bad(self, text: str) -> str:
        """Text that is bad news."""
        return f"\x1b[1;31m{text}\x1b[0m" if self._colours else text

    def _tell(self, progress: Progress) -> None:
        line = ", ".join(_words(step) for step in progress.steps)
        now = time.monotonic()
        if line == self._last or (now - self._said < PAUSE and not progress.is_over):
            return
        self._last, self._said = line, now
        self.say(f"  {_clock(progress.now)}  {line}")

    def _step(self, place: int, step: Step) -> str:
        done = step.sent + step.failed + step.spared
        total = done + step.waiting + step.to_come
        cells = round(BAR * done / total) if total else 0
        bar = self.good(self._full * cells) + self.dim(self._empty * (BAR - cells))
        notes = [f"{step.sent:4} sent"]
        if step.spared:
            notes.append(self.dim(f"{step.spared} left in peace"))
        if step.failed:
            notes.append(self.bad(f"{step.failed} failed"))
        if step.waiting:
            notes.append(f"{step.waiting} waiting")
        elif step.to_come:
            notes.append(self.dim(f"{step.to_come} to come"))
        return f"  {place}  {NAMES[step.channel]:7} {bar} {'   '.join(notes)}"


def _clock(at: datetime) -> str:
    return at.strftime("%a %d %b %H:%M")


def _elapsed(progress: Progress) -> str:
    hours = int((progress.now - progress.began).total_seconds() // 3600)
    return f"   {hours // 24} d {hours % 24:2} h later"


def _books(progress: Progress) -> str:
    twice = f"{progress.twice} of them twice" if progress.twice else "none of them twice"
    return f"The sandbox has accepted {progress.accepted} messages, {twice}."


def _visits(progress: Progress) -> str:
    return f"Its people have followed {progress.clicks} links to the end and bought {progress.sales} times."


def _words(step: Step) -> str:
    parts = {"sent": step.sent, "left in peace": step.spared, "failed": step.failed, "waiting": step.waiting}
    parts["to come"] = step.to_come
    shown = [f"{count} {name}" for name, count in parts.items() if count or name == "sent"]
    return f"{NAMES[step.channel]} {' '.join(shown)}"


def _cut(line: str, width: int) -> str:
    """A line without what does not fit; escape sequences take no room."""
    shown, at = 0, 0
    while at < len(line):
        if line[at] == "\x1b":
            at = line.index("m", at) + 1
            continue
        if shown == width:
            return line[:at] + "\x1b[0m"
        shown, at = shown + 1, at + 1
    return line
