"""What is generated is current, and versions agree."""

import re
import tomllib

import pytest

from api.conventions import VERSION
from tests.house.source import ROOT
from tools.docs.__main__ import REFERENCE, pages
from tools.docs.table_reference import DELETE_RULES


@pytest.mark.parametrize("name", ["api.md", "table.md", "openapi.json"])
def test_the_reference_says_what_the_code_says(name: str) -> None:
    path = REFERENCE / name

    assert path.read_text(encoding="utf-8") == pages()[path], "run `make docs`"


def test_the_api_has_the_version_of_the_project_and_of_the_change_log() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    logged = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert project == VERSION
    assert logged is not None
    assert logged[1] == VERSION


def test_the_reference_has_the_seventeen_delete_rules_each_once() -> None:
    assert len({(child, parent) for child, parent, _, _ in DELETE_RULES}) == len(DELETE_RULES) == 17
