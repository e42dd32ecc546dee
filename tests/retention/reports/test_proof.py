"""A report that comes before our own write, or after we had given up: it proves that the message was taken."""

from contextlib import suppress

import pytest

from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt, DirectContact
from retention.attempts.resolving import Resolution
from retention.attempts.service import AttemptFilter
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.queue import Work
from retention.inbound.outcome import Applied, Ignored, Later
from retention.receiving.event import Event
from retention.reports.handling import DeliveryReports
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.templates import links
from tests.integrity import problems
from tests.retention.campaigns.season import Season, amiss
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import sends
from tests.retention.engine.world import LONG, Died, World, wrong
from tests.wire import just_before_the_next_transaction


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def a_report(
    world: World, work: Work, status: str = "delivered", *, ref: str = "ref-1", to: str = "", **more: str
) -> Event:
    params = {"MessageSid": ref, "MessageStatus": status, "To": to, **more}
    content = {"callback": links.callback(world.core, work), "params": params}
    return Event("twilio-status", f"{ref}:{status}", content, world.clock.now())


def reports(world: World) -> DeliveryReports:
    return DeliveryReports(world.core)


def only(world: World, lead: str) -> SequenceStepExecution:
    (found,) = world.of(SequenceStepExecution, lead)
    return found


def lost(world: World, *steps: int) -> tuple[str, Work]:
    """A lead whose message was taken, and the answer lost."""
    lead = world.lead()
    world.enroll(world.sequence(*(steps or (0,))), lead)
    (due,) = world.due(lead)
    world.ledger.moods = ["accept_silently"]
    world.work(lead)
    return lead, due


def test_a_report_that_comes_before_our_own_write_comes_again(world: World) -> None:
    lead, work = lost(world)
    outcome = reports(world).twilio(a_report(world, work))
    assert outcome == Later("under_way", 5.0)
    assert only(world, lead).is_open


def test_an_opt_out_does_not_wait_for_our_own_write(world: World) -> None:
    lead, work = lost(world)
    phone = world.app.leads.get(lead).phone
    assert phone is not None
    assert reports(world).twilio(a_report(world, work, "failed", to=phone, ErrorCode="21610")) == Applied("undelivered")
    assert (world.contact(lead).stop_reason, only(world, lead).status) == ("OPT_OUT", "FAILED")
    assert world.flights(lead) == set()


def test_after_ten_seconds_the_report_is_the_proof(world: World) -> None:
    lead, work = lost(world, 0, 1)
    world.clock.advance(10)
    assert reports(world).twilio(a_report(world, work)) == Applied("delivered")

    first = next(one for one in world.of(SequenceStepExecution, lead) if one.id == work.id)
    (attempt,) = world.of(ContactAttempt, lead)
    assert (first.status, attempt.status, attempt.provider_ref) == ("DELIVERED", "SUCCESS", "ref-1")
    assert world.flights(lead) == set()
    (enrollment,) = world.of(SequenceEnrollment, lead)
    assert enrollment.current_step == 1
    world.heal(lead)
    assert wrong(world, lead) == []
    assert len(world.ledger.entries) == 2
    assert problems(world.app) == []


def test_a_report_that_something_is_on_its_way_settles_as_well(world: World) -> None:
    lead, work = lost(world)
    world.clock.advance(10)
    assert reports(world).twilio(a_report(world, work, "sent")) == Applied("sent")
    assert reports(world).twilio(a_report(world, work, "sent")) == Ignored("known")
    assert only(world, lead).status == "SENT"
    assert world.ledger.calls == 1


def test_a_report_settles_what_was_released_since_nobody_could_be_asked(world: World) -> None:
    lead, work = lost(world)
    world.ledger.blind = True
    world.clock.advance(LONG)
    world.work(lead)
    assert only(world, lead).phase == "released"
    reports(world).twilio(a_report(world, work))
    assert only(world, lead).status == "DELIVERED"
    world.heal(lead)
    assert wrong(world, lead) == []


def test_a_report_settles_what_the_records_did_not_show(world: World) -> None:
    """Without it, the message would go out a second time."""
    lead, work = lost(world)
    entries, world.ledger.entries = world.ledger.entries, []
    world.ledger.moods = ["busy"]
    world.clock.advance(LONG)
    world.work(lead)
    world.ledger.entries = entries
    assert only(world, lead).is_open
    assert world.flights(lead) == set()

    reports(world).twilio(a_report(world, work))

    assert only(world, lead).status == "DELIVERED"
    world.heal(lead)
    assert wrong(world, lead) == []
    assert len(world.ledger.entries) == 1


def test_a_gate_that_opens_while_a_report_settles_does_not_stay_taken(world: World) -> None:
    """The records did not show the message, and a worker takes it for one to be sent again when the report comes."""
    lead, work = lost(world)
    world.ledger.entries.clear()
    world.ledger.moods = ["busy"]
    world.clock.advance(LONG)
    world.work(lead)
    world.clock.advance(LONG)

    def open_gate_and_die() -> None:
        def die(name: str) -> None:
            if name == "after BatchExecuteStatement":
                raise Died

        with world.watching(die), suppress(Died):
            world.work(lead)

    with just_before_the_next_transaction(world.app, open_gate_and_die):
        reports(world).twilio(a_report(world, work))

    world.clock.advance(LONG)
    reports(world).twilio(a_report(world, work))
    assert only(world, lead).status == "DELIVERED"
    assert world.flights(lead) == set()


