"""The jobs function: what becomes of a message."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar

import pytest

from jobs.app import lambda_handler
from retention.bootstrap import Application, build, install
from retention.campaigns.model import Campaign
from retention.clock import ManualClock
from retention.jobs.model import Job
from retention.jobs.runner import MAX_FAILURES, Chunk, Plan, Runner
from retention.jobs.sweep import Sweep
from retention.sequences.triggering import MAX_TRIES
from retention.stats.contributing import ACCOUNT
from retention.stats.model import Tally
from retention.table import listing
from retention.table.keys import key
from retention.table.writes import Count, Create
from tests.api_client import ApiClient
from tests.door import Context
from tests.factories import a_campaign, a_lead, a_sequence, a_step, an_assignment, an_attempt, load
from tests.functions.queue import event_of, new_queue, take_all
from tests.integrity import problems


@pytest.fixture
def queue(endpoint: str) -> str:
    return new_queue()


@pytest.fixture
def app(app: Application, clock: ManualClock, queue: str) -> Application:
    """The application with a queue."""
    configured = replace(app.core.settings, jobs_queue_url=queue)
    return build(configured, clock=clock, keyring=app.core.keyring)


def handle(app: Application, *bodies: str, milliseconds_left: int = 300_000) -> list[str]:
    """Have the function work on messages; returns the positions of those that are to come again."""
    install(app)
    answer = lambda_handler(event_of(*bodies), Context(milliseconds_left=milliseconds_left))  # type: ignore[arg-type]
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def failures(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """The causes in the log, by the message that failed."""
    said = [vars(record) for record in caplog.records if record.getMessage() == "message_failed"]
    return {entry["message_id"]: entry["cause"] for entry in said}


def message(job: Job) -> str:
    return json.dumps({"jobId": job.id})


def only_job(app: Application) -> Job:
    (job,) = listing.page(
        app.core.store,
        Job,
        listing.lanes("Job", "listing", {}),
        limit=10,
        position=None,
        keep=lambda _: True,
    ).data
    return job


def deleted_campaign(app: Application) -> Job:
    """The job that watches a deleted campaign for latecomers."""
    api = ApiClient(app)
    created = api.post("/v1/campaigns", {"name": "Spring"})
    assert api.delete(created.headers["Location"]).status == 204
    return only_job(app)


def job_for(app: Application, **target: str) -> Job:
    """A job that may begin."""
    now = app.core.now()
    job = Job(
        id=app.core.ids.new(),
        task="delete",
        target=target,
        created_at=now,
        updated_at=now,
        due_at=now,
        revision=app.core.ids.revision(),
    )
    app.core.store.write(Create(job))
    return job


def found(app: Application, job: Job) -> Job:
    again = app.core.store.find(Job, key("Job", id=job.id))
    assert again is not None
    return again


def metrics_in(printed: str) -> dict[str, float]:
    """The metrics in what a function printed, in CloudWatch's embedded format."""
    values: dict[str, float] = {}
    for line in printed.splitlines():
        if '"_aws"' in line:
            document: dict[str, Any] = json.loads(line)
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "RetentionCenter"
            values |= {metric["Name"]: sum(document[metric["Name"]]) for metric in directive["Metrics"]}
    return values


def test_a_message_has_its_job_done(app: Application, clock: ManualClock, capsys: pytest.CaptureFixture[str]) -> None:
    job = deleted_campaign(app)
    clock.advance(6)

    assert handle(app, message(job)) == []

    assert found(app, job).status == "succeeded"
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1, "JobsSucceeded": 1}


@pytest.mark.parametrize(
    "body",
    [
        "", "x", "[]", "7", "null", "{}", '{"jobId": 7}', '{"jobId": ""}', '{"id": "x"}', '{"arrivals": []}',
        '{"arrivals": "x"}', '{"arrivals": [["a", "b"]]}', '{"arrivals": [["a", "b", 7]]}', '{"arrivals": ["abc"]}',
    ],
)  # fmt: skip
def test_a_message_that_names_no_work_comes_again_until_it_rests_in_the_dead_letter_queue(
    app: Application, body: str
) -> None:
    assert handle(app, body) == ["0"]


