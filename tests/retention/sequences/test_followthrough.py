"""A change of a sequence's status reaches every enrollment, wherever its job is killed, whatever happens meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.engine.queue import Message
from retention.jobs.model import Job
from retention.leads.contact import contact_key
from retention.leads.model import Contact, Lead
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.table.keys import due_entry, index_partitions
from retention.table.store import raw_key
from tests import factories as make
from tests.integrity import everything, problems, scan
from tests.retention.deletion.test_rules import KilledError, dying, work_off
from tests.start import START
from tests.wire import just_before_the_next_transaction

#: When the executions of these tests are due.
DUE = START + timedelta(days=7)
HOUR = timedelta(hours=1)
#: Longer than a lease, and than the time that latecomers are waited for, in seconds.
LONG = 120


def members(app: Application, number: int, *, status: str = "ACTIVE", held: bool = False) -> str:
    """A sequence in which so many leads wait for its one step; its id."""
    sequence = make.a_sequence(status=status, paused_at=START if status == "PAUSED" else None)
    script = make.a_script()
    step = make.a_step(sequence, script_id=script.id)
    leads = [make.a_lead() for _ in range(number)]
    enrollments = [make.an_enrollment(lead, sequence, waiting_for=step.id) for lead in leads]
    waiting: dict[str, Any] = {"status": "SCHEDULED", "due_at": DUE, "scheduled_at": DUE}
    if held:
        waiting = {"status": "PENDING", "held_due_at": DUE, "held_since": START}
    executions = [make.an_execution(one, step, **waiting) for one in enrollments]
    contacts = [make.a_contact(lead) for lead in leads]
    make.load(app, [sequence, script, step, *leads, *contacts, *enrollments, *executions])
    return sequence.id


def executions(app: Application) -> list[SequenceStepExecution]:
    return [one for one in everything(app) if isinstance(one, SequenceStepExecution)]


def times(app: Application) -> set[tuple[str, Any]]:
    """Status and due time of all executions."""
    return {(one.status, one.due_at) for one in executions(app)}


def jobs(app: Application) -> dict[str, Job]:
    """The jobs by their tasks."""
    return {one.task: one for one in everything(app) if isinstance(one, Job)}


@contextmanager
def left_to_the_jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever is asked for while the block runs is left to the jobs function as a whole."""
    with monkeypatch.context() as patch:
        patch.setattr("retention.sequences.lifecycle.work_a_moment", lambda core, runner, job: job)
        yield


# --- each verb -------------------------------------------------------------------------------------------------


def is_held(app: Application, clock: ManualClock) -> None:
    assert {(one.status, one.due_at, one.scheduled_at) for one in executions(app)} == {("PENDING", None, None)}
    assert {(one.held_due_at, one.held_since) for one in executions(app)} == {(DUE, START + HOUR)}


def is_shifted(app: Application, clock: ManualClock) -> None:
    assert {(one.status, one.due_at, one.scheduled_at) for one in executions(app)} == {
        ("SCHEDULED", DUE + HOUR, DUE + HOUR)
    }
    assert {(one.held_due_at, one.held_since) for one in executions(app)} == {(None, None)}


def is_over(app: Application, clock: ManualClock) -> None:
    assert {(one.status, one.due_at, one.result["reason"]) for one in executions(app)} == {
        ("SKIPPED", None, "sequence_archived")
    }
    ended = [one for one in everything(app) if isinstance(one, SequenceEnrollment)]
    assert {(one.status, one.waiting_for, one.current_step) for one in ended} == {("CANCELLED", None, 1)}