def given_up(world: World) -> tuple[str, Work]:
    """A lead with a message of which nobody knows what became of it."""
    lead, work = lost(world, 0, 1)
    world.ledger.blind = True
    while not world.of(SequenceStepExecution, lead)[0].result:
        world.clock.advance(3600)
        world.work(lead)
    world.ledger.blind = False
    return lead, work


def unknown(world: World) -> list[str]:
    """The sends that are listed as those of which nobody knows what became of them."""
    page = world.app.attempts.page(AttemptFilter(unknown=True), limit=9, position=None)
    return [one.id for one in page.data]


def test_an_unknown_outcome_is_resolved_by_a_report(world: World) -> None:
    lead, work = given_up(world)
    first = next(one for one in world.of(SequenceStepExecution, lead) if one.id == work.id)
    assert first.result["reason"] == "outcome_unknown"
    assert unknown(world) == [work.id]

    assert reports(world).twilio(a_report(world, work)) == Applied("delivered")

    first = next(one for one in world.of(SequenceStepExecution, lead) if one.id == work.id)
    attempt = next(one for one in world.of(ContactAttempt, lead) if one.id == work.id)
    assert (first.status, first.result["resolution"]["by"]) == ("DELIVERED", "report")
    assert "reason" not in first.result
    assert (attempt.status, attempt.provider_ref, attempt.result) == ("SUCCESS", "ref-1", None)
    assert unknown(world) == []
    world.heal(lead)
    assert wrong(world, lead) == []
    assert problems(world.app) == []


def test_a_contact_of_a_campaign_counts_for_it_when_its_report_comes_after_all(
    app: Application, clock: ManualClock
) -> None:
    season = Season(app, clock)
    campaign, lead = season.sequence(), season.lead()
    season.enroll(campaign, lead)
    (work,) = season.due(lead)
    season.ledger.moods, season.ledger.blind = ["accept_silently"], True
    season.work(lead)
    while season.assignment(campaign, lead).completed_at is None:
        season.clock.advance(3600)
        season.work(lead)
    ended = season.assignment(campaign, lead)
    assert ended.status == "FAILED"

    assert reports(season).twilio(a_report(season, work)) == Applied("delivered")

    assignment = season.assignment(campaign, lead)
    assert (assignment.status, assignment.completed_at) == ("COMPLETED", ended.completed_at)
    assert amiss(season, lead) == []
    assert problems(app) == []


def test_who_said_by_hand_that_it_was_not_sent_is_not_overruled_in_status(world: World) -> None:
    _, work = given_up(world)
    world.app.resolving.execution(work.id, Resolution(outcome="not_sent"), by="somebody")
    reports(world).twilio(a_report(world, work))
    execution = world.app.executions.get(work.id)
    assert (execution.status, execution.result["reason"]) == ("FAILED", "resolved")
    assert execution.result["deliveredAt"]


def test_a_contact_by_hand_is_settled_by_a_report_too(world: World) -> None:
    lead = world.lead()
    attempt = world.app.direct.send(lead, ContactNow(channel="SMS", content="Hi"))
    world.ledger.moods = ["accept_silently"]
    work = Work(DirectContact.__name__, attempt.id)
    world.process(world.worker(), [work])
    world.clock.advance(10)
    reports(world).twilio(a_report(world, work, "undelivered", ErrorCode="30005"))
    (direct,) = world.of(DirectContact, lead)
    assert (direct.status, world.app.attempts.get(attempt.id).status) == ("FAILED", "FAILED")


@pytest.mark.parametrize("mood", ["accept", "accept_silently"])
def test_whatever_a_worker_is_doing_a_report_meets_it_well(world: World, mood: Mood) -> None:
    """At each boundary of a send, whether or not it is answered, its report comes, and again until it is applied."""
    sequence = world.sequence(0)
    pending: list[Event] = []

    def tell(lead: str) -> None:
        entries = [one for one in world.ledger.entries if one.work.startswith(lead)]
        if entries:
            work = Work(SequenceStepExecution.__name__, entries[0].work)
            pending.append(a_report(world, work, ref=entries[0].ref))
            reports(world).twilio(pending[-1])

    for lead, passed, boundary in sends(world, sequence, tell, moods=[mood]):
        world.clock.advance(11)
        for event in pending:
            assert not isinstance(reports(world).twilio(event), Later)
        if not pending:  # It came before anything was sent.
            world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed}"
        if pending:
            assert only(world, lead).status == "DELIVERED"
        pending.clear()


def test_an_opt_out_in_a_report_races_a_send_and_wins_or_comes_after(world: World) -> None:
    """The report is about an earlier message to the same number; the send goes through the same gate."""
    sequence = world.sequence(0)

    def opt_out(lead: str) -> None:
        phone = world.app.leads.get(lead).phone
        assert phone is not None
        under_way = world.flights(lead)
        event = a_report(world, Work(DirectContact.__name__, f"{lead}.earlier"), "failed", to=phone, ErrorCode="21610")
        assert reports(world).twilio(event._replace(id=lead)) == Applied("suppressed")
        world.stopped[lead] = under_way | world.flights(lead) | {entry.work for entry in world.ledger.entries}

    for lead, passed, boundary in sends(world, sequence, opt_out):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed}"
        if len(passed) > boundary:
            assert world.contact(lead).stop_reason == "OPT_OUT"
