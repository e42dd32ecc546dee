"""Other programs find the running stack by its record."""

import json
from pathlib import Path

import pytest

from tools.stack import record

RECORD = record.Record(
    "http://127.0.0.1:4600", "rk_1_secret", "http://127.0.0.1:4601", "us-east-1", "table", "http://127.0.0.1:4602", 1
)


def test_the_record_has_the_address_and_the_key_under_their_names(tmp_path: Path) -> None:
    record.write(tmp_path / "stack.json", RECORD)

    written = json.loads((tmp_path / "stack.json").read_text())
    assert written["url"] == "http://127.0.0.1:4600"
    assert written["apiKey"] == "rk_1_secret"
    assert record.read(tmp_path / "stack.json") == RECORD


def test_only_this_user_can_read_the_key(tmp_path: Path) -> None:
    record.write(tmp_path / "stack.json", RECORD)

    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"url": "x"}'])
def test_a_file_that_is_no_record_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)

    assert record.read(tmp_path / "stack.json") is None


def test_a_missing_file_counts_as_none(tmp_path: Path) -> None:
    assert record.read(tmp_path / "stack.json") is None
