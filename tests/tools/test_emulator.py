"""The stand-in for AWS starts, keeps its state and leaves nothing behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tools.stack.aws import client
from tools.stack.emulator import Emulator, running_emulator
from tools.stack.ports import free_port, is_free

#: Seconds that something may take to come about before the test fails.
PATIENCE = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "it did not come about"
        time.sleep(0.05)


def started(folder: Path) -> Emulator:
    emulator = Emulator(free_port(), log=folder / "logs" / "aws.log", state=folder / "state")
    emulator.wait_until_ready()
    return emulator


def snapshots(folder: Path) -> list[str]:
    return [entry.name for entry in (folder / "state").iterdir() if entry.name.isdigit()]


def test_nobody_answers_once_it_has_stopped() -> None:
    with running_emulator() as endpoint:
        client("sqs", endpoint).create_queue(QueueName="first")

    assert is_free(int(endpoint.rsplit(":", 1)[1]))


def test_the_state_is_there_again_after_a_stop(tmp_path: Path) -> None:
    first = started(tmp_path)
    client("sqs", first.endpoint).create_queue(QueueName="first")
    first.stop()

    second = started(tmp_path)
    try:
        client("sqs", second.endpoint).get_queue_url(QueueName="first")
    finally:
        second.stop()


def test_the_state_of_a_few_seconds_ago_survives_a_kill(tmp_path: Path) -> None:
    first = started(tmp_path)
    client("sqs", first.endpoint).create_queue(QueueName="first")
    until(lambda: snapshots(tmp_path) != [])
    os.kill(first.process.pid, signal.SIGKILL)
    first.stop()

    second = started(tmp_path)
    try:
        client("sqs", second.endpoint).get_queue_url(QueueName="first")
    finally:
        second.stop()


def test_it_saves_and_leaves_when_its_parent_is_gone(tmp_path: Path) -> None:
    emulator = started(tmp_path)
    client("sqs", emulator.endpoint).create_queue(QueueName="first")
    assert emulator.process.stdin is not None
    # What the system does with our end of the pipe when we are killed.
    emulator.process.stdin.close()

    assert emulator.process.wait(PATIENCE) == 0
    assert snapshots(tmp_path) != []
    emulator.stop()
