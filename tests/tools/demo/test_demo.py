"""The demonstration runs from end to end: each message is sent exactly once, and the clock is ordinary afterwards."""

import io
from pathlib import Path

import pytest

from tools.demo.__main__ import demonstrate
from tools.demo.screen import Screen
from tools.stack.clock import ANCHOR, FileClock
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("demo")]


def test_every_lead_gets_every_message_once(tmp_path: Path) -> None:
    out = io.StringIO()

    with running_stack(state_dir=tmp_path, enforce_roles=True) as running:
        good = demonstrate(Screen(out), running, tmp_path, count=5, pace=20_000)

    shown = out.getvalue()
    assert good, shown
    for name in ("SMS", "e-mail", "call"):
        assert f"{name} 5 sent" in shown
    assert "enrolled" in shown
    assert "completed" in shown
    assert FileClock(tmp_path / ANCHOR).pace == 1
