"""An archive of a file, taken in: everything finds its place, old ids lead there, and it comes once."""

from pathlib import Path

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.api_client import ApiClient
from tests.integrity import problems
from tests.predecessor.converted import Converted
from tests.predecessor.files import first_release, sound, zoo
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
        ("/v1/contact-attempts/k1", "l1.k1"),
        ("/v1/enrollments/e1", "l1.s1"),
        ("/v1/ab-tests/b1", "c1.b1"),
    ):
        answer = api.get(path)
        assert answer.status == 200, path
        assert answer.json["id"] == now
