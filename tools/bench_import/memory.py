"""What the processes of one function of the local stack hold, as the kernel tells it. Linux only; elsewhere nothing.

Source: proc(5), /proc/pid/status (VmRSS, in kB) and /proc/pid/environ.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final

_PROC: Final = Path("/proc")
#: Seconds between two looks.
LOOK: Final = 0.5


@dataclass
class Memory:
    """Megabytes that the largest process of a function held, look by look."""

    seen: list[float] = field(default_factory=list)

    def text(self) -> str:
        """At the beginning, at the end, and at most."""
        if not self.seen:
            return "-"
        # The first looks see a process that is still starting.
        tenth = max(1, len(self.seen) // 10)
        return f"{max(self.seen[:tenth]):.0f} / {max(self.seen[-tenth:]):.0f} / {max(self.seen):.0f}"


@contextmanager
def watched(function: str, table: str) -> Iterator[Memory]:
    """Look at the processes of a function of the stack with this table for as long as the block runs."""
    memory, stop = Memory(), Event()

    def look() -> None:
        while not stop.wait(LOOK):
            held = [megabytes for pid in _processes(function, table) if (megabytes := _resident(pid))]
            if held:
                memory.seen.append(max(held))

    thread = Thread(target=look, daemon=True, name="memory")
    thread.start()
    try:
        yield memory
    finally:
        stop.set()
        thread.join()


def _processes(function: str, table: str) -> Iterator[Path]:
    wanted = {f"POWERTOOLS_SERVICE_NAME={function}".encode(), f"TABLE_NAME={table}".encode()}
    for process in _PROC.glob("[0-9]*"):
        try:
            if wanted <= set((process / "environ").read_bytes().split(b"\0")):
                yield process
        except OSError:
            continue


def _resident(process: Path) -> float | None:
    try:
        status = (process / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    told = status.partition("VmRSS:")[2].split()
    return int(told[0]) / 1024 if told else None
