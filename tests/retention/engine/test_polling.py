"""A call whose report never came: the provider is asked how it ended, with the real adapter over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.budgets.prices import Prices
from retention.clock import ManualClock
from retention.engine import slots
from retention.engine.dispatch import Dispatcher
from retention.engine.queue import Work
from retention.engine.slots import CALL_LEASE, ProviderSlots
from retention.fields import Channel
from retention.inbound.outcome import DUPLICATE, Applied
from retention.integrations.model import IntegrationInput
from retention.integrations.service import IntegrationService
from retention.jsontext import format_instant
from retention.providers.directory import Directory
from retention.providers.port import Accepted, Found, Lookup, Order, Outcome, Provider, Trace
from retention.receiving.event import Event
from retention.reports.calls import CallReports
from retention.reports.polling import GOES_ON_PAUSE, LONGEST_PAUSE
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceCreate, SequenceEnrollment, SequenceStepExecution, StepInput
from retention.templates import links
from tests import integrity
from tests.retention.engine.simulated_queue import SimulatedQueue
from tests.retention.engine.test_budget import UNITS
from tests.retention.engine.world import World
from tests.retention.reports.callwords import call_object, event, report, status
from tests.start import START
from tools.bench_engine.cost import counting
from tools.sandbox.running import Sandbox, running_sandbox

#: VAPI makes the calls, and tells nobody how they end.
SILENT = {"kind": "callbacks", "when": "before"}
DAY = 86_400


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now, concurrency=100) as running:
        yield running


@pytest.fixture
def world(app: Application, clock: ManualClock, sandbox: Sandbox) -> World:
    """A world that VAPI cannot reach, since it has no public address, with calls through the sandbox."""
    world = World(app, clock, allowed_provider_urls=sandbox.url)
    given = sandbox.integrations(concurrency=10)["vapi"]
    IntegrationService(world.core, app.runner).put("vapi", IntegrationInput.model_validate(given), if_match=None)
    world.providers = Directory(world.core)
    script = app.scripts.create(ScriptInput(name="S", type="CALL", content="Be brief."))
    steps = [StepInput(channel="CALL", script_id=script.id)]
    world.sequences.append(app.sequences.create(SequenceCreate(name="Calls", status="ACTIVE", steps=steps)).id)
    return world


def enrolled(world: World) -> str:
    lead = world.lead()
    world.enroll(world.sequences[0], lead)
    return lead


def called(world: World, sandbox: Sandbox, outcome: str) -> str:
    """A lead that was called, and nobody said how that ended."""
    sandbox.faults(SILENT, {"kind": "outcome", "outcome": outcome})
    lead = enrolled(world)
    assert world.work(lead).outcomes["sent"] == 1
    return lead


def execution(world: World, lead: str) -> SequenceStepExecution:
    """The first, by the order of the steps."""
    return world.of(SequenceStepExecution, lead)[0]


def attempt(world: World, lead: str) -> ContactAttempt:
    return world.of(ContactAttempt, lead)[0]


def due_in(world: World, lead: str) -> float | None:
    """Seconds until the provider is asked."""
    due = execution(world, lead).due_at
    return None if due is None else (due - world.clock.now()).total_seconds()


def work_of(world: World, lead: str) -> Work:
    return Work(SequenceStepExecution.__name__, execution(world, lead).id)


def reported(world: World, lead: str) -> Event:
    """The report of a call to a lead, as it comes from the queue."""
    message = report(links.callback(world.core, work_of(world, lead)))
    message["call"] |= {"id": attempt(world, lead).provider_ref}
    return event(message)


def asked(world: World, lead: str, *, after: float) -> int:
    """Let time pass, and a worker take what is due; returns how many calls were asked about."""
    world.clock.advance(after)
    outcomes = world.work(lead).outcomes
    return outcomes["report_awaited"] + outcomes["outcome_unknown"]


@pytest.mark.parametrize(
    ("outcome", "status", "left"),
    [
        ("customer-ended-call", "SUCCESS", "DELIVERED"),
        ("customer-did-not-answer", "NO_ANSWER", "SENT"),
        ("twilio-failed-to-connect-call", "FAILED", "FAILED"),
        ("new-in-2027", "FAILED", "FAILED"),
    ],
)
def test_the_records_of_the_provider_stand_for_a_report_that_never_came(
    world: World, sandbox: Sandbox, outcome: str, status: str, left: str
) -> None:
    lead = called(world, sandbox, outcome)
    assert (execution(world, lead).status, due_in(world, lead)) == ("SENT", CALL_LEASE)

    assert asked(world, lead, after=CALL_LEASE - 1) == 0
    assert asked(world, lead, after=1) == 1

    assert (attempt(world, lead).status, execution(world, lead).status) == (status, left)
    assert attempt(world, lead).cost is not None
    assert due_in(world, lead) is None
    found = world.core.store.find(ProviderSlots, slots.slots_key("vapi"))
    assert found is not None
    assert found.holders == {}
    assert integrity.problems(world.app) == []


def test_a_report_that_comes_takes_the_question_away(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    world.clock.advance(200)

    assert isinstance(CallReports(world.core).apply(reported(world, lead)), Applied)

    assert due_in(world, lead) is None
    assert asked(world, lead, after=DAY) == 0
    assert attempt(world, lead).duration == 185


def test_a_report_that_comes_after_the_question_is_a_copy(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    asked(world, lead, after=CALL_LEASE)
    before = attempt(world, lead)

    assert CallReports(world.core).apply(reported(world, lead)) == DUPLICATE
    assert attempt(world, lead) == before


def test_a_status_without_a_report_leaves_the_question_for_what_only_a_report_tells(
    world: World, sandbox: Sandbox
) -> None:
    lead = called(world, sandbox, "customer-did-not-answer")
    key = links.callback(world.core, work_of(world, lead))
    message = status(key, "ended", endedReason="customer-did-not-answer")
    message["call"] |= {"id": attempt(world, lead).provider_ref}
    CallReports(world.core).apply(event(message))
    assert (attempt(world, lead).status, attempt(world, lead).cost) == ("NO_ANSWER", None)

    assert asked(world, lead, after=CALL_LEASE) == 1
    assert attempt(world, lead).status == "NO_ANSWER"
    assert attempt(world, lead).cost is not None


def test_a_call_that_goes_on_is_asked_about_every_five_minutes(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "queued")

    for _ in range(3):
        assert asked(world, lead, after=due_in(world, lead) or 0) == 1
        assert (attempt(world, lead).status, due_in(world, lead)) == ("IN_PROGRESS", GOES_ON_PAUSE)


@dataclass
class Records:
    """A provider whose records show what a test says."""

    call: dict[str, Any]
    name: str = "vapi"
    places: int | None = None
    prices: Prices = field(default_factory=Prices)

    def provider_for(self, channel: Channel) -> Provider | None:
        return self

    def send(self, order: Order) -> Outcome:
        return Accepted("it")

    def look_up(self, trace: Trace) -> Lookup:
        return Found("it")

    def report(self, ref: str) -> dict[str, Any]:
        return self.call


@pytest.mark.parametrize(
    ("ended_before", "more", "left"),
    [
        # VAPI still looks at what was said.
        (100, {}, "IN_PROGRESS"),
        (130, {}, "SUCCESS"),
        (100, {"analysis": {"summary": "Short."}}, "SUCCESS"),
        (100, {"status": "in-progress", "analysis": {"summary": "Short."}}, "IN_PROGRESS"),
        (130, {"endedAt": "soon"}, "SUCCESS"),
    ],
)
def test_a_call_that_has_just_ended_is_left_until_all_is_known_of_it(
    world: World, ended_before: float, more: dict[str, Any], left: str
) -> None:
    lead = enrolled(world)
    ended = format_instant(world.clock.now() + timedelta(seconds=CALL_LEASE - ended_before))
    world.providers = Records(
        {**call_object(None, ref="it"), "endedReason": "customer-ended-call", "endedAt": ended, **more}
    )
    world.work(lead)

    assert asked(world, lead, after=CALL_LEASE) == 1

    assert attempt(world, lead).status == left
    assert due_in(world, lead) == (GOES_ON_PAUSE if left == "IN_PROGRESS" else None)


def test_records_that_cannot_be_read_are_asked_for_with_growing_pauses_for_a_day(
    world: World, sandbox: Sandbox
) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    sandbox.faults({"kind": "refuse", "operation": "look_up", "status": 500})
    began, pauses = world.clock.now(), []

    while (pause := due_in(world, lead)) is not None:
        pauses.append(pause)
        assert asked(world, lead, after=pause) == 1

    assert pauses[:4] == [CALL_LEASE, CALL_LEASE, 2 * CALL_LEASE, LONGEST_PAUSE]
    assert set(pauses[4:]) == {LONGEST_PAUSE}
    assert (world.clock.now() - began).total_seconds() == DAY
    assert (attempt(world, lead).status, execution(world, lead).status) == ("FAILED", "FAILED")
    assert attempt(world, lead).result == "Nothing was heard of the call for a day."
    assert execution(world, lead).result["endedReason"] == "no-report"
    # Should it come all the same, it counts.
    CallReports(world.core).apply(reported(world, lead))
    assert (attempt(world, lead).status, execution(world, lead).status) == ("SUCCESS", "DELIVERED")


def test_a_call_whose_answer_could_not_be_read_is_found_by_its_name(world: World, sandbox: Sandbox) -> None:
    sandbox.faults(SILENT, {"kind": "malformed", "times": 1})
    lead = enrolled(world)
    assert world.work(lead).outcomes["sent"] == 1
    assert attempt(world, lead).provider_ref is None
    sandbox.faults()

    asked(world, lead, after=CALL_LEASE)

    assert attempt(world, lead).status == "SUCCESS"
    assert attempt(world, lead).provider_ref == sandbox.ledger()[0].ref


def test_a_call_that_was_deleted_by_hand_is_asked_about_no_more(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    world.app.deletion.attempt(attempt(world, lead))

    asked(world, lead, after=CALL_LEASE)

    assert due_in(world, lead) is None
    assert integrity.problems(world.app) == []


def test_the_dispatcher_finds_the_question_like_everything_that_is_due(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    world.clock.advance(CALL_LEASE - 90)
    queue = SimulatedQueue(world.clock)

    Dispatcher(world.core.store, world.clock, queue).tick({})

    assert queue.all_by_id() == {execution(world, lead).id: [START + timedelta(seconds=CALL_LEASE + 1)]}


def test_a_call_by_hand_is_asked_about_too(world: World, sandbox: Sandbox) -> None:
    sandbox.faults(SILENT)
    lead = world.lead()
    made = world.app.direct.send(lead, ContactNow(channel="CALL", content="Be brief."))
    work = Work(DirectContact.__name__, made.id)
    world.process(world.worker(), [work])
    world.clock.advance(CALL_LEASE)

    world.process(world.worker(), [work])

    assert attempt(world, lead).status == "SUCCESS"


def test_an_open_question_does_not_disturb_what_is_said_of_the_step(world: World, sandbox: Sandbox) -> None:
    lead = called(world, sandbox, "customer-ended-call")
    (enrollment,) = world.of(SequenceEnrollment, lead)

    explained = world.app.explaining.explain(enrollment.id)

    assert [(step.state, step.reason) for step in explained.steps] == [("sent", "sent")]
    assert (enrollment.status, explained.next) == ("COMPLETED", None)


def test_eleven_calls_for_ten_places(world: World, sandbox: Sandbox) -> None:
    sandbox.faults(SILENT)
    leads = [enrolled(world) for _ in range(11)]

    first = world.work(*leads)
    assert (first.outcomes["sent"], first.outcomes["no_slot"]) == (10, 1)
    world.clock.advance(29)
    done = next(lead for lead in leads if execution(world, lead).status == "SENT")
    CallReports(world.core).apply(reported(world, done))
    world.clock.advance(1)

    assert world.work(*leads).outcomes["sent"] == 1
    assert len(sandbox.ledger()) == 11


def test_what_a_call_costs(world: World, sandbox: Sandbox) -> None:
    """A step of calls, as test_budget counts one of text messages; and the question, should its report not come."""
    script = world.app.scripts.create(ScriptInput(name="S", type="CALL", content="Be brief."))
    steps = [StepInput(channel="CALL", script_id=script.id, delay_value=hours) for hours in (0, 1, 2)]
    world.sequences.append(world.app.sequences.create(SequenceCreate(name="Three", status="ACTIVE", steps=steps)).id)
    sandbox.faults(SILENT)
    other, lead = world.lead(), world.lead()
    worker = world.worker()
    for one in (other, lead):  # The first contact makes the lead a contacted one.
        world.enroll(world.sequences[-1], one)
        worker.process(world.due(one))
        CallReports(world.core).apply(reported(world, one))

    # The other's go first: by then the worker knows script and credentials.
    world.clock.advance(3600)
    worker.process(world.due(other))
    with counting(world.app) as sending:
        assert worker.process(world.due(lead)).outcomes["sent"] == 1
    world.clock.advance(CALL_LEASE)
    worker.process(world.due(other))
    due = world.due(lead)
    with counting(world.app) as asking:
        assert worker.process(due).outcomes["report_awaited"] == 1

    loads = ["BatchGetItem", "BatchGetItem"]
    place = ["GetItem", "PutItem"]
    assert [one for one in sending.requests if one != "Query"] == [
        *loads,
        *place,
        "BatchExecuteStatement",
        "TransactWriteItems",
    ]
    # Those of a text message, its place, and that the call stays due: 1 in the index, 2 for what that adds to the item.
    assert sending.write_units == UNITS + 1 + 3
    assert asking.requests == [*loads, "GetItem", "BatchGetItem", "TransactWriteItems"]
