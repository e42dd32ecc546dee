"""A lead that is left alone or becomes a customer: what was planned for it ends, what is under way is finished."""

from collections.abc import Callable
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import ConversionInput
from retention.engine.hints import hint
from retention.engine.queue import Work
from retention.jobs.model import Job
from retention.leads.contact import require_lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.suppressions.model import SuppressionInput
from retention.table.keys import key
from retention.table.writes import Create
from tests.api_client import ApiClient
from tests.integrity import everything, problems
from tests.retention.deletion.test_rules import KilledError, dying
from tests.retention.engine.world import World
from tests.wire import just_before_the_next_transaction


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def enrollments(world: World) -> list[SequenceEnrollment]:
    """All enrollments, the oldest sequence first."""
    found = [item for item in everything(world.app) if isinstance(item, SequenceEnrollment)]
    return sorted(found, key=lambda one: one.sequence_id)


def executions(world: World) -> list[SequenceStepExecution]:
    """All executions."""
    return [item for item in everything(world.app) if isinstance(item, SequenceStepExecution)]


def attempts(world: World) -> list[ContactAttempt]:
    """All attempts."""
    return [item for item in everything(world.app) if isinstance(item, ContactAttempt)]


def standing(world: World) -> list[tuple[str, str, str | None]]:
    """Of each enrollment its status, that of its execution, and why."""
    by_enrollment = {one.enrollment_id: one for one in executions(world)}
    return [
        (one.status, by_enrollment[one.id].status, by_enrollment[one.id].result.get("reason"))
        for one in enrollments(world)
    ]


def stopped(app: Application, lead: str) -> None:
    app.leads.stop(lead, "OPT_OUT")


def suppressed(app: Application, lead: str) -> None:
    app.suppressions.add(SuppressionInput(address=app.leads.get(lead).phone or "", reason="COMPLAINT"))


def given_a_suppressed_address(app: Application, lead: str) -> None:
    app.suppressions.add(SuppressionInput(address="no@example.com"))
    app.leads.update(lead, {"email": "no@example.com"}, if_match=None)


def became_customer(app: Application, lead: str) -> None:
    app.conversions.create(ConversionInput(lead_id=lead, status="customer"))


def was_promoted(app: Application, lead: str) -> None:
    given = app.conversions.create(ConversionInput(lead_id=lead, status="lead"))
    app.conversions.update(given.id, {"status": "customer"}, if_match=None)


def set_by_hand(app: Application, lead: str) -> None:
    app.leads.update(lead, {"status": "CONVERTED"}, if_match=None)


def stopped_as_converted(app: Application, lead: str) -> None:
    app.leads.stop(lead, "CONVERTED")


STOPS = [stopped, suppressed, given_a_suppressed_address]
CONVERSIONS = [became_customer, was_promoted, set_by_hand, stopped_as_converted]


@pytest.mark.parametrize("act", [*STOPS, *CONVERSIONS])
def test_every_enrollment_ends_with_what_it_waits_for(world: World, act: Callable[[Application, str], None]) -> None:
    lead, other = world.lead(), world.lead()
    active, paused, drafted = world.sequence(1, 1), world.sequence(48), world.sequence(0)
    world.enroll(active, lead)
    world.app.interventions.pause(world.enroll(paused, lead).id, if_match=None)
    world.app.lifecycle.pause(drafted, if_match=None)
    world.enroll(drafted, lead)
    bystander = world.enroll(active, other)

    act(world.app, lead)
    world.run_jobs()

    ending, reason = ("CANCELLED", "lead_stopped") if act in STOPS else ("CONVERTED", "converted")
    mine = [one for one in enrollments(world) if one.lead_id == lead]
    assert [(one.status, one.waiting_for, one.current_step) for one in mine] == [(ending, None, 1)] * 3
    assert {one.completed_at for one in mine} == {world.clock.now()}
    assert {one.paused_at for one in mine} == {None}
    over = [one for one in executions(world) if one.lead_id == lead]
    assert [(one.status, one.result, one.due_at) for one in over] == [("SKIPPED", {"reason": reason}, None)] * 3
    (left_alone,) = [one for one in enrollments(world) if one.lead_id == other]
    assert left_alone == bystander
    assert {job.status for job in everything(world.app) if isinstance(job, Job) and job.task == "stop"} == {"succeeded"}
    assert problems(world.app) == []


