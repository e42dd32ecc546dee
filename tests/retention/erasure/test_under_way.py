"""An erasure that dies anywhere, or meets a send at any moment."""

from functools import partial
from typing import Any, Literal

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.erasure.owed import flights_of
from retention.exports.model import Export
from retention.imports.model import ImportOptions
from retention.jobs.model import Job
from retention.jobs.starting import queued
from retention.leads.model import Lead
from retention.moving.storage import Transfers
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table.writes import Replace
from tests import factories as make
from tests.integrity import count, everything, problems
from tests.retention.deletion.families import of_lead
from tests.retention.deletion.test_rules import KilledError, dying, work_off
from tests.retention.engine.ledger import Mood
from tests.retention.engine.world import World
from tests.retention.erasure.haystack import hits
from tests.retention.erasure.planting import NEEDLES, plant


def test_one_with_hundreds_of_children_leaves_none(app: Application, clock: ManualClock, bucket: str) -> None:
    family = of_lead(200)
    make.load(app, family.entities)
    app.erasing.erase(family.parent[1], None, if_match=None)

    work_off(app, clock, in_one_go=True)

    assert [item for item in everything(app) if type(item) in (*family.gone, Lead)] == []
    assert {where.split(" ")[1].split("#")[0] for where in hits(app, family.parent[1])} <= {"JOB", "STATS"}
    assert problems(app) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_death_at_any_request_changes_nothing_about_the_end(
    estate: Application, clock: ManualClock, moment: str
) -> None:
    """The job is killed at a request, comes again when its lease ends, is killed at a later one, until it is done."""
    planted = plant(estate, clock)
    job = estate.erasing.erase(planted.lead, None, if_match=None)
    deaths, at = 0, 1
    while estate.jobs.get(job.id).status != "succeeded":
        clock.advance(120)
        try:
            with dying(estate, at, moment):
                estate.runner.run(job.id, lambda: True)
        except KilledError:
            deaths += 1
            at += 6
        assert at < 1000

    assert deaths > 5
    assert hits(estate, *NEEDLES) == []
    found = estate.jobs.get(job.id).result
    assert found is not None
    assert found["search"]["hits"] == 0
    work_off(estate, clock)
    assert problems(estate) == []


def test_at_whatever_moment_of_a_send_it_comes_one_message_at_most_and_nothing_is_left(
    app: Application, clock: ManualClock, bucket: str
) -> None:
    world = World(app, clock)
    sequence, sent_at_all = world.sequence(0, 1), 0
    for boundary in range(30):
        lead = world.lead()
        world.enroll(sequence, lead)
        worker, due = world.worker(), world.due(lead)
        erase = partial(app.erasing.erase, lead, None, if_match=None)
        with world.at_boundary(boundary, erase) as passed:
            world.process(worker, due)
        if len(passed) <= boundary:
            erase()
        _rest(world, lead, clock)

        sent = [entry.work for entry in world.ledger.entries if entry.work.startswith(lead)]
        # The gate had opened before the erasure came, or nothing went out.
        what = f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        assert len(sent) <= 1, what
        assert bool(sent) <= ("after BatchExecuteStatement" in passed[: boundary + 1] or len(passed) <= boundary), what
        sent_at_all += len(sent)
        kinds = (Lead, ContactAttempt, SequenceEnrollment, SequenceStepExecution)
        assert [kind for kind in kinds if count(app, kind)] == [], what
        if len(passed) <= boundary:
            assert sent_at_all > 1
            assert problems(app) == []
            return
    raise AssertionError("more boundaries than were gone through")


def _rest(world: World, lead: str, clock: ManualClock) -> None:
    """Let everybody do what they have to, until the jobs are done."""
    for _ in range(60):
        clock.advance(120)
        world.run_jobs()
        world.work(lead)
        if {job.status for job in everything(world.app) if isinstance(job, Job)} <= {"succeeded"}:
            return
    raise AssertionError("jobs do not come to an end")


@pytest.mark.parametrize("mood", ["accept", "busy", "reject", "opted_out"])
def test_a_send_that_is_answered_after_the_erasure_holds_it_up_no_longer(
    app: Application, clock: ManualClock, bucket: str, mood: Mood
) -> None:
    lead, job, world = _erased_while_a_text_is_sent(app, clock, mood)

    refs = [flight.ref for flight in flights_of(app.core, lead)]
    assert refs == ([world.ledger.entries[0].ref] if mood == "accept" else [])
    clock.advance(10)
    world.run_jobs()

    done = app.jobs.get(job)
    assert (done.status, done.result is not None) == ("succeeded", True)
    # Nobody has set Twilio up here: it would have been asked to remove it.
    why = [one["why"] for one in (done.result or {})["underWay"].get("which", [])]
    assert why == ["twilio is not set up: remove it there by hand."] * len(refs)
    assert problems(app) == []


