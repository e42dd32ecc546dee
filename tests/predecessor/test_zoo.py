"""Whatever a file holds, each row is in the archive or listed, and each value is as it was or listed."""

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.predecessor.converted import Converted
from tests.predecessor.files import database, first_release, sound, zoo
from tools.cli.exits import BadInputError
from tools.predecessor.converting import as_json
from tools.predecessor.ddl import SCHEMA
from tools.predecessor.findings import Findings
from tools.predecessor.shape import TABLES


@pytest.mark.parametrize("build", [sound, first_release, zoo])
def test_every_row_and_value_is_there_or_listed(tmp_path: Path, build: Any) -> None:
    converted = Converted(build(tmp_path / "dev.db"))
    for table, tally in converted.made.tallies.items():
        refused = [one for one in converted.listed(table) if one[2] == "refused"]
        assert tally.read == tally.imported + len(refused), table
    compared = converted.compared()
    assert compared.examples == []
    assert sum(one.fields for one in compared.tables.values()) > 50


def test_a_sound_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    found = {(table, field) for table, field, *_ in converted.made.findings.groups}
    assert found == {("IntegrationConfig", "config"), ("CampaignLead", "progress")}
    assert all(len(converted.records(table)) == tally.read for table, tally in converted.made.tallies.items())


def test_the_report_counts_what_it_lists(tmp_path: Path) -> None:
    converted = Converted(zoo(tmp_path / "dev.db"))
    told = as_json(converted.made)
    json.dumps(told)
    for table in TABLES:
        counted = Counter[tuple[str, str, str]]()
        for one in told["entities"][table]["findings"]:
            counted[one.get("field", ""), one["verdict"], one["code"]] += one["count"]
        assert counted == Counter((field or "", verdict, code) for _, field, verdict, code in converted.listed(table))


def test_the_same_file_makes_the_same_archive(tmp_path: Path) -> None:
    first = Converted(zoo(tmp_path / "dev.db")).archive.read_bytes()
    assert Converted(zoo(tmp_path / "dev.db")).archive.read_bytes() == first


def test_the_same_rows_make_the_same_archive_however_they_lie_in_the_file(tmp_path: Path) -> None:
    path = sound(tmp_path / "dev.db")
    first = Converted(path).archive.read_bytes()
    with sqlite3.connect(path, isolation_level=None) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("VACUUM")
    assert Converted(path).archive.read_bytes() == first


def test_no_secret_is_in_the_archive_or_the_report(tmp_path: Path) -> None:
    converted = Converted(zoo(tmp_path / "dev.db"))
    assert converted.made.secrets == {"vapi": {"apiKey": "vapi-hidden-1"}}
    records = json.dumps(list(converted.records("IntegrationConfig").values()))
    everywhere = records + converted.report.read_text() + str(as_json(converted.made))
    assert "hidden" not in everywhere
    assert converted.report.stat().st_mode & 0o077 == 0


def test_a_report_replaces_nothing_but_a_report(tmp_path: Path) -> None:
    path = sound(tmp_path / "dev.db")
    before = path.read_bytes()
    with pytest.raises(BadInputError, match="no report"):
        Findings(path)
    assert path.read_bytes() == before

    report = Converted(path).report
    first = report.read_bytes()
    assert first
    report.chmod(0o644)
    assert Converted(path).report.read_bytes() == first
    assert report.stat().st_mode & 0o077 == 0, "it says what stands in the rows"


def test_a_field_that_differs_is_found(tmp_path: Path) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    other = Converted(
        database(tmp_path / "other.db", {"Lead": [{"id": "l1", "firstName": "Eve"}], "Script": [{"id": "p1"}]})
    )
    compared = converted.compared(other.archive)
    assert {(one["table"], one["id"], one["field"]) for one in compared.examples} >= {
        ("Lead", "l1", "firstName"),
        ("Lead", "l1", "email"),
        ("Lead", "l2", "id"),
        ("Script", "p1", "campaignId"),
        ("Campaign", "c1", "id"),
    }
    assert compared.differences >= len(compared.examples)


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=10),
    st.sampled_from(
        ["l1", "c1", "s1", "p1", "e1", "t1", "k1", "SMS", "ACTIVE", "SCHEDULED", "{}", "[]", '{"a":[1.5]}']
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_in_any_column_breaks_it(tmp_path: Path, data: st.DataObject) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in data.draw(st.lists(st.sampled_from(sorted(SCHEMA)), min_size=1, max_size=6, unique=True)):
        first = {"Lead": "l1", "Campaign": "c1", "RetentionSequence": "s1", "Script": "p1", "SequenceStep": "t1"}
        changed = data.draw(st.dictionaries(st.sampled_from(TABLES[table][1:]), CELLS, max_size=4))
        rows[table] = [{"id": first.get(table, "e1" if table == "SequenceEnrollment" else f"{table}1"), **changed}]
    converted = Converted(database(tmp_path / "dev.db", rows))
    assert converted.compared().examples == []
