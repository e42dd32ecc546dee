"""The ledger is kept: in order, over any end, and for whoever asks."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools.sandbox.asking import MESSAGES, Asking, until_true
from tools.sandbox.ledger import Entry
from tools.sandbox.running import Sandbox
from tools.stack.places import ROOT


@contextmanager
def process(folder: Path) -> Iterator[tuple[Asking, "subprocess.Popen[str]"]]:
    """The sandbox as a process of its own."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tools.sandbox", "--folder", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    try:
        yield Asking(running.stdout.readline().split()[1]), running
    finally:
        running.communicate(timeout=20)


def test_a_ledger_is_read_from_a_number_on(ask: Asking) -> None:
    for number in range(3):
        ask.text(f"+1202555010{number}")

    answer = ask.control("GET", "/ledger?since=1").json()

    assert [entry["number"] for entry in answer["entries"]] == [2, 3]
    assert answer["more"] is False
    assert ask.control("GET", "/ledger?since=x").status == 400


def test_after_a_reset_it_is_as_if_nothing_had_been(ask: Asking, sandbox: Sandbox) -> None:
    sandbox.faults({"kind": "reply"})
    ask.text()
    until_true(lambda: ask.text().status == 400)  # They have opted out.

    ask.control("POST", "/reset")

    assert sandbox.ledger() == []
    assert ask.control("GET", "").json()["accepted"] == {"twilio": 0, "sendgrid": 0, "vapi": 0}
    assert ask.text().status == 201
    assert [entry.number for entry in sandbox.ledger()] == [1]


def test_what_was_accepted_is_known_after_a_kill(tmp_path: Path) -> None:
    with process(tmp_path) as (ask, running):
        sid = ask.text("+12025550100").json()["sid"]
        key = ask.control("GET", "").json()["sendgridPublicKey"]
        running.kill()
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"number": 2, "prov')  # The kill came while it was being written.

    with process(tmp_path) as (ask, _):
        (listed,) = ask.twilio("GET", f"{MESSAGES}?To=%2B12025550100").json()["messages"]
        ask.mail()
        entries = [Entry.of(one) for one in ask.control("GET", "/ledger").json()["entries"]]
        assert ask.control("GET", "").json()["sendgridPublicKey"] == key

    assert (listed["sid"], listed["status"]) == (sid, "delivered")
    assert [(entry.number, entry.provider) for entry in entries] == [(1, "twilio"), (2, "sendgrid")]


def test_it_leaves_when_its_input_ends(tmp_path: Path) -> None:
    with process(tmp_path) as (_, running):
        assert running.stdin is not None
        running.stdin.close()
        assert running.wait(20) == 0
        running.stdin = None
