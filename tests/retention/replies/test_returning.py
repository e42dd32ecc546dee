"""START takes back what the lead's own text message had ended, and nothing else."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.outcome import Applied
from retention.leads.model import StopReason
from retention.replies.handling import Replies
from retention.suppressions.model import LiftedSuppression, SuppressionInput
from tests.api_client import ApiClient
from tests.integrity import count, problems
from tests.retention.engine.world import World
from tests.retention.replies.texting import follows, link, phone_of, replies_of, suppression_of, text, writes
from tests.wire import just_before_the_next_transaction


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def test_start_after_stop_allows_contact_again(world: World) -> None:
    lead = world.lead()
    writes(world, lead, "STOP")
    world.clock.advance(60)

    assert writes(world, lead, "Start", "SM2") == Applied("opted_in")

    assert suppression_of(world.app, phone_of(world, lead)) is None
    assert not world.app.leads.get(lead).contact.stopped
    assert replies_of(world, lead) == [("STOP", "OPT_OUT"), ("Start", "OPT_IN")]
    assert count(world.app, LiftedSuppression) == 1, "on what ground is on record"
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    assert [entry["detail"] for entry in entries if entry["type"] == "unstop"] == [{"because": "The lead wrote START."}]
    world.run_jobs()
    world.enroll(world.sequence(0), lead)
    world.work(lead)
    assert len(world.ledger.entries) == 1
    assert problems(world.app) == []


def test_stop_after_start_after_stop_ends_it_again(world: World) -> None:
    lead = world.lead()
    for number, body in enumerate(["STOP", "START", "STOP"]):
        writes(world, lead, body, f"SM{number}")
        world.clock.advance(60)

    assert world.app.leads.get(lead).contact.reason == "OPT_OUT"
    assert suppression_of(world.app, phone_of(world, lead)) is not None


@pytest.mark.parametrize("word", ["YES", "Yes please", "start the engine", "hello"])
def test_no_other_word_does(world: World, word: str) -> None:
    lead = world.lead()
    writes(world, lead, "STOP")
    world.clock.advance(60)

    writes(world, lead, word, "SM2")

    assert world.app.leads.get(lead).contact.stopped


@pytest.mark.parametrize("reason", ["OPT_OUT", "COMPLAINT", "INVALID_NUMBER", "MANUAL", "ERASURE"])
def test_what_was_suppressed_by_other_means_stays_suppressed(world: World, reason: str) -> None:
    lead = world.lead()
    world.app.suppressions.add(SuppressionInput.model_validate({"address": phone_of(world, lead), "reason": reason}))
    world.clock.advance(60)

    assert isinstance(writes(world, lead, "START"), Applied)

    assert suppression_of(world.app, phone_of(world, lead)) is not None
    assert world.app.leads.get(lead).contact.stopped


def test_a_link_is_not_taken_back_by_a_text(world: World) -> None:
    lead = world.lead()
    follows(world.app, link(world.app, f"{lead}.seq.1.step", "SMS"))
    world.clock.advance(60)

    writes(world, lead, "START")

    assert world.app.leads.get(lead).contact.stopped
    assert suppression_of(world.app, phone_of(world, lead)) is not None


@pytest.mark.parametrize("reason", ["COMPLAINT", "OPT_OUT"])
def test_a_lead_that_was_stopped_before_stays_stopped(world: World, reason: StopReason) -> None:
    lead = world.lead()
    world.app.leads.stop(lead, reason)
    writes(world, lead, "STOP")
    world.clock.advance(60)

    assert writes(world, lead, "START", "SM2") == Applied("opted_in")

    assert suppression_of(world.app, phone_of(world, lead)) is None, "its number is its own to allow"
    assert world.app.leads.get(lead).contact.reason == reason


def test_a_lead_whose_mail_address_is_suppressed_stays_stopped(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    writes(world, lead, "STOP")
    world.app.suppressions.add(SuppressionInput(address="ada@example.com", reason="COMPLAINT"))
    world.clock.advance(60)

    writes(world, lead, "START", "SM2")

    assert suppression_of(world.app, phone_of(world, lead)) is None
    assert world.app.leads.get(lead).contact.stopped


def test_a_start_that_comes_late_does_not_take_back_a_later_stop(world: World) -> None:
    lead = world.lead()
    writes(world, lead, "STOP")
    world.clock.advance(60)
    late = text(world.app, phone_of(world, lead), "START", "SM2")
    world.clock.advance(60)
    writes(world, lead, "STOP", "SM3")

    Replies(world.app.core).inbound(late)

    assert world.app.leads.get(lead).contact.stopped
    assert suppression_of(world.app, phone_of(world, lead)) is not None


def test_a_start_that_overtook_its_stop_does_not_undo_it(world: World) -> None:
    lead = world.lead()
    start = text(world.app, phone_of(world, lead), "START", "SM2")
    world.clock.advance(1)
    writes(world, lead, "STOP")

    Replies(world.app.core).inbound(start)

    assert world.app.leads.get(lead).contact.stopped


def test_a_start_from_before_the_number_was_suppressed_says_nothing(world: World) -> None:
    start = text(world.app, "+12025550001", "START", "SM2")
    world.clock.advance(60)
    Replies(world.app.core).inbound(text(world.app, "+12025550001", "STOP"))
    lead = world.lead()
    assert phone_of(world, lead) == "+12025550001"

    Replies(world.app.core).inbound(start)

    assert suppression_of(world.app, "+12025550001") is not None


@pytest.mark.parametrize("answers", [True, False], ids=["to_a_text", "to_nothing"])
@pytest.mark.parametrize("first", ["START", "STOP"])
def test_of_a_stop_and_an_older_start_at_the_same_moment_the_stop_counts(
    world: World, first: str, answers: bool
) -> None:
    lead = world.lead()
    if answers:
        world.enroll(world.sequence(0), lead)
        world.work(lead)
    writes(world, lead, "STOP")
    world.clock.advance(60)
    start = text(world.app, phone_of(world, lead), "START", "SM2")
    world.clock.advance(1)
    stop = text(world.app, phone_of(world, lead), "STOP", "SM3")
    one, other = (start, stop) if first == "START" else (stop, start)
    replies = Replies(world.app.core)

    with just_before_the_next_transaction(world.app, lambda: replies.inbound(other)):
        replies.inbound(one)

    assert world.app.leads.get(lead).contact.stopped
    assert suppression_of(world.app, phone_of(world, lead)) is not None