@pytest.mark.parametrize("act", [stopped, suppressed, became_customer])
def test_it_cannot_be_forgotten_the_job_is_in_the_transaction_of_the_stop(
    world: World, act: Callable[[Application, str], None]
) -> None:
    """Whichever request the caller dies at: either nothing happened, or it is followed through."""
    sequence, deaths, at = world.sequence(48), 0, 1
    while True:
        lead = world.lead()
        enrollment = world.enroll(sequence, lead)
        finished = False
        try:
            with dying(world.app, at, "after"):
                act(world.app, lead)
                finished = True
        except KilledError:
            deaths += 1
        is_stopped = world.contact(lead).stop_reason is not None or world.app.leads.get(lead).status == "CONVERTED"
        world.run_jobs()
        (after,) = [one for one in enrollments(world) if one.id == enrollment.id]
        assert (after.status != "ACTIVE") == is_stopped
        if finished:
            assert is_stopped
            break
        at += 1
    assert deaths >= 2


def test_following_through_survives_death_at_every_request(world: World, clock: ManualClock) -> None:
    sequences, deaths, at = [world.sequence(48), world.sequence(48)], 0, 1
    while True:
        lead = world.lead()
        for sequence in sequences:
            world.enroll(sequence, lead)
        a_direct_contact(world, lead)
        world.app.leads.stop(lead, "OPT_OUT")
        finished = False
        try:
            with dying(world.app, at, "after"):
                world.run_jobs()
                finished = True
        except KilledError:
            deaths += 1
        clock.advance(120)
        world.run_jobs()
        mine = [one for one in enrollments(world) if one.lead_id == lead]
        assert [(one.status, one.current_step) for one in mine] == [("CANCELLED", 1)] * 2
        assert [one for one in executions(world) if one.lead_id == lead and one.is_open] == []
        assert [one for one in direct_contacts(world) if one.is_open] == []
        if finished:
            break
        at += 1
    assert deaths >= 8
    assert problems(world.app) == []


# --- what is under way -----------------------------------------------------------------------------------------


def test_what_is_being_sent_is_left_to_its_outcome_and_nothing_follows(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0, 0), lead)

    def watch(moment: str) -> None:
        if moment == "before send":
            world.app.leads.stop(lead, "OPT_OUT")
            world.run_jobs()
            assert standing(world) == [("CANCELLED", "SCHEDULED", None)]

    world.ledger.watch = watch
    world.work(lead)

    assert standing(world) == [("CANCELLED", "SENT", None)]
    assert len(world.ledger.entries) == 1
    (enrollment,) = enrollments(world)
    assert (enrollment.waiting_for, enrollment.current_step) == (None, 1)
    assert world.due(lead) == []


def test_what_may_have_been_sent_is_left_until_its_outcome_is_known(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0, 0), lead)
    world.ledger.moods.append("accept_silently")
    world.work(lead)
    assert standing(world) == [("ACTIVE", "SCHEDULED", None)]

    world.app.leads.stop(lead, "OPT_OUT")
    world.run_jobs()
    assert standing(world) == [("CANCELLED", "SCHEDULED", None)]
    world.heal(lead)

    assert standing(world) == [("CANCELLED", "SENT", None)]
    assert len(world.ledger.entries) == 1


def test_a_step_that_is_sent_between_reading_and_writing_is_noticed(world: World) -> None:
    """The version of the contact item tells: the execution that was read is not the one that is written."""
    lead = world.lead()
    world.enroll(world.sequence(0, 48), lead)
    world.app.leads.stop(lead, "OPT_OUT")
    world.app.leads.unstop(lead, "asked us to")

    with just_before_the_next_transaction(world.app, lambda: world.work(lead)):
        world.run_jobs()

    (enrollment,) = enrollments(world)
    assert (enrollment.status, enrollment.waiting_for, enrollment.current_step) == ("CANCELLED", None, 2)
    assert sorted(one.status for one in executions(world)) == ["SENT", "SKIPPED"]


# --- allowed again ---------------------------------------------------------------------------------------------


def test_contact_that_is_allowed_again_brings_nothing_back(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(48), lead)
    world.app.leads.stop(lead, "OPT_OUT")
    world.run_jobs()

    world.app.leads.unstop(lead, "asked us to")
    world.heal(lead)

    assert standing(world) == [("CANCELLED", "SKIPPED", "lead_stopped")]
    assert world.ledger.entries == []


@pytest.mark.parametrize(
    ("act", "undo"),
    [
        (stopped, lambda app, lead: app.leads.unstop(lead, "asked us to")),
        (set_by_hand, lambda app, lead: app.leads.update(lead, {"status": "IN_PROGRESS"}, if_match=None)),
    ],
)
def test_a_stop_that_is_taken_back_before_it_was_followed_through_ends_what_was_there_and_nothing_newer(
    world: World, act: Callable[[Application, str], None], undo: Callable[[Application, str], Any]
) -> None:
    lead, before, after = world.lead(), world.sequence(48), world.sequence(48)
    world.enroll(before, lead)
    world.clock.advance(1)

    act(world.app, lead)
    undo(world.app, lead)
    world.clock.advance(1)
    world.enroll(after, lead)
    world.run_jobs()

    by_sequence = {one.sequence_id: one.status for one in enrollments(world)}
    assert by_sequence[after] == "ACTIVE"
    assert by_sequence[before] in ("CANCELLED", "CONVERTED")


