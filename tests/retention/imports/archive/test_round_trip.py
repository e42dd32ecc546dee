"""Out of one stack and into another: nothing is lost, nothing is made up, and nobody is contacted who must not be."""

from collections import Counter

import pytest

from retention.attempts.service import AttemptFilter
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import LeadInput
from retention.moving.kinds import CARRIED
from retention.suppressions.adopting import SETTLING
from tests.integrity import problems
from tests.retention.imports.archive.account import (
    TakingIn,
    another_stack,
    archive_of,
    differences,
    kinds_in,
    looked_through,
)
from tests.retention.imports.archive.furnishing import ERASED, furnish
from tests.retention.stats.day import Day


@pytest.fixture
def full(app: Application, clock: ManualClock) -> bytes:
    """The archive of an account in which a random day has passed, with something of every kind."""
    day = Day(app, clock, "a day to move", 120)
    day.pass_by(120)
    day.end()
    furnish(app, day.campaigns[0])
    return archive_of(app)


def unknown(app: Application) -> list[str]:
    """The sends of which nobody knows what became of them."""
    return [one.id for one in app.attempts.page(AttemptFilter(unknown=True), limit=100, position=None).data]


def test_what_is_taken_in_is_what_was_given_out(app: Application, clock: ManualClock, full: bytes) -> None:
    other = another_stack(clock)
    seen = looked_through(other, full)

    taking = TakingIn(other, full)
    told = taking.run(wait=lambda: clock.advance(SETTLING))

    assert differences(archive_of(other), full) == []
    assert archive_of(other) == full
    total = sum(seen["records"].values())
    assert (seen["new"], seen["rejected"], seen["different"]) == (total, 0, 0), seen
    assert (told["created"], told["rejected"]) == (total, 0)
    assert [line["row"] for line in taking.result()] == list(range(1, total + 1))
    assert Counter(line["status"] for line in taking.result()) == {"created": total}
    assert problems(other) == []
    assert unknown(other) == unknown(app) != []
    # Whoever was erased there is stopped here.
    assert other.intake.create(LeadInput(first_name="E", last_name="E", email=ERASED)).lead.contact.stopped
    assert set(CARRIED) - kinds_in(full) == set()

    again = TakingIn(other, full).run()

    assert (again["created"], again["unchanged"], again["rejected"]) == (0, total, 0)