VERBS: dict[str, tuple[Callable[[Application, int], str], Callable[[Application, str], object], Any]] = {
    "pause": (members, lambda app, one: app.lifecycle.pause(one, if_match=None), is_held),
    "resume": (
        lambda app, number: members(app, number, status="PAUSED", held=True),
        lambda app, one: app.lifecycle.resume(one, "shift", if_match=None),
        is_shifted,
    ),
    "activate": (
        lambda app, number: members(app, number, status="DRAFT", held=True),
        lambda app, one: app.lifecycle.activate(one, if_match=None),
        is_shifted,
    ),
    "archive": (members, lambda app, one: app.lifecycle.archive(one, if_match=None), is_over),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_enrollment_is_reached_a_chunk_at_a_time(
    app: Application,
    clock: ManualClock,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    number = request.config.getoption("--children")
    given, act, is_done = VERBS[verb]
    sequence = given(app, number)
    clock.advance(HOUR.total_seconds())

    with left_to_the_jobs(monkeypatch):
        act(app, sequence)
    work_off(app, clock)

    is_done(app, clock)
    job = jobs(app)[verb]
    assert (job.status, job.changed) == ("succeeded", number)
    assert {one.version for one in everything(app) if isinstance(one, Contact)} == {1}
    assert problems(app) == []


# One way of walking carries all verbs.
@pytest.mark.parametrize(
    ("verb", "moment"), [("pause", "before"), ("resume", "after"), ("activate", "before"), ("archive", "after")]
)
def test_a_verb_survives_death_at_every_request(app: Application, clock: ManualClock, verb: str, moment: str) -> None:
    given, act, is_done = VERBS[verb]
    at, finished = 1, False
    while not finished:
        app.core.store.remove_unconditionally(list(map(raw_key, scan(app))))
        clock.advance((START - clock.now()).total_seconds())
        sequence = given(app, 2)
        clock.advance(HOUR.total_seconds())
        try:
            with dying(app, at, moment):
                act(app, sequence)
                finished = True
        except KilledError:
            clock.advance((START + HOUR - clock.now()).total_seconds())
            act(app, sequence)  # The caller asks again, whether or not it took effect.
        work_off(app, clock)
        is_done(app, clock)
        assert problems(app) == []
        at += 1
    assert at > 8


# --- what happens meanwhile ------------------------------------------------------------------------------------


def a_newcomer(app: Application) -> Lead:
    lead = make.a_lead()
    make.load(app, [lead, make.a_contact(lead)])
    return lead


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("ACTIVE", lambda app, one: app.lifecycle.pause(one, if_match=None), {"PENDING"}),
        ("PAUSED", lambda app, one: app.lifecycle.resume(one, "shift", if_match=None), {"SCHEDULED"}),
        ("DRAFT", lambda app, one: app.lifecycle.activate(one, if_match=None), {"SCHEDULED"}),
        ("ACTIVE", lambda app, one: app.lifecycle.archive(one, if_match=None), {"SKIPPED"}),
    ],
)
def test_whoever_enrolls_on_the_strength_of_the_status_before_is_caught_up_with(
    app: Application, clock: ManualClock, before: str, act: Callable[[Application, str], object], after: set[str]
) -> None:
    sequence, lead = members(app, 0, status=before), a_newcomer(app)

    with just_before_the_next_transaction(app, lambda: act(app, sequence)):
        app.enrolling.enroll(sequence, lead.id)
    assert {one.status for one in executions(app)} != after
    work_off(app, clock)

    assert {one.status for one in executions(app)} == after
    assert problems(app) == []


