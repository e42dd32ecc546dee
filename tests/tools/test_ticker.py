"""While the clock is not the machine's, the dispatcher is called by that clock."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.tools.sandbox.asking import Receiver, running_receiver
from tools.stack import ticker
from tools.stack.clock import ANCHOR, FileClock, held_pace, set_pace


@contextmanager
def ticking(folder: Path) -> Iterator[Receiver]:
    """A ticker by the anchor in the folder; what it calls is received."""
    stop = threading.Event()
    with running_receiver() as receiver:
        arguments = (receiver.url, "dispatcher", FileClock(folder / ANCHOR), stop)
        thread = threading.Thread(target=ticker.tick, args=arguments, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            stop.set()
            thread.join()


def events(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    got = receiver.wait_for(count)
    assert {one.path for one in got} == {"/2015-03-31/functions/dispatcher/invocations"}
    return [json.loads(one.body) for one in got]


def test_a_clock_that_goes_fast_ticks_each_second_in_its_own_time(tmp_path: Path) -> None:
    with held_pace(tmp_path / ANCHOR, 3600), ticking(tmp_path) as receiver:
        first, second = events(receiver, 2)[:2]

    assert first["periodSeconds"] == second["periodSeconds"] == 1
    between = datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])
    # About an hour of the clock in about a second of the machine, and more on one that is slow.
    assert between > timedelta(minutes=20)


def test_a_clock_that_is_only_ahead_ticks_each_minute(tmp_path: Path) -> None:
    set_pace(tmp_path / ANCHOR, 1)

    with ticking(tmp_path) as receiver:
        (first,) = events(receiver, 1)

    assert first["periodSeconds"] == 60


def test_the_machines_own_clock_needs_no_ticks(tmp_path: Path) -> None:
    # It looks at the clock again and again; once there is an anchor, it ticks.
    with ticking(tmp_path) as receiver, held_pace(tmp_path / ANCHOR, 3600):
        told = [one["periodSeconds"] for one in events(receiver, 1)]

    assert told[0] == 1
