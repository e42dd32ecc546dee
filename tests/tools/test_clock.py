"""The clock of the local stack goes fast while somebody wants it to, and never back."""

from datetime import UTC, datetime
from pathlib import Path

from retention.clock import Clock
from tools.stack.clock import ANCHOR, KEPT, FileClock, held_pace, read, set_pace

START = 1_800_000_000.0


class Machine:
    """The machine's clock, moved by the test."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds


def shown(clock: Clock) -> float:
    return (clock.now() - datetime.fromtimestamp(START, UTC)).total_seconds()


def test_without_an_anchor_it_is_the_machines(tmp_path: Path) -> None:
    machine = Machine()
    clock = FileClock(tmp_path / ANCHOR, machine)

    machine.seconds += 1.2345

    assert (shown(clock), clock.pace, clock.is_moved) == (1.234, 1.0, False)


def test_it_goes_on_from_what_it_shows_at_each_pace(tmp_path: Path) -> None:
    machine, anchor = Machine(), tmp_path / ANCHOR
    clock = FileClock(anchor, machine)

    set_pace(anchor, 3600, machine)
    machine.seconds += 2
    assert (shown(clock), clock.pace, clock.is_moved) == (7200, 3600, True)
    set_pace(anchor, 60, machine)
    machine.seconds += 1
    assert (shown(clock), clock.pace) == (7260, 60)
    set_pace(anchor, 1, machine)
    machine.seconds += 10
    assert (shown(clock), clock.pace, clock.is_moved) == (7270, 1, True)


def test_a_pace_that_nobody_renews_ends_by_itself(tmp_path: Path) -> None:
    machine, anchor = Machine(), tmp_path / ANCHOR
    clock = FileClock(anchor, machine)
    set_pace(anchor, 100, machine)

    machine.seconds += KEPT + 30

    assert (shown(clock), clock.pace) == (KEPT * 100 + 30, 1)


def test_it_never_goes_back(tmp_path: Path) -> None:
    machine, anchor = Machine(), tmp_path / ANCHOR
    clock = FileClock(anchor, machine)
    set_pace(anchor, 3600, machine)
    machine.seconds += 2
    assert shown(clock) == 7200

    anchor.unlink()
    set_pace(anchor, 1, machine)

    assert shown(clock) == 7200


def test_a_new_process_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    machine, anchor = Machine(), tmp_path / ANCHOR
    set_pace(anchor, 3600, machine)
    machine.seconds += 2

    assert shown(FileClock(anchor, machine)) == 7200


def test_a_held_pace_ends_with_the_block(tmp_path: Path) -> None:
    anchor = tmp_path / ANCHOR
    clock = FileClock(anchor)

    with held_pace(anchor, 3600):
        assert clock.pace == 3600

    assert clock.pace == 1
    left = read(anchor)
    assert left is not None
    assert left.pace == 1


def test_an_anchor_that_is_none_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ANCHOR).write_text("{")

    assert FileClock(tmp_path / ANCHOR).pace == 1
