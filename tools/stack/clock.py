"""The clock of the local stack, which may be made to go fast for a while. For the local stack only.

A file, the anchor, says what time it was at some instant of the machine, how many times as fast as the machine's the
clock goes from there, and until when. Then it goes on at the machine's own pace: whoever wants it fast says so again
every second or so, and when that program ends, however it ends, time is ordinary again. The clock is never set back,
so it stays ahead afterwards. Without an anchor it is the machine's clock.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

#: Name of the anchor in the folder of the stack.
ANCHOR = "clock.json"

#: Seconds for which a pace is kept after it was said.
KEPT = 5.0

#: Seconds after which whoever holds a pace says it again.
RENEWED = 1.0


@dataclass(frozen=True)
class Anchor:
    """All in seconds; the first, second and last since the epoch."""

    machine: float
    clock: float
    pace: float
    until: float

    def at(self, machine: float) -> float:
        """What the clock shows at an instant of the machine, in seconds since the epoch."""
        fast = max(0.0, min(machine, self.until) - self.machine)
        return self.clock + fast * self.pace + max(0.0, machine - self.machine - fast)

    def pace_at(self, machine: float) -> float:
        """How fast the clock goes at an instant of the machine."""
        return self.pace if machine < self.until else 1.0


class FileClock:
    """Tells the time by an anchor; a clock in the sense of `retention.clock`."""

    def __init__(self, anchor: Path | str, machine: Callable[[], float] = time.time) -> None:
        self._path = os.fspath(anchor)
        self._machine = machine
        self._seen: tuple[int, int] | None = None
        self._anchor: Anchor | None = None
        self._latest = 0.0

    @property
    def pace(self) -> float:
        """Seconds of this clock in one of the machine's."""
        anchor = self._current()
        return 1.0 if anchor is None else anchor.pace_at(self._machine())

    @property
    def is_moved(self) -> bool:
        """Whether it shows anything else than the machine's clock."""
        return self._current() is not None

    def now(self) -> datetime:
        """The present instant in whole milliseconds; never before one that it told already."""
        anchor, machine = self._current(), self._machine()
        shown = machine if anchor is None else anchor.at(machine)
        # While an anchor is replaced, a clock that still goes by the old one may be ahead for a moment.
        self._latest = max(self._latest, shown)
        return datetime.fromtimestamp(int(self._latest * 1000) / 1000, UTC)

    def _current(self) -> Anchor | None:
        try:
            state = os.stat(self._path)
        except OSError:
            return self._anchor
        seen = (state.st_mtime_ns, state.st_ino)
        if seen != self._seen:
            self._anchor, self._seen = read(Path(self._path)), seen
        return self._anchor


def read(path: Path) -> Anchor | None:
    """The anchor in a file, or None where there is none."""
    try:
        return Anchor(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def set_pace(path: Path, pace: float, machine: Callable[[], float] = time.time) -> None:
    """Let the clock go at this pace from now on, for `KEPT` seconds of the machine. It goes on from what it shows."""
    now = machine()
    before = read(path)
    shown = now if before is None else before.at(now)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps(asdict(Anchor(now, shown, pace, now + KEPT))), encoding="utf-8")
    draft.replace(path)


@contextmanager
def held_pace(path: Path, pace: float) -> Iterator[None]:
    """The clock goes at this pace for as long as the block runs."""
    stop = Event()

    def renew() -> None:
        while not stop.wait(RENEWED):
            with suppress(OSError):
                set_pace(path, pace)

    set_pace(path, pace)
    thread = Thread(target=renew, daemon=True, name="pace")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        set_pace(path, 1.0)