def test_a_send_that_is_not_answered_is_waited_for_until_its_provider_must_know(
    app: Application, clock: ManualClock, bucket: str
) -> None:
    _, job, world = _erased_while_a_text_is_sent(app, clock, "accept_silently")

    clock.advance(10)
    world.run_jobs()

    assert app.jobs.get(job).status == "waiting"
    why = [one["why"] for one in (app.jobs.get(job).result or {})["underWay"]["which"]]
    assert why == ["It is being sent at this moment."]
    work_off(app, clock)
    assert app.jobs.get(job).status == "succeeded"


def _erased_while_a_text_is_sent(app: Application, clock: ManualClock, mood: Mood) -> tuple[str, str, World]:
    """The lead, the job of its erasure, which has waited once, and a worker that has noted the answer since."""
    world = World(app, clock)
    sequence, lead, jobs = world.sequence(0), world.lead(), list[str]()
    world.enroll(sequence, lead)

    def erase(boundary: str) -> None:
        if boundary == "after send":
            jobs.append(app.erasing.erase(lead, None, if_match=None).id)
            waiting = app.runner.run(jobs[0], lambda: True)
            assert waiting is not None
            assert waiting.status == "waiting"

    world.ledger.moods.append(mood)
    world.ledger.watch = erase
    world.work(lead)
    return lead, jobs[0], world


def test_an_export_or_an_import_whose_job_was_given_up_is_not_waited_for(
    estate: Application, clock: ManualClock
) -> None:
    planted = plant(estate, clock)
    given_up = _a_job(estate, "failed")
    _set(estate, "i1", "running", given_up)
    dates: dict[str, Any] = {"created_at": clock.now(), "updated_at": clock.now()}
    make.load(estate, [Export(id="e4", kind="archive", status="queued", job_id=given_up, **dates)])
    began = clock.now()
    job = estate.erasing.erase(planted.lead, None, if_match=None)
    while estate.jobs.get(job.id).status != "succeeded":
        clock.advance(60)
        estate.runner.run(job.id, lambda: True)
        assert (clock.now() - began).total_seconds() < 600

    assert hits(estate, *NEEDLES) == []


def test_a_file_that_is_being_taken_in_is_waited_for(estate: Application, clock: ManualClock) -> None:
    planted = plant(estate, clock)
    _set(estate, "i1", "running", _a_job(estate, "running"))
    job = estate.erasing.erase(planted.lead, None, if_match=None)
    for _ in range(20):
        clock.advance(300)
        estate.runner.run(job.id, lambda: True)
    transfers = Transfers(estate.core)
    assert estate.jobs.get(job.id).status == "waiting"
    assert "uploads/i1" in transfers.keys("")

    _set(estate, "i1", "succeeded")
    work_off(estate, clock)

    assert transfers.keys("") == ["uploads/i2"]
    assert estate.jobs.get(job.id).status == "succeeded"


@pytest.mark.parametrize("status", ["awaiting_upload", "inspected"])
def test_an_import_whose_file_goes_says_so_and_may_be_given_another(
    estate: Application, clock: ManualClock, status: str
) -> None:
    planted = plant(estate, clock)
    _set(estate, "i1", status)
    estate.erasing.erase(planted.lead, None, if_match=None)
    work_off(estate, clock)

    told = estate.imports.get("i1")
    assert (told.status, "a person in it was erased" in (told.error or "")) == ("failed", True)
    Transfers(estate.core).put("uploads/i1", b"first name,last name\nAda,Lovelace\n")
    assert estate.imports.start("i1", ImportOptions()).status == "running"


def _a_job(app: Application, status: Literal["running", "failed"]) -> str:
    """A job that nobody works on here."""
    job = queued(app.core, "import", {"kind": "Import", "id": "i1"})
    make.load(app, [job.model_copy(update={"status": status, "due_at": None})])
    return job.id


def _set(app: Application, import_id: str, status: str, job_id: str | None = None) -> None:
    before = app.imports.get(import_id)
    app.core.store.write(Replace(app.core.changed(before, status=status, job_id=job_id), before=before))
