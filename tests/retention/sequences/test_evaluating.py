"""The trigger no_conversion: every lead that has waited is enrolled, however many there are, and only once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.jobs.model import Job
from retention.leads.model import Contact, Lead
from retention.sequences import evaluating
from retention.sequences.evaluating import CHUNK, EVERY
from retention.sequences.model import Generation
from retention.table.keys import due_entry, index_partitions
from tests import factories as make
from tests.api_client import ApiClient
from tests.integrity import everything, problems
from tests.retention.deletion.test_rules import KilledError, dying
from tests.retention.sequences.news import enrolled
from tests.start import START

#: Longer than a lease.
LONG = 120


def a_sequence(api: ApiClient, status: str = "ACTIVE", **more: Any) -> str:
    """A sequence that takes who has waited; its path."""
    script = api.post("/v1/scripts", {"name": "Hello", "type": "SMS", "content": "Hi"}).json["id"]
    steps = [{"channel": "SMS", "scriptId": script, "delayValue": 2, "delayUnit": "DAYS"}]
    body = {"name": "Win back", "status": status, "triggerType": "no_conversion", "steps": steps, **more}
    reply = api.post("/v1/sequences", body)
    assert reply.status == 201
    return str(reply.headers["Location"])


def id_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


def people(app: Application, count: int, *, contact: dict[str, Any] | None = None, **more: Any) -> list[str]:
    """Leads, each a second older than the one before; their ids."""
    created = more.pop("created_at", START)
    leads = [make.a_lead(created_at=created - timedelta(seconds=number), **more) for number in range(count)]
    make.load(app, [*leads, *(make.a_contact(lead, **(contact or {})) for lead in leads)])
    return sorted(lead.id for lead in leads)


def evaluations(app: Application) -> list[Job]:
    """The jobs that find leads, oldest first."""
    found = [item for item in everything(app) if isinstance(item, Job) and item.task == "evaluate"]
    return sorted(found, key=lambda job: job.id)


def run_due(app: Application, may_go_on: Callable[[], bool] = lambda: True) -> None:
    """Run what is due now until nothing is."""
    for _ in range(1000):
        rows = [row for pk in index_partitions("Job", "due") for row in app.core.store.query(pk, index="due")]
        entries = [due_entry(row["dueSk"]["S"]) for row in rows]
        due = [entry.rest for entry in entries if entry.due_at <= app.core.now()]
        if not due:
            return
        for job_id in due:
            app.runner.run(job_id, may_go_on)
    raise AssertionError("jobs do not come to an end")


# --- everybody, once -------------------------------------------------------------------------------------------


def test_a_thousand_waiting_leads_are_all_enrolled_once_though_runners_are_killed_and_overlap(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    waiting = people(app, 1000)
    path = a_sequence(api)
    (job,) = evaluations(app)

    with pytest.raises(KilledError), dying(app, 300, "after"):
        app.runner.run(job.id, lambda: True)
    some = enrolled(app, id_of(path))
    assert 0 < len(some) < 1000
    clock.advance(LONG)
    # One that lost its lease without knowing, and one that took over.
    target = {"id": id_of(path), "evaluation": job.id}
    with ThreadPoolExecutor(2) as pool:
        zombie = pool.submit(lambda: list(evaluating.PLAN.stages[0](app.core, target, None)))
        app.runner.run(job.id, lambda: True)
        zombie.result()

    assert enrolled(app, id_of(path)) == waiting
    assert problems(app) == []


def test_an_evaluation_survives_death_at_every_request(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "CHUNK", 2)
    api, deaths, at = ApiClient(app), 0, 1
    waiting = people(app, 3)
    while True:
        path = a_sequence(api, triggerConfig={"excludeStatus": ["CONTACTED", "IN_PROGRESS"]})
        finished = False
        try:
            with dying(app, at, "after"):
                run_due(app)
                finished = True
        except KilledError:
            deaths += 1
        clock.advance(LONG)
        run_due(app)
        assert enrolled(app, id_of(path)) == waiting
        if finished:
            break
        at += 1
    assert deaths >= 10


def test_it_goes_on_from_its_place_when_time_runs_out_after_each_piece(
    api: ApiClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "CHUNK", 10)
    waiting = people(app, 35)
    path = a_sequence(api)

    run_due(app, lambda: False)

    assert enrolled(app, id_of(path)) == waiting
    (job,) = evaluations(app)
    assert (job.status, job.changed, job.due_at) == ("waiting", 35, app.core.now() + EVERY)


def test_a_lead_whose_status_changes_while_it_runs_is_not_passed_over(
    api: ApiClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way it goes: from a lane that was read already to one that comes, or back."""
    monkeypatch.setattr(evaluating, "CHUNK", 10)
    waiting = sorted(people(app, 20) + people(app, 20, status="IN_PROGRESS", created_at=START - timedelta(minutes=1)))
    path = a_sequence(api)
    leads = [item for item in everything(app) if isinstance(item, Lead)]
    pieces = 0

    def everybody_moves() -> bool:
        nonlocal pieces
        pieces += 1
        for lead in leads:
            before = app.leads.get(lead.id).status
            app.leads.update(lead.id, {"status": "NEW" if before == "IN_PROGRESS" else "IN_PROGRESS"}, if_match=None)
        return True

    run_due(app, everybody_moves)

    assert enrolled(app, id_of(path)) == waiting
    assert pieces >= 4


