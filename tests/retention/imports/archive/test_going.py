"""What went on by itself there goes on here: jobs stay behind, and are made anew by the names that items give them."""

from collections import Counter
from datetime import timedelta

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import Campaign
from retention.clock import ManualClock
from retention.entity import Entity
from retention.experiments.ending import EVERY
from retention.experiments.model import ABTest
from retention.imports.archive.going import FIRST_LOOK
from retention.jobs.model import Job
from retention.leads.model import LeadInput
from retention.outbound.endpoint import EndpointInput
from retention.outbound.model import Delivery, EndpointRegistry
from retention.outbound.switching import read_registry
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.suppressions.adopting import SETTLING
from retention.table.keys import key_of
from tests import factories
from tests.integrity import everything, problems
from tests.retention.imports.archive.account import TakingIn, another_stack, archive_of, looked_through, written
from tests.retention.sequences.test_evaluating import run_due
from tests.start import START

#: Longer than any job waits here before it looks once more.
LONG = FIRST_LOOK + EVERY + timedelta(hours=1)


@pytest.fixture
def other(clock: ManualClock, endpoint: str) -> Application:
    """An empty stack."""
    return another_stack(clock)


def jobs_of(app: Application) -> Counter[str]:
    """The tasks of the jobs that there are."""
    return Counter(item.task for item in everything(app) if isinstance(item, Job))


def find_campaign(app: Application, campaign: Campaign) -> Campaign:
    """A campaign as it is now."""
    found = app.core.store.find(Campaign, key_of(campaign))
    assert found is not None
    return found


@pytest.mark.parametrize("named", ["there", None], ids=["its job has a name", "it comes from another system"])
def test_what_looks_again_and_again_does_so_here(other: Application, clock: ManualClock, named: str | None) -> None:
    over = factories.a_campaign(status="ACTIVE", end_date=START - timedelta(days=1), watch=named and "watch-there")
    campaign = factories.a_campaign(status="ACTIVE", watch=named and "watch-there-2")
    test = factories.a_test(
        campaign,
        status="RUNNING",
        auto_complete=True,
        horizon_at=START - timedelta(days=1),
        judged_by=named and "judge-there",
    )
    trigger = {"status": "ACTIVE", "trigger_type": "no_conversion", "trigger_config": {"minDaysSinceLastContact": 1}}
    sequence = factories.a_sequence(**trigger, evaluation=named and "evaluate-there")
    lead = factories.a_lead(created_at=START - timedelta(days=9))
    step = factories.a_step(sequence)
    archive = written([over, campaign, test, sequence, step, lead, factories.a_contact(lead)])
    taking = TakingIn(other, archive)

    taking.run()

    as_it_came = archive_of(other)
    run_due(other)
    assert archive_of(other) == as_it_came, "it is left alone until people have compared it"
    if named:
        assert as_it_came == archive
    assert jobs_of(other) == {"evaluate": 3, "judge": 1}
    assert TakingIn(other, archive).run()["unchanged"] == 7
    assert jobs_of(other) == {"evaluate": 3, "judge": 1}, "a repetition makes none twice"
    clock.advance(LONG.total_seconds())
    run_due(other)
    assert find_campaign(other, over).status == "COMPLETED"
    assert find_campaign(other, campaign).status == "ACTIVE"
    judged = [job for job in everything(other) if isinstance(job, Job) and job.task == "judge"]
    assert [job.status for job in judged] == ["waiting"]
    assert [one.lead_id for one in everything(other) if isinstance(one, SequenceEnrollment)] == [lead.id]


def test_what_nobody_has_to_look_at_gets_no_job(other: Application) -> None:
    campaign = factories.a_campaign(status="PAUSED")
    test = factories.a_test(campaign, status="PAUSED")
    manual = factories.a_sequence(status="ACTIVE", trigger_type="manual")
    draft = factories.a_sequence(status="DRAFT", trigger_type="no_conversion")

    TakingIn(other, written([campaign, test, manual, draft])).run()

    assert jobs_of(other) == {}


def paused_halfway(followed_by: str) -> list[Entity]:
    """A sequence that was paused a moment ago: what is scheduled of it was not held yet."""
    sequence = factories.a_sequence(status="PAUSED", paused_at=START, followed_by=followed_by)
    step, lead = factories.a_step(sequence), factories.a_lead()
    enrollment = factories.an_enrollment(lead, sequence, status="ACTIVE", waiting_for=step.id)
    due = START + timedelta(days=1)
    execution = factories.an_execution(enrollment, step, status="SCHEDULED", scheduled_at=due, due_at=due)
    return [sequence, step, lead, factories.a_contact(lead), enrollment, execution]


def test_a_pause_that_was_under_way_there_is_followed_through_here(other: Application) -> None:
    items = paused_halfway("the-change")
    archive = written(items)

    TakingIn(other, archive).run()

    assert archive_of(other) == archive
    assert jobs_of(other) == {"pause": 1}
    run_due(other)
    (execution,) = [item for item in everything(other) if isinstance(item, SequenceStepExecution)]
    assert (execution.status, execution.due_at, execution.held_since) == ("PENDING", None, START)
    TakingIn(other, archive).run()
    assert jobs_of(other) == {"pause": 1}


