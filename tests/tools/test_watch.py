"""A changed source file is noticed."""

import os
from pathlib import Path

from tools.stack.watch import changes, times


def test_a_new_a_changed_and_a_removed_file_are_changes(tmp_path: Path) -> None:
    for name in ("kept.py", "changed.py", "removed.py"):
        (tmp_path / name).write_text("")
    before = times([tmp_path])
    os.utime(tmp_path / "changed.py", ns=(1, 1))
    (tmp_path / "removed.py").unlink()
    (tmp_path / "new.py").write_text("")

    assert changes(before, times([tmp_path])) == [
        str(tmp_path / name) for name in ("changed.py", "new.py", "removed.py")
    ]


def test_what_python_writes_by_itself_is_no_change(tmp_path: Path) -> None:
    before = times([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "module.cpython-311.pyc").write_text("")
    (tmp_path / ".module.py.swp").write_text("")

    assert changes(before, times([tmp_path])) == []