def test_more_leads_than_one_piece_with_one_creation_time_are_all_reached(
    api: ApiClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "CHUNK", 7)
    leads = [make.a_lead() for _ in range(40)]
    make.load(app, [*leads, *(make.a_contact(lead) for lead in leads)])
    path = a_sequence(api)

    run_due(app)

    assert enrolled(app, id_of(path)) == sorted(lead.id for lead in leads)
    assert CHUNK > 100


# --- who has waited --------------------------------------------------------------------------------------------


def test_days_count_from_the_last_contact_or_else_from_the_creation(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    week = timedelta(days=7)
    just = people(app, 1, created_at=START - week)
    long_ago = people(app, 1, created_at=START - 4 * week, contact={"last_contacted_at": START - week})
    people(app, 1, created_at=START - week + timedelta(seconds=1))
    people(app, 1, created_at=START - 4 * week, contact={"last_contacted_at": START - timedelta(days=6.9)})
    path = a_sequence(api, triggerConfig={"minDaysSinceLastContact": 7})

    run_due(app)

    assert enrolled(app, id_of(path)) == sorted(just + long_ago)


def test_excluded_statuses_converted_lost_and_stopped_leads_are_left_out(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    taken = people(app, 2) + people(app, 2, status="IN_PROGRESS")
    for status in ("CONTACTED", "CONVERTED", "LOST"):
        people(app, 2, status=status)
    people(app, 2, contact={"stop_reason": "OPT_OUT", "stopped_at": START})
    people(app, 2, contact={"erased": True}, deleting=True)
    path = a_sequence(api, triggerConfig={"excludeStatus": ["CONTACTED", "CONVERTED"]})

    run_due(app)

    assert enrolled(app, id_of(path)) == sorted(taken)


def test_a_sequence_that_excludes_everybody_enrolls_nobody(api: ApiClient, app: Application) -> None:
    people(app, 3)
    path = a_sequence(api, triggerConfig={"excludeStatus": ["NEW", "CONTACTED", "IN_PROGRESS"]})

    run_due(app)

    assert enrolled(app, id_of(path)) == []


def test_who_has_been_in_the_sequence_is_not_enrolled_again(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    finished, deleted, fresh = people(app, 3)
    path = a_sequence(api)
    api.post(f"{path}/enrollments", {"leadIds": [finished, deleted]})
    assert api.post(f"/v1/enrollments/{finished}.{id_of(path)}/cancel").status == 200
    assert api.delete(f"/v1/enrollments/{deleted}.{id_of(path)}").status == 204
    assert [item for item in everything(app) if isinstance(item, Generation)]

    for _ in range(3):
        run_due(app)
        clock.advance(EVERY.total_seconds())

    assert enrolled(app, id_of(path)) == sorted([finished, fresh])
    assert api.get(f"/v1/enrollments/{finished}.{id_of(path)}").json["status"] == "CANCELLED"


def test_who_may_come_again_does_when_the_time_has_come(api: ApiClient, app: Application, clock: ManualClock) -> None:
    (lead,) = people(app, 1)
    path = a_sequence(api, settings={"reentry": {"policy": "after", "afterDays": 2}})
    run_due(app)
    enrollment = f"/v1/enrollments/{lead}.{id_of(path)}"
    assert api.post(f"{enrollment}/cancel").status == 200

    clock.advance(86_400)
    run_due(app)
    assert api.get(enrollment).json["status"] == "CANCELLED"
    clock.advance(86_400)
    run_due(app)

    assert api.get(enrollment).json["status"] == "ACTIVE"


# --- again and again, for as long as the sequence is active ----------------------------------------------------


def test_it_is_done_again_every_six_hours(api: ApiClient, app: Application, clock: ManualClock) -> None:
    path = a_sequence(api, triggerConfig={"minDaysSinceLastContact": 1})
    run_due(app)
    first = people(app, 1, created_at=START)
    clock.advance(EVERY.total_seconds() - 1)
    run_due(app)
    assert enrolled(app, id_of(path)) == []

    clock.advance(86_400 - EVERY.total_seconds() + 1)
    run_due(app)

    assert enrolled(app, id_of(path)) == first
    (job,) = evaluations(app)
    assert (job.status, job.due_at) == ("waiting", clock.now() + EVERY)


@pytest.mark.parametrize("end", ["pause", "archive", "delete", "trigger"])
def test_it_ends_when_the_sequence_takes_nobody_any_more(
    api: ApiClient, app: Application, clock: ManualClock, end: str
) -> None:
    path = a_sequence(api)
    run_due(app)
    if end == "delete":
        assert api.delete(path).status in (202, 204)
    elif end == "trigger":
        assert api.patch(path, {"triggerType": "manual"}).status == 200
    else:
        assert api.post(f"{path}/{end}").status in (200, 202)

    people(app, 1)
    clock.advance(EVERY.total_seconds())
    run_due(app)

    (job,) = evaluations(app)
    assert (job.status, job.due_at) == ("succeeded", None)
    assert enrolled(app, id_of(path)) == []


def test_a_draft_finds_nobody_until_it_is_activated(api: ApiClient, app: Application) -> None:
    waiting = people(app, 2)
    path = a_sequence(api, status="DRAFT")
    run_due(app)
    assert evaluations(app) == []

    assert api.post(f"{path}/activate").status == 200
    run_due(app)

    assert enrolled(app, id_of(path)) == waiting


def test_after_a_pause_one_new_job_goes_on_and_the_old_one_ends(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    path = a_sequence(api)
    run_due(app)
    assert api.post(f"{path}/pause").status == 200
    assert api.post(f"{path}/resume").status == 200
    waiting = people(app, 2)

    run_due(app)
    assert enrolled(app, id_of(path)) == waiting
    clock.advance(EVERY.total_seconds())
    run_due(app)

    assert [job.status for job in evaluations(app)] == ["succeeded", "waiting"]


def test_another_configuration_is_gone_by_at_once(api: ApiClient, app: Application, clock: ManualClock) -> None:
    waiting = people(app, 2)
    path = a_sequence(api, triggerConfig={"minDaysSinceLastContact": 30})
    run_due(app)
    assert enrolled(app, id_of(path)) == []

    assert api.patch(path, {"triggerConfig": {"minDaysSinceLastContact": None}}).status == 200
    run_due(app)

    assert enrolled(app, id_of(path)) == waiting
    assert api.patch(path, {"name": "Another name"}).status == 200
    assert len(evaluations(app)) == 2


def test_a_lead_that_opts_out_between_being_found_and_being_enrolled_is_not_enrolled(
    api: ApiClient, app: Application
) -> None:
    (lead,) = people(app, 1)
    path = a_sequence(api)
    events = app.core.store._low.client.meta.events
    pending = [lambda: app.leads.stop(lead, "OPT_OUT")]

    def before(params: dict[str, Any], **_: Any) -> None:
        if pending and "ENROLLMENT" in str(params["body"]):
            pending.pop()()

    events.register("before-call.dynamodb.TransactWriteItems", before)
    try:
        run_due(app)
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", before)

    assert not pending
    assert enrolled(app, id_of(path)) == []
    contact = next(item for item in everything(app) if isinstance(item, Contact))
    assert contact.stop_reason == "OPT_OUT"
