"""The demonstration runs from end to end: each message is sent exactly once, what comes back is heard, and the clock is
ordinary afterwards."""

import io
from pathlib import Path

import pytest

from tools.demo.__main__ import StuckError, demonstrate
from tools.demo.screen import Screen
from tools.demo.story import Api
from tools.stack.clock import ANCHOR, FileClock
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("demo")]


def test_every_message_is_sent_once_and_what_comes_back_is_heard(tmp_path: Path) -> None:
    out = io.StringIO()

    with running_stack(state_dir=tmp_path, enforce_roles=True) as running:
        api = Api(running.url, running.apiKey)
        api.send("POST", "/v1/sending/hold", {"reason": "moving in"})
        with pytest.raises(StuckError, match=r"held \(moving in\)"):
            demonstrate(Screen(out), running, tmp_path, count=5, pace=20_000)
        assert api.send("GET", "/v1/leads")["data"] == [], "nobody is enrolled for nothing"
        api.send("POST", "/v1/sending/release")
        good = demonstrate(Screen(out), running, tmp_path, count=5, pace=20_000)

    shown = out.getvalue()
    assert good, shown
    assert "SMS 5 sent" in shown
    for line in ("1 of 1  say STOP", "1 of 1  buy after the text", "1 of 1  answer the text", "Revenue 49.90 USD"):
        assert line in shown
    assert "left in peace" in shown
    assert "enrolled" in shown
    assert FileClock(tmp_path / ANCHOR).pace == 1