def test_a_job_that_is_overtaken_changes_nothing_any_more(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = members(app, 3)
    with left_to_the_jobs(monkeypatch):
        app.lifecycle.pause(sequence, if_match=None)
        clock.advance(60)
        app.lifecycle.resume(sequence, "shift", if_match=None)
    clock.advance(LONG)
    overtaken, other = jobs(app)["pause"], jobs(app)["resume"]

    app.runner.run(overtaken.id, lambda: True)
    app.runner.run(other.id, lambda: True)
    work_off(app, clock)

    assert times(app) == {("SCHEDULED", DUE)}
    assert {job.changed for job in jobs(app).values()} == {0}
    assert {job.status for job in jobs(app).values()} == {"succeeded"}


def test_a_pause_that_was_frozen_while_the_sequence_was_resumed_strands_nobody(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = members(app, 1)
    with left_to_the_jobs(monkeypatch):
        app.lifecycle.pause(sequence, if_match=None)
    clock.advance(LONG)
    frozen = jobs(app)["pause"]
    resumed: list[object] = []

    def resume(**_: Any) -> None:
        # Just before the pause holds the execution, which the resuming job then finds scheduled.
        if not resumed:
            resumed.append(None)
            resumed.append(app.lifecycle.resume(sequence, "shift", if_match=None))

    events: Any = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", resume)
    app.runner.run(frozen.id, lambda: True)
    events.unregister("before-call.dynamodb.TransactWriteItems", resume)
    assert times(app) == {("PENDING", None)}
    work_off(app, clock)

    assert {status for status, _ in times(app)} == {"SCHEDULED"}


def test_a_second_pause_is_resumed_by_its_own_length(app: Application, clock: ManualClock) -> None:
    sequence = members(app, 1)

    for hours in (1, 5):
        app.lifecycle.pause(sequence, if_match=None)
        clock.advance(hours * 3600)
        app.lifecycle.resume(sequence, "shift", if_match=None)
        clock.advance(3600)

    assert times(app) == {("SCHEDULED", DUE + 6 * HOUR)}
    work_off(app, clock)
    assert times(app) == {("SCHEDULED", DUE + 6 * HOUR)}


def test_what_was_held_as_a_latecomer_is_shifted_by_its_own_wait_alone(app: Application, clock: ManualClock) -> None:
    """A worker that saw the pause a moment too late holds an execution after the sequence was resumed."""
    sequence = members(app, 1, status="PAUSED")
    clock.advance(3600)
    app.lifecycle.resume(sequence, "shift", if_match=None)
    clock.advance(3)
    (scheduled,) = executions(app)
    since = clock.now()
    held = scheduled.model_copy(
        update={"status": "PENDING", "due_at": None, "scheduled_at": None, "held_due_at": DUE, "held_since": since}
    )
    make.load(app, [held])

    work_off(app, clock)

    assert times(app) == {("SCHEDULED", DUE)}


def test_the_leads_of_a_paused_sequence_are_in_nobodys_way(app: Application, clock: ManualClock) -> None:
    paused, other = members(app, 100), members(app, 1)
    clock.advance((DUE - START).total_seconds())

    app.lifecycle.pause(paused, if_match=None)

    shards = index_partitions("SequenceStepExecution", "due")
    rows = [row for pk in shards for row in app.core.store.query(pk, index="due")]
    assert [other in due_entry(row["dueSk"]["S"]).rest for row in rows] == [True]


class Heard:
    """A queue that remembers what came."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, messages: Sequence[Message]) -> None:
        self.messages += messages


def test_what_is_due_at_once_is_told_to_the_worker_in_few_messages(app: Application, clock: ManualClock) -> None:
    heard = Heard()
    app = build(app.core.settings, clock=clock, keyring=app.core.keyring, work_queue=heard)
    sequence = members(app, 60, status="PAUSED", held=True)
    clock.advance((DUE - START).total_seconds() + 3600)

    app.lifecycle.resume(sequence, "catch_up", if_match=None)

    assert {work.id for one in heard.messages for work in one.work} == {one.id for one in executions(app)}
    assert len(heard.messages) <= 4  # One for each shard of enrollments.


def test_whoever_waited_for_a_first_step_begins_with_the_activation(app: Application, clock: ManualClock) -> None:
    sequence, script = make.a_sequence(), make.a_script()
    lead = make.a_lead()
    enrollment = make.an_enrollment(lead, sequence)
    make.load(app, [sequence, script, lead, make.a_contact(lead), enrollment])
    make.load(app, [make.a_step(sequence, id="only", script_id=script.id, delay_value=2)])
    clock.advance(3600)

    app.lifecycle.activate(sequence.id, if_match=None)

    assert times(app) == {("SCHEDULED", START + 3 * HOUR)}
    assert app.enrollments.get(enrollment.id).waiting_for == "only"
    work_off(app, clock)
    assert times(app) == {("SCHEDULED", START + 3 * HOUR)}
    assert problems(app) == []


def test_whatever_belongs_to_a_lead_that_is_being_deleted_is_left_to_that(app: Application, clock: ManualClock) -> None:
    sequence = members(app, 1)
    (contact,) = (one for one in everything(app) if isinstance(one, Contact))
    make.load(app, [contact.model_copy(update={"erased": True})])

    app.lifecycle.archive(sequence, if_match=None)
    work_off(app, clock)

    assert times(app) == {("SCHEDULED", DUE)}
    after = app.core.store.find(Contact, contact_key(contact.lead_id))
    assert after is not None
    assert after.version == 0


def test_a_deleted_sequence_is_not_followed_through(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = members(app, 2)
    with left_to_the_jobs(monkeypatch):
        app.lifecycle.pause(sequence, if_match=None)
    app.deletion.sequence(sequence)

    work_off(app, clock)

    kinds = {type(one) for one in everything(app)}
    assert not kinds & {RetentionSequence, SequenceStep, SequenceEnrollment, SequenceStepExecution}
    assert {job.status for job in jobs(app).values()} == {"succeeded"}
