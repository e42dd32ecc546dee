"""Only one local stack runs in a folder, and a dead one leaves nothing in the way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.stack import lock
from tools.stack.places import ROOT


def holder(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    code = f"from tools.stack import lock; import sys, pathlib; held = lock.take(pathlib.Path({str(path)!r}))\n"
    other = subprocess.Popen(
        [sys.executable, "-c", code + "print('held', flush=True); sys.stdin.read()"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def end(other: subprocess.Popen[str]) -> None:
    with other:
        other.kill()


def test_the_second_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    other = holder(tmp_path / "lock")
    try:
        with pytest.raises(lock.LockedError) as refused:
            lock.take(tmp_path / "lock")
        assert refused.value.holder == other.pid
    finally:
        end(other)


def test_a_killed_holder_gives_the_lock_back(tmp_path: Path) -> None:
    other = holder(tmp_path / "lock")
    os.kill(other.pid, signal.SIGKILL)
    end(other)

    with lock.take(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_an_orphan_that_stays_is_ended(tmp_path: Path) -> None:
    other = holder(tmp_path / "lock")
    try:
        with lock.take_from_orphan(tmp_path / "lock", grace=0.0):
            assert other.wait() == -signal.SIGKILL
    finally:
        end(other)
