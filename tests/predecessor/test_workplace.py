"""What is made on the way is everybody's data: nobody else reads it, and it goes, also when its maker was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.cli.exits import BadInputError
from tools.predecessor import workplace as places
from tools.predecessor.workplace import workplace
from tools.stack.places import ROOT

#: Makes a place with a file in it, says where, and waits to be killed.
MAKER = """
from tools.predecessor.workplace import workplace
with workplace() as place:
    (place / "account.zip").write_text("everybody")
    print(place, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system keeps what is temporary."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_nobody_else_reads_there_and_it_goes_with_the_command(temporary: Path) -> None:
    places.root().mkdir(mode=0o755)
    with workplace() as place:
        assert [one.stat().st_mode & 0o077 for one in (place, place.parent)] == [0, 0]
        assert place.is_relative_to(temporary)
        (place / "account.zip").write_text("everybody")
    assert not place.exists()


def test_what_a_killed_command_left_goes_with_the_next_and_what_another_has_stays() -> None:
    command = [sys.executable, "-c", MAKER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout is not None
        left = Path(maker.stdout.readline().strip())
        with workplace() as place:
            assert (left / "account.zip").exists(), "somebody works there"
        maker.kill()
        maker.wait()
    assert (left / "account.zip").exists()

    with workplace() as place:
        assert not left.exists()
        assert place.exists()


def test_a_place_that_somebody_else_has_made_is_not_used(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    places.root().symlink_to(elsewhere)
    with pytest.raises(BadInputError, match="somebody else"), workplace():
        pass
    assert list(elsewhere.iterdir()) == []
