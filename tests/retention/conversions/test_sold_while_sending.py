"""A sale at every boundary of a send: what is on its way may still arrive; once it is written, nothing new goes out."""

from functools import partial

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.outcome import Applied
from retention.sequences.model import SequenceEnrollment
from tests.retention.conversions.tracker import Tracker
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import MANY, sends
from tests.retention.engine.turns import Turns
from tests.retention.engine.world import World, wrong


@pytest.mark.parametrize("mood", ["accept", "accept_silently", "lose", "busy"])
def test_once_a_sale_is_written_nothing_new_goes_out(app: Application, clock: ManualClock, mood: Mood) -> None:
    world, tracker, told = World(app, clock), Tracker(app), 0

    def sale(lead: str) -> None:
        assert tracker.send(subid=lead, sub_id_1=tracker.visit(f"{lead}.any"), status="sale") == Applied("conversion")
        under_way = world.flights(lead)
        world.stopped[lead] = under_way | {entry.work for entry in world.ledger.entries}
        world.ledger.resends_forbidden |= under_way

    for lead, passed, boundary in sends(world, world.sequence(0, 0), sale, moods=[mood]):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        if boundary < len(passed):
            assert app.leads.get(lead).status == "CONVERTED"
            assert {one.status for one in world.of(SequenceEnrollment, lead)} == {"CONVERTED"}
        told = boundary

    assert told >= 10, "not all of the way was gone"


@pytest.mark.parametrize("ahead", [2, 4, 6])
def test_a_sale_and_a_send_that_take_turns_leave_one_message_at_most(
    app: Application, clock: ManualClock, ahead: int
) -> None:
    """The send goes some way, then the sale goes `ahead` boundaries, then the send to its end, then the sale."""
    world, tracker = World(app, clock), Tracker(app)
    sequence = world.sequence(0, 1)
    for sent in range(1, 11):
        lead = world.lead()
        world.enroll(sequence, lead)
        sale = tracker.event(subid=lead, sub_id_1=tracker.visit(f"{lead}.any"), status="sale")
        worker, due = world.worker(), world.due(lead)

        turns = Turns(world, partial(worker.process, due), partial(tracker.postbacks.apply, sale))
        turns.play([0] * sent + [1] * ahead + [0] * MANY)
        world.heal(lead, seconds=1_800)

        assert app.leads.get(lead).status == "CONVERTED"
        assert wrong(world, lead) == []
        assert {one.status for one in world.of(SequenceEnrollment, lead)} == {"CONVERTED"}
        assert len([one for one in world.ledger.entries if one.work.startswith(lead)]) <= 1, f"{sent} boundaries"
