"""Whatever happens at whatever boundary of a worker: no more is spent than there is, and no money is lost or doubled.

The boundaries are those of the engine, with those of setting money aside and of closing what was set aside.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from retention.bootstrap import Application
from retention.budgets.closing import PATIENCE, Closer
from retention.budgets.model import Charge
from retention.clock import ManualClock
from retention.stats.contributing import sequence_scope
from tests.retention.budgets.purse import PRICE, Purse
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import MANY, sends
from tests.retention.engine.test_boundaries import another_worker, cancel, delete_lead, die, frozen, opt_out
from tests.retention.engine.world import Died, World, wrong

#: What happens, and how the provider answers: each pair has boundaries of its own.
STORIES: list[tuple[Callable[[World, str], None], Mood]] = [
    (die, "accept"),
    (die, "accept_silently"),
    (die, "busy"),
    (die, "reject"),
    (another_worker, "accept"),
    (frozen, "lose"),
    (opt_out, "accept"),
    (cancel, "busy"),
]


@pytest.mark.parametrize(("event", "mood"), STORIES)
def test_every_reservation_comes_to_what_the_send_cost(
    app: Application, clock: ManualClock, event: Callable[[World, str], None], mood: Mood
) -> None:
    purse, told = Purse(app, clock), 0
    sequence = purse.budgeted(99)

    for lead, passed, boundary in sends(purse, sequence, partial(event, purse), moods=[mood]):
        purse.heal(lead)
        assert wrong(purse, lead) == []
        # What nobody has missed so far is found by the search that a budget has made that does not suffice.
        clock.advance(PATIENCE)
        Closer(purse.core).search(sequence_scope(sequence))
        where = f"{event.__name__} {passed[boundary : boundary + 1]}, boundary {boundary}"
        assert purse.spending(sequence) == (PRICE * len(purse.ledger.entries), 0), where
        told = boundary

    assert purse.faults() == []
    assert told >= 14, "not all of the way was gone"


def test_the_money_of_a_lead_that_is_deleted_is_never_spent_twice(app: Application, clock: ManualClock) -> None:
    purse = Purse(app, clock)
    sequence = purse.budgeted(99)

    for lead, passed, boundary in sends(purse, sequence, partial(delete_lead, purse)):
        purse.heal(lead)
        where = f"{passed[boundary : boundary + 1]}, boundary {boundary}"
        assert purse.all(Charge) == [] or boundary == len(passed), f"brought back to a lead that is gone: {where}"
        assert purse.spending(sequence)[0] >= PRICE * len(purse.ledger.entries), where


def test_with_money_for_one_a_death_anywhere_leads_to_one_send_in_the_end(app: Application, clock: ManualClock) -> None:
    purse = Purse(app, clock)
    for number in range(MANY):
        sequence, before = purse.budgeted(1), len(purse.ledger.entries)
        one, other = purse.enrolled(sequence, 2)
        worker, due = purse.worker(), purse.due(one)
        purse.ledger.moods = ["accept_silently"]
        with purse.at_boundary(number, partial(die, purse, one)) as passed, suppress(Died):
            purse.process(worker, due)
        for _ in range(3):
            clock.advance(PATIENCE)
            purse.work(one, other)
        assert len(purse.ledger.entries) == before + 1, f"{passed[number : number + 1]}, boundary {number}"
        assert purse.spending(sequence) == (PRICE, 0)
        if len(passed) <= number:
            break
    assert number >= 14, "not all of the way was gone"