@pytest.mark.parametrize(
    ("kind", "status", "task"),
    [
        ("campaign", "ACTIVE", "resume"),
        ("campaign", "PAUSED", "pause"),
        ("campaign", "COMPLETED", "complete"),
        ("sequence", "ACTIVE", "resume"),
        ("sequence", "ARCHIVED", "archive"),
    ],
)
def test_each_change_of_status_is_followed_through_as_what_it_came_to(
    other: Application, kind: str, status: str, task: str
) -> None:
    make = factories.a_campaign if kind == "campaign" else factories.a_sequence
    item = make(status=status, followed_by="change", paused_at=START if status == "PAUSED" else None)

    TakingIn(other, written([item])).run()
    run_due(other)

    (job,) = [one for one in everything(other) if isinstance(one, Job) and one.task != "evaluate"]
    assert (job.task, job.target["id"], job.target["change"]) == (task, item.id, "change")
    assert job.status in ("waiting", "succeeded")
    assert job.failures == 0


def test_what_was_changed_here_since_is_not_followed_back(other: Application) -> None:
    items = paused_halfway("the-change")
    archive = written(items)
    factories.load(other, [items[0].model_copy(update={"followed_by": "a later change"})])

    TakingIn(other, archive).run()

    assert jobs_of(other) == {}


def test_what_was_deleted_here_and_comes_back_is_looked_at_again(other: Application, clock: ManualClock) -> None:
    archive = written([factories.a_campaign(status="ACTIVE", end_date=START, watch="watch")])
    TakingIn(other, archive).run()
    (campaign,) = [item for item in everything(other) if isinstance(item, Campaign)]
    other.deletion.campaign(campaign.id)
    for _ in range(3):
        clock.advance(LONG.total_seconds())
        run_due(other)
    (before,) = [item for item in everything(other) if isinstance(item, Job) and item.task == "evaluate"]
    assert before.status == "succeeded"

    TakingIn(other, archive).run()
    clock.advance(LONG.total_seconds())
    run_due(other)

    assert find_campaign(other, campaign).status == "COMPLETED"


def test_what_came_in_before_a_cancellation_goes_on_too(other: Application) -> None:
    archive = written([factories.a_campaign(status="ACTIVE", watch="watch"), factories.a_lead()])
    taking = TakingIn(other, archive)
    chunks = (chunk for chunk in taking.chunks() if chunk.result)
    next(chunks)
    taking.cancel()

    assert [chunk.changed for chunk in chunks] == []
    assert not [item for item in everything(other) if type(item).__name__ == "Lead"]
    assert jobs_of(other) == {"evaluate": 1}


def test_a_kill_before_the_jobs_are_made_costs_none(other: Application) -> None:
    taking = TakingIn(other, written([factories.a_campaign(status="ACTIVE", watch="watch")]))
    chunks = taking.chunks()
    last = next(chunk.checkpoint for chunk in chunks if chunk.result)
    del chunks
    assert jobs_of(other) == {}

    list(taking.chunks(last))

    assert jobs_of(other) == {"evaluate": 1}


def test_endpoints_hear_at_once_beside_those_that_were_here(app: Application, clock: ManualClock) -> None:
    app.endpoints.create(EndpointInput(name="CRM", url="https://hooks.example.com/", events=["lead.created"]))
    off = EndpointInput(name="Off", url="https://hooks.example.com/off", events=["lead.created"], is_active=False)
    app.endpoints.create(off)
    archive = archive_of(app)
    other = another_stack(clock)
    own = EndpointInput(name="Own", url="https://hooks.example.com/own", events=["lead.created"])
    other.endpoints.create(own)
    seen = looked_through(other, archive)

    told = TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))
    clock.advance(10)
    other.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", email="ada@example.com"))

    assert (seen["new"], told["created"], told["rejected"]) == (2, 2, 0)
    registry = registry_of(other)
    assert registry.count == 3
    assert len({item.endpoint_id for item in everything(other) if isinstance(item, Delivery)}) == 2
    TakingIn(other, archive).run()
    assert registry_of(other) == registry
    assert problems(other) == []


def registry_of(app: Application) -> EndpointRegistry:
    """Who wants which events."""
    found = read_registry(app.core)
    assert found is not None
    return found


def test_no_more_endpoints_come_in_than_there_may_be(app: Application, clock: ManualClock) -> None:
    for number in range(6):
        app.endpoints.create(
            EndpointInput(name=f"E{number}", url="https://hooks.example.com/", events=["lead.created"])
        )
    archive = archive_of(app)
    other = another_stack(clock)
    for number in range(6):
        other.endpoints.create(
            EndpointInput(name=f"O{number}", url="https://hooks.example.com/", events=["lead.created"])
        )
    taking = TakingIn(other, archive)

    assert (taking.run()["created"], looked_through(other, archive)["unchanged"]) == (4, 4)
    assert [line["errors"][0]["code"] for line in taking.result() if "errors" in line] == ["too_many"] * 2


def test_a_running_test_is_judged_by_the_very_job_that_it_names(other: Application) -> None:
    campaign = factories.a_campaign()
    test = factories.a_test(campaign, status="RUNNING")

    TakingIn(other, written([campaign, test])).run()

    (there,) = [item for item in everything(other) if isinstance(item, ABTest)]
    (job,) = [item for item in everything(other) if isinstance(item, Job)]
    assert there.judged_by == job.id == job.target["judging"]
    assert job.target["id"] == test.id