def test_a_bad_message_harms_no_other_of_its_batch(
    app: Application, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    job = deleted_campaign(app)
    clock.advance(6)

    assert handle(app, "x", message(job), "{}") == ["0", "2"]

    assert found(app, job).status == "succeeded"
    assert failures(caplog) == {"0": "NotOurMessageError", "2": "NotOurMessageError"}


def test_a_message_too_many_does_no_harm(app: Application, clock: ManualClock) -> None:
    job = deleted_campaign(app)

    assert handle(app, message(job)) == []
    assert found(app, job).status == "waiting"
    clock.advance(6)
    assert handle(app, message(job), message(job), '{"jobId": "no-such-job"}') == []
    assert found(app, job).status == "succeeded"


def test_a_job_that_runs_out_of_time_goes_on_with_a_message_of_its_own(
    app: Application, queue: str, clock: ManualClock
) -> None:
    campaign, lead = a_campaign(deleting=True), a_lead()
    load(app, [campaign, lead, an_assignment(lead, campaign), an_attempt(lead, campaign_id=campaign.id)])
    job = job_for(app, kind="Campaign", id=campaign.id)
    clock.advance(6)

    assert handle(app, message(job), milliseconds_left=29_000) == []
    rounds = 1
    while found(app, job).status != "succeeded":
        (again,) = take_all(queue)
        assert json.loads(again) == {"jobId": job.id}
        assert handle(app, again, milliseconds_left=29_000) == []
        rounds += 1

    assert rounds > 1
    assert app.core.store.find(Campaign, key("Campaign", id=campaign.id)) is None


def test_a_failure_is_on_the_job_and_its_message_is_done_with(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_for(app, kind="Nothing", id="x")

    assert handle(app, message(job)) == []

    after = found(app, job)
    assert (after.failures, after.error, after.status) == (1, "KeyError", "running")
    assert after.due_at is not None
    assert after.due_at > app.core.now()
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1, "JobFailures": 1}


def test_a_job_that_keeps_failing_is_given_up_and_counted(
    app: Application, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_for(app, kind="Nothing", id="x")

    for _ in range(MAX_FAILURES):
        capsys.readouterr()
        assert handle(app, message(job)) == []
        clock.advance(3600)

    assert found(app, job).status == "failed"
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1, "JobFailures": 1, "JobsGivenUp": 1}


def test_a_failure_that_could_not_be_written_down_makes_the_message_come_again(app: Application) -> None:
    gone = build(replace(app.core.settings, table_name="no-table-for-jobs"))

    assert handle(gone, '{"jobId": "any"}') == ["0"]


class Passing(Context):
    """An invocation in which each look at the clock takes a second."""

    looks: ClassVar[Iterator[int]]

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left - 1000 * next(self.looks)


def test_a_long_job_goes_on_behind_those_that_wait(app: Application, queue: str) -> None:
    def endless(core: object, target: object, checkpoint: int | None) -> Iterator[Chunk]:
        for number in range((checkpoint or 0) + 1, 10_000):
            yield Chunk(changed=1, checkpoint=number)

    job = job_for(app, kind="Campaign", id="any")
    plans = {("delete", "Campaign"): Plan((endless,), lambda core, target: None)}
    install(replace(app, runner=Runner(app.core, app.core.jobs_queue, plans)))
    Passing.looks = count()

    lambda_handler(event_of(message(job)), Passing())  # type: ignore[arg-type]

    # A minute of the five that it might have had; then it is behind whatever waits.
    assert 50 <= found(app, job).changed <= 60
    assert take_all(queue) == [message(job)]


# --- arrivals --------------------------------------------------------------------------------------------------


def test_a_new_lead_is_enrolled_by_the_message_that_told_of_it(
    app: Application, queue: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sequence = a_sequence(status="ACTIVE", trigger_type="new_lead", trigger_config={})
    load(app, [sequence, a_step(sequence)])
    lead = ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).json["id"]
    (told,) = take_all(queue)
    capsys.readouterr()

    assert handle(app, told) == []

    assert app.enrollments.get(f"{lead}.{sequence.id}").status == "ACTIVE"
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1, "TriggerEnrollments": 1}
    assert handle(app, told) == []
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1}


def test_an_arrival_that_is_given_up_sets_off_the_alarm_of_the_jobs(
    app: Application, queue: str, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sequence = a_sequence(status="ACTIVE", trigger_type="new_lead", trigger_config={})
    load(app, [sequence, a_step(sequence, delay_unit="MOONS")])
    ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"})
    tries = 0

    while told := take_all(queue):
        capsys.readouterr()
        assert handle(app, *told) == []
        tries += 1
        clock.advance(3600 + 60)
        Sweep(app.core.store, clock, app.core.jobs_queue).wake_due_arrivals()

    assert tries == MAX_TRIES
    assert metrics_in(capsys.readouterr().out) == {"JobMessages": 1, "JobsGivenUp": 1}


def test_a_table_that_does_not_answer_makes_a_message_of_arrivals_come_again(
    app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    gone = build(replace(app.core.settings, table_name="no-table-for-arrivals"))

    assert handle(gone, '{"arrivals": [["lead", "lead", "revision"]]}') == ["0"]
    assert failures(caplog).keys() == {"0"}, "and the log tells why"


def test_the_rules_learn_once_a_night(app: Application, queue: str) -> None:
    asked = json.dumps({"task": "learn", "day": "2026-02-18"})

    assert handle(app, asked, asked) == []

    job = only_job(app)
    assert (job.id, job.task, job.status) == ("learn-2026-02-18", "learn", "queued")
    (woken,) = take_all(queue)
    assert handle(app, woken) == []
    assert only_job(app).status == "succeeded"


# --- the night -----------------------------------------------------------------------------------------------------


def test_the_figures_are_recounted_once_a_night(
    app: Application, queue: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(app, [a_lead()])
    app.core.store.write(Count(Tally(scope=ACCOUNT, bucket="2026-02-17T03:00:00.000Z", spread_by="x"), {"leads": 1}))
    asked = json.dumps({"task": "recount", "day": "2026-02-18"})

    assert handle(app, asked, asked) == []
    (told,) = take_all(queue)
    assert handle(app, told, asked) == []

    job = only_job(app)
    assert (job.task, job.status, job.id) == ("recount", "succeeded", "recount-2026-02-18")
    assert job.result is not None
    wrong = {"kept": 1, "right": 0}
    assert job.result["repaired"] == [{"scope": ACCOUNT, "at": "2026-02-17T03:00:00.000Z", "numbers": {"leads": wrong}}]
    assert problems(app) == []
    assert metrics_in(capsys.readouterr().out)["FiguresRepaired"] == 1


def test_a_message_that_asks_for_other_work_at_night_is_not_ours(app: Application) -> None:
    assert handle(app, json.dumps({"task": "delete", "day": "2026-02-18"})) == ["0"]
