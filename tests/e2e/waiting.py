"""Waiting for what is to happen by itself, on a stack that runs on the real clock."""

import time
from collections.abc import Callable
from typing import Any

#: Seconds after which something that is to happen by itself has not happened.
PATIENCE = 90


def wait_until(what: Callable[[], Any], pause: float = 0.2) -> Any:
    """Ask again and again until the answer is one.

    Args:
        pause: seconds between two questions; few of them for what does not last.
    """
    until = time.monotonic() + PATIENCE
    while not (answer := what()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(pause)
    return answer