@pytest.mark.parametrize("act", [stopped, became_customer])
def test_an_enrollment_whose_maker_had_a_fast_clock_ends_too(
    world: World, act: Callable[[Application, str], None]
) -> None:
    lead = world.lead()
    world.clock.advance(2)
    world.enroll(world.sequence(48), lead)
    world.clock.advance(-2)

    act(world.app, lead)
    world.run_jobs()

    assert [one.status for one in enrollments(world)] != ["ACTIVE"]


# --- contacts by hand ------------------------------------------------------------------------------------------


def a_direct_contact(world: World, lead: str) -> DirectContact:
    """A message that somebody has sent to a lead by hand, due in an hour."""
    core, now = world.app.core, world.clock.now()
    identifier = f"{lead}.{core.ids.new()}"
    direct = DirectContact(
        id=identifier,
        lead_id=lead,
        channel="SMS",
        status="SCHEDULED",
        scheduled_at=now,
        due_at=now,
        contact_attempt_id=identifier,
        content="Hi",
        revision=core.ids.revision(),
    )
    attempt = ContactAttempt(id=identifier, lead_id=lead, channel="SMS", started_at=now, revision=core.ids.revision())
    core.store.write(Create(direct), Create(attempt), require_lead(lead))
    hint(core, [direct])
    return direct


def direct_contacts(world: World) -> list[DirectContact]:
    return [item for item in everything(world.app) if isinstance(item, DirectContact)]


def test_a_contact_by_hand_ends_and_its_attempt_says_why(world: World) -> None:
    lead = world.lead()
    a_direct_contact(world, lead)

    world.app.leads.stop(lead, "OPT_OUT")
    world.run_jobs()

    (direct,) = direct_contacts(world)
    assert (direct.status, direct.result, direct.due_at) == ("SKIPPED", {"reason": "lead_stopped"}, None)
    (attempt,) = attempts(world)
    assert (attempt.status, attempt.result) == ("FAILED", "lead_stopped")


def test_a_contact_by_hand_that_is_being_sent_is_left_to_its_outcome(world: World) -> None:
    lead = world.lead()
    direct = a_direct_contact(world, lead)

    def watch(moment: str) -> None:
        if moment == "before send":
            world.app.leads.stop(lead, "OPT_OUT")
            world.run_jobs()
            assert [one.status for one in direct_contacts(world)] == ["SCHEDULED"]

    world.ledger.watch = watch
    world.process(world.worker(), [Work(DirectContact.__name__, direct.id)])

    assert [one.status for one in direct_contacts(world)] == ["SENT"]
    assert len(world.ledger.entries) == 1


def test_a_contact_by_hand_that_was_asked_for_after_contact_was_allowed_again_stays(world: World) -> None:
    lead = world.lead()
    world.app.leads.stop(lead, "OPT_OUT")
    world.app.leads.unstop(lead, "asked us to")
    world.clock.advance(1)
    a_direct_contact(world, lead)

    world.run_jobs()

    (direct,) = direct_contacts(world)
    assert direct.status == "SCHEDULED"


# --- over HTTP -------------------------------------------------------------------------------------------------


def test_the_job_can_be_looked_at_and_names_the_lead(world: World, api: ApiClient) -> None:
    lead = world.lead()
    world.enroll(world.sequence(48), lead)
    assert api.post(f"/v1/leads/{lead}/stop").status == 200

    (waiting,) = api.get("/v1/jobs").json["data"]
    world.run_jobs()

    assert (waiting["task"], waiting["status"]) == ("stop", "queued")
    assert waiting["target"] == {
        "kind": "Lead",
        "leadId": lead,
        "reason": "DO_NOT_CONTACT",
        "at": "2026-02-18T12:00:00.000Z",
    }
    assert api.get(f"/v1/jobs/{waiting['id']}").json["changed"] == 1


def test_a_lead_that_is_gone_needs_no_following_through(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(48), lead)
    world.app.leads.stop(lead, "OPT_OUT")
    world.app.deletion.lead(lead)

    world.run_jobs()

    assert enrollments(world) == []
    assert world.app.core.store.find(DirectContact, key("DirectContact", lead_id=lead, id="x")) is None
    assert problems(world.app) == []
