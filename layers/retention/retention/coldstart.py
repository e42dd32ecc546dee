"""A shorter cold start: no garbage collection while modules are loaded, and little of it afterwards.

Loading makes hundreds of thousands of objects that all stay. The collector looks through them again and again and finds
nothing: a seventh of the api function's start, and a fifth of a worker's time, since what its first messages load is
looked through as well. Source: `gc.freeze` and `gc.set_threshold` in the Python library reference.
"""

import gc
from typing import Final

#: New objects until the youngest are looked through, and how often that is until the older ones are. Nearly all that
#: work leaves is freed without the collector: a chunk of 25 sends makes some ten thousand objects, and few circles.
THRESHOLDS: Final = (20_000, 20, 20)


def begin() -> None:
    """Before anything else is imported: collect no garbage."""
    gc.disable()


def done() -> None:
    """Everything is loaded: set it aside for good, and collect what comes from now on."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
