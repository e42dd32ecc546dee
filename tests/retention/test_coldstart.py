"""The collector stands still while modules are loaded, and still finds afterwards what goes round in circles."""

import gc
from collections.abc import Iterator
from weakref import WeakSet

import pytest

from retention import coldstart


class Circle:
    """Something that only the collector frees."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


@pytest.mark.usefixtures("collector")
def test_nothing_is_collected_until_all_is_loaded_and_circles_are_from_then_on() -> None:
    coldstart.begin()
    assert not gc.isenabled()

    coldstart.done()

    alive: WeakSet[Circle] = WeakSet()
    for _ in range(3 * coldstart.THRESHOLDS[0]):
        alive.add(Circle())
    assert len(alive) <= coldstart.THRESHOLDS[0]
