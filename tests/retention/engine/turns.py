"""Two workers that take turns: a scheduler that lets one run to its next boundary, then decides who goes on.

Each worker has a thread of its own, but only one of them ever runs: the same schedule gives the same story each time.
"""

import threading
from collections.abc import Callable, Sequence

from tests.retention.engine.world import World


class Turns:
    """Runs some work side by side by a schedule."""

    def __init__(self, world: World, *work: Callable[[], object]) -> None:
        self._world = world
        self._may_run = [threading.Semaphore(0) for _ in work]
        self._has_stopped = threading.Semaphore(0)
        self._ended = [False for _ in work]
        self._errors: list[BaseException] = []
        self._local = threading.local()
        self._threads = [
            threading.Thread(target=self._run, args=(number, one), daemon=True) for number, one in enumerate(work)
        ]

    def _run(self, number: int, work: Callable[[], object]) -> None:
        self._local.number = number
        self._may_run[number].acquire()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self._errors.append(error)
        self._ended[number] = True
        self._has_stopped.release()

    def _boundary(self, _: str) -> None:
        """Stop at a boundary until it is this one's turn again. Others than the workers pass."""
        number = getattr(self._local, "number", None)
        if number is not None:
            self._has_stopped.release()
            self._may_run[number].acquire()

    def play(self, schedule: Sequence[int | Callable[[], object]]) -> None:
        """Let whoever is named run to its next boundary, one after the other; then all to their ends, in order.

        What is no number is done between two turns, while everybody stands still.
        """
        with self._world.watching(self._boundary):
            for thread in self._threads:
                thread.start()
            for turn in schedule:
                if callable(turn):
                    turn()
                elif not self._ended[turn]:
                    self._go_on(turn)
            for number in range(len(self._threads)):
                while not self._ended[number]:
                    self._go_on(number)
        if self._errors:
            raise self._errors[0]

    def _go_on(self, number: int) -> None:
        self._may_run[number].release()
        self._has_stopped.acquire()
