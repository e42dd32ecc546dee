"""Progress moves in place on a terminal, and comes line by line anywhere else."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from tools.demo.screen import Screen
from tools.demo.watching import Progress, Step

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def progress(sent: int, *, is_over: bool = False) -> Progress:
    steps = (Step("SMS", sent, 1, 99 - sent, 0), Step("EMAIL", 0, 0, 0, 100))
    return Progress(BEGAN + timedelta(hours=27), 3600, BEGAN, 12.0, steps, sent, 0, is_over)


def test_a_pipe_gets_a_line_when_something_has_changed() -> None:
    out = io.StringIO()
    screen = Screen(out)

    screen.show(progress(10))
    screen.show(progress(10, is_over=True))
    screen.show(progress(99, is_over=True))

    assert out.getvalue().splitlines() == [
        "  Tue 03 Mar 12:00  SMS 10 sent 1 failed 89 waiting, e-mail 0 sent 100 to come",
        "  Tue 03 Mar 12:00  SMS 99 sent 1 failed, e-mail 0 sent 100 to come",
    ]


def test_a_terminal_shows_each_state_in_the_place_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    out = Terminal()
    screen = Screen(out)

    screen.show(progress(10))
    first = out.getvalue()
    screen.show(progress(50))

    lines = first.count("\n")
    assert out.getvalue()[len(first) :].startswith(f"\x1b[{lines}A")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    assert max(map(len, plain.splitlines())) < 60
    assert "█" in plain


def test_a_dumb_terminal_gets_no_escape_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    screen = Screen(out)

    with screen.moving():
        screen.show(progress(10))
        screen.say(screen.good("good"))

    assert "\x1b" not in out.getvalue()
