"""An archive of a file, taken in: everything finds its place, old ids lead there, and it comes once."""

from pathlib import Path

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.api_client import ApiClient
from tests.integrity import problems
from tests.predecessor.converted import Converted
from tests.predecessor.files import database, first_release, sound, zoo
from tests.retention.imports.archive.account import TakingIn, another_stack, archive_of


@pytest.fixture
def other(clock: ManualClock, endpoint: str) -> Application:
    """An empty stack."""
    return another_stack(clock)


@pytest.mark.parametrize("build", [sound, first_release])
def test_a_sound_account(tmp_path: Path, other: Application, build: type) -> None:
    converted = Converted(build(tmp_path / "dev.db"))
    taken = TakingIn(other, converted.archive.read_bytes())
    told = taken.run()
    assert (told["rejected"], told["created"]) == (0, sum(converted.made.records.values())), taken.result()
    assert problems(other) == []
    again = TakingIn(other, converted.archive.read_bytes()).run()
    assert (again["created"], again["rejected"]) == (0, 0)
    exported = tmp_path / "exported.zip"
    exported.write_bytes(archive_of(other))
    assert converted.compared(exported).examples == []


def test_a_broken_account(tmp_path: Path, other: Application) -> None:
    converted = Converted(zoo(tmp_path / "dev.db"))
    taken = TakingIn(other, converted.archive.read_bytes())
    told = taken.run()
    assert told["rejected"] == 0, [one for one in taken.result() if one["status"] == "rejected"]
    # Addresses that several leads have belong to the first of them, which the table's own rules do not allow for.
    assert [one for one in problems(other) if "address belongs to" not in one] == []


def test_old_ids_lead_to_what_was_imported(tmp_path: Path, other: Application) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    TakingIn(other, converted.archive.read_bytes()).run()
    api = ApiClient(other)
    for path, now in (
        ("/v1/leads/l1", "l1"),
        ("/v1/contact-attempts/k1", "l1.s1.1.t1"),
        ("/v1/contact-attempts/k2", "l1.k2"),
        ("/v1/enrollments/e1", "l1.s1"),
        ("/v1/ab-tests/b1", "c1.b1"),
    ):
        answer = api.get(path)
        assert answer.status == 200, path
        assert answer.json["id"] == now


def test_figures_know_the_steps_that_were_taken_before(tmp_path: Path, other: Application) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    TakingIn(other, converted.archive.read_bytes()).run()
    figures = ApiClient(other).get("/v1/sequences/s1/stats?from=2026-02-01&to=2026-02-28").json["data"]
    told = {one["stepId"]: (one["messages"]["sent"], one["messages"]["converted"]) for one in figures}
    assert told == {"t1": (1, 1), "t2": (0, 0)}


def test_what_goes_on_by_itself_goes_on_here(tmp_path: Path, other: Application) -> None:
    """The predecessor's file names no jobs: each thing that somebody has to look at gets one."""
    no_conversion = {"triggerType": "no_conversion", "triggerConfig": '{"minDaysSinceLastContact": 7}'}
    rows = {
        "Campaign": [{"id": "c1", "status": "ACTIVE"}],
        "Script": [{"id": "p1"}, {"id": "p2"}],
        "ABTest": [{"id": "b1"}, {"id": "b2", "channel": "EMAIL", "status": "PAUSED"}],
        "RetentionSequence": [{"id": "s1", **no_conversion}, {"id": "s2", **no_conversion, "status": "PAUSED"}],
    }
    converted = Converted(database(tmp_path / "dev.db", rows))
    for _ in range(2):
        TakingIn(other, converted.archive.read_bytes()).run()
    jobs = ApiClient(other).get("/v1/jobs").json["data"]
    assert sorted((one["task"], one["target"]["kind"], one["target"]["id"]) for one in jobs) == [
        ("evaluate", "Campaign", "c1"),
        ("evaluate", "RetentionSequence", "s1"),
        ("judge", "ABTest", "c1.b1"),
    ]
