"""Pause, resume and cancel one enrollment, and coming into a sequence again, over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.contact import contact_key
from retention.leads.model import Contact, Lead
from retention.sequences.model import SequenceEnrollment
from tests import factories
from tests.api_client import ApiClient
from tests.integrity import everything, problems
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def lead(app: Application) -> Lead:
    """Somebody to be enrolled."""
    made = factories.a_lead()
    factories.load(app, [made, factories.a_contact(made)])
    return made


@pytest.fixture
def path(api: ApiClient) -> str:
    """An active sequence whose first step is due after two hours; a lead may come again after a day."""
    settings = {"reentry": {"policy": "after", "afterDays": 1}}
    steps = [{"channel": "SMS", "delayValue": 2}, {"channel": "SMS"}]
    body = {"name": "Win back", "status": "ACTIVE", "steps": steps, "settings": settings}
    return api.post("/v1/sequences", body).headers["Location"]


@pytest.fixture
def enrollment(api: ApiClient, path: str, lead: Lead) -> str:
    """The path of an enrollment whose first step is due at 14 o'clock."""
    return api.post(f"{path}/enrollments", {"leadId": lead.id}).headers["Location"]


def executions(api: ApiClient, enrollment: str) -> list[tuple[str, str | None]]:
    """Status and time of each execution, the latest first."""
    return [(one["status"], one["scheduledAt"]) for one in api.get(f"{enrollment}/executions").json["data"]]


def history(app: Application) -> list[str]:
    """What was done to the one enrollment."""
    (enrollment,) = (one for one in everything(app) if isinstance(one, SequenceEnrollment))
    return [entry["code"] for entry in enrollment.history or []]


def version(app: Application, lead: Lead) -> int:
    contact = app.core.store.find(Contact, contact_key(lead.id))
    assert contact is not None
    return contact.version


# --- pause and resume ------------------------------------------------------------------------------------------


def test_a_paused_enrollment_is_held_and_resumed_with_its_times_shifted(
    api: ApiClient, app: Application, enrollment: str, clock: ManualClock
) -> None:
    clock.advance(HOUR)
    paused = api.post(f"{enrollment}/pause")
    assert (paused.status, paused.json["status"]) == (200, "PAUSED")
    read = api.get(enrollment)
    assert (read.json, read.headers["ETag"]) == (paused.json, paused.headers["ETag"])
    assert executions(api, enrollment) == [("PENDING", None)]
    clock.advance(10 * HOUR)

    resumed = api.post(f"{enrollment}/resume")

    assert (resumed.status, resumed.json["status"]) == (200, "ACTIVE")
    assert executions(api, enrollment) == [("SCHEDULED", "2026-02-19T00:00:00.000Z")]
    assert history(app) == ["enrollment_paused", "resumed"]
    assert problems(app) == []


def test_catching_up_keeps_the_time(api: ApiClient, enrollment: str, clock: ManualClock) -> None:
    api.post(f"{enrollment}/pause")
    clock.advance(10 * HOUR)

    api.post(f"{enrollment}/resume", {"policy": "catch_up"})

    assert executions(api, enrollment) == [("SCHEDULED", "2026-02-18T14:00:00.000Z")]


def test_an_enrollment_that_is_resumed_in_a_paused_sequence_waits_for_the_sequence(
    api: ApiClient, path: str, enrollment: str, clock: ManualClock
) -> None:
    api.post(f"{enrollment}/pause")
    clock.advance(HOUR)
    api.post(f"{path}/pause")
    clock.advance(HOUR)

    resumed = api.post(f"{enrollment}/resume")

    assert resumed.json["status"] == "ACTIVE"
    assert executions(api, enrollment) == [("PENDING", None)]
    clock.advance(HOUR)
    api.post(f"{path}/resume")
    # Held for three hours in all, by one or the other.
    assert executions(api, enrollment) == [("SCHEDULED", "2026-02-18T17:00:00.000Z")]


def test_a_paused_enrollment_stays_paused_when_its_sequence_is_resumed(
    api: ApiClient, path: str, enrollment: str, clock: ManualClock
) -> None:
    api.post(f"{path}/pause")
    clock.advance(HOUR)
    api.post(f"{enrollment}/pause")
    api.post(f"{path}/resume")
    assert (api.get(enrollment).json["status"], executions(api, enrollment)) == ("PAUSED", [("PENDING", None)])
    clock.advance(HOUR)

    api.post(f"{enrollment}/resume")

    assert executions(api, enrollment) == [("SCHEDULED", "2026-02-18T16:00:00.000Z")]


def test_an_enrollment_without_anything_to_come_begins_when_it_is_resumed(
    api: ApiClient, app: Application, lead: Lead, clock: ManualClock
) -> None:
    script = factories.a_script(type="SMS")
    factories.load(app, [script])
    path = api.post("/v1/sequences", {"name": "Empty"}).headers["Location"]
    enrollment = api.post(f"{path}/enrollments", {"leadId": lead.id}).headers["Location"]
    api.post(f"{enrollment}/pause")
    api.post(f"{path}/steps", {"channel": "SMS", "scriptId": script.id, "delayValue": 1})
    api.post(f"{path}/activate")
    assert executions(api, enrollment) == []
    clock.advance(HOUR)

    api.post(f"{enrollment}/resume")

    assert executions(api, enrollment) == [("SCHEDULED", "2026-02-18T14:00:00.000Z")]
    assert problems(app) == []


# --- cancel ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
def test_a_cancelled_enrollment_ends_with_what_it_waits_for(
    api: ApiClient, app: Application, enrollment: str, clock: ManualClock, held: bool
) -> None:
    if held:
        api.post(f"{enrollment}/pause")
    clock.advance(HOUR)

    reply = api.post(f"{enrollment}/cancel")

    assert reply.status == 200
    assert reply.json == api.get(enrollment).json
    assert (reply.json["status"], reply.json["completedAt"]) == ("CANCELLED", "2026-02-18T13:00:00.000Z")
    assert (reply.json["currentStep"], reply.json["lastStepAt"]) == (1, None)
    (execution,) = api.get(f"{enrollment}/executions").json["data"]
    assert (execution["status"], execution["result"]) == ("SKIPPED", {"reason": "cancelled"})
    assert history(app)[-1] == "cancelled"
    assert problems(app) == []


# --- all verbs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "CONVERTED"])
def test_what_has_ended_cannot_be_moved_any_more(api: ApiClient, app: Application, path: str, status: str) -> None:
    lead = factories.a_lead()
    sequence = app.sequences.find(path.split("/")[-1]).sequence
    over = factories.an_enrollment(lead, sequence, status=status, completed_at=app.core.now())
    factories.load(app, [lead, factories.a_contact(lead), over])

    replies = {verb: api.post(f"/v1/enrollments/{over.id}/{verb}") for verb in ("pause", "resume", "cancel")}

    repeated = {"cancel"} if status == "CANCELLED" else set()
    assert {verb for verb, reply in replies.items() if reply.status == 200} == repeated
    assert {reply.status for verb, reply in replies.items() if verb not in repeated} == {409}
    assert all(status in reply.json["detail"] for verb, reply in replies.items() if verb not in repeated)


def test_an_enrollment_of_an_archived_sequence_is_not_resumed(api: ApiClient, app: Application, lead: Lead) -> None:
    sequence = factories.a_sequence(status="ARCHIVED")
    paused = factories.an_enrollment(lead, sequence, status="PAUSED")
    factories.load(app, [sequence, paused])

    assert api.post(f"/v1/enrollments/{paused.id}/resume").status == 409


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_each_verb_is_one_transaction_that_raises_the_version_and_a_repeat_writes_nothing(
    api: ApiClient, app: Application, enrollment: str, lead: Lead, verb: str
) -> None:
    if verb == "resume":
        api.post(f"{enrollment}/pause")
    before = version(app, lead)

    with counting(app) as cost:
        first = api.post(f"{enrollment}/{verb}")
    after = version(app, lead)
    with counting(app) as repeat:
        again = api.post(f"{enrollment}/{verb}")

    writes = [one for one in cost.requests if "Get" not in one and "Query" not in one]
    assert writes == ["TransactWriteItems"]
    assert after == before + 1
    assert repeat.write_units == 0
    assert (again.status, again.json, again.headers["ETag"]) == (200, first.json, first.headers["ETag"])


def test_a_verb_honours_if_match_and_an_idempotency_key(api: ApiClient, enrollment: str) -> None:
    tag = api.get(enrollment).headers["ETag"]
    api.patch(enrollment, {"meta": {"a": 1}})

    stale = api.post(f"{enrollment}/pause", if_match=tag)
    fresh = api.post(f"{enrollment}/pause", if_match=api.get(enrollment).headers["ETag"], idempotency_key="once")
    api.post(f"{enrollment}/resume")
    again = api.post(f"{enrollment}/pause", if_match=api.get(enrollment).headers["ETag"], idempotency_key="once")

    assert (stale.status, fresh.status) == (412, 200)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (fresh.json, "true")
    assert api.get(enrollment).json["status"] == "ACTIVE"


def test_verbs_need_the_enrollment_and_the_scope(api: ApiClient, enrollment: str) -> None:
    reader = ApiClient(api.app, scopes="enrollments:read sequences:write")

    for verb in ("pause", "resume", "cancel"):
        assert reader.post(f"{enrollment}/{verb}").status == 403
        for unknown in ("nobody.nothing", "nobody", "a.b.c"):
            assert api.post(f"/v1/enrollments/{unknown}/{verb}").status == 404


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_whatever_changes_between_reading_and_writing_is_looked_at_again(
    api: ApiClient, app: Application, enrollment: str, lead: Lead, verb: str
) -> None:
    with just_before_the_next_transaction(app, lambda: app.leads.stop(lead.id, "OPT_OUT")):
        reply = api.post(f"{enrollment}/{verb}")

    assert reply.status == 200
    assert problems(app) == []


# --- coming again ----------------------------------------------------------------------------------------------


def test_a_lead_that_has_been_through_comes_again_after_a_while(
    api: ApiClient, app: Application, path: str, enrollment: str, lead: Lead, clock: ManualClock
) -> None:
    api.patch(enrollment, {"meta": {"list": "spring"}})
    api.post(f"{enrollment}/cancel")
    clock.advance(DAY - 1)
    early = api.post(f"{path}/enrollments", {"leadId": lead.id})
    returned = api.post(f"{path}/enrollments", {"leadId": lead.id, "onExisting": "return"})
    clock.advance(1)

    again = api.post(f"{path}/enrollments", {"leadId": lead.id})

    assert (early.status, early.json["existingId"]) == (409, enrollment.split("/")[-1])
    assert "2026-02-19T12:00:00.000Z" in early.json["detail"]
    assert (returned.status, returned.json["status"]) == (200, "CANCELLED")
    assert (again.status, again.headers["Location"]) == (201, enrollment)
    assert again.json == {
        **returned.json,
        "status": "ACTIVE",
        "currentStep": 0,
        "enrolledAt": "2026-02-19T12:00:00.000Z",
        "completedAt": None,
    }
    rows = api.get(f"{enrollment}/executions").json["data"]
    assert [(row["id"].split(".")[2], row["status"]) for row in rows] == [("2", "SCHEDULED"), ("1", "SKIPPED")]
    assert history(app) == ["cancelled", "entered_again"]
    assert problems(app) == []


def test_unless_a_sequence_says_otherwise_nobody_comes_twice(api: ApiClient, lead: Lead, clock: ManualClock) -> None:
    body = {"name": "Once", "status": "ACTIVE", "steps": [{"channel": "SMS"}]}
    path = api.post("/v1/sequences", body).headers["Location"]
    enrollment = api.post(f"{path}/enrollments", {"leadId": lead.id}).headers["Location"]
    api.post(f"{enrollment}/cancel")
    clock.advance(400 * DAY)

    refused = api.post(f"{path}/enrollments", {"leadId": lead.id})

    assert refused.status == 409
    assert "settings.reentry" in refused.json["detail"]
    rows = api.post(f"{path}/enrollments", {"leadIds": [lead.id]}).json["results"]
    assert [row["status"] for row in rows] == ["existing"]


def test_many_come_again_and_whoever_is_still_in_it_does_not(
    api: ApiClient, app: Application, path: str, enrollment: str, lead: Lead, clock: ManualClock
) -> None:
    other = factories.a_lead()
    factories.load(app, [other, factories.a_contact(other)])
    api.post(f"{path}/enrollments", {"leadId": other.id})
    api.post(f"{enrollment}/cancel")
    clock.advance(2 * DAY)

    def enroll() -> list[Any]:
        rows = api.post(f"{path}/enrollments", {"leadIds": [lead.id, other.id]}).json["results"]
        return [(row["status"], row["id"]) for row in rows]

    mine, others = (f"{one.id}.{path.split('/')[-1]}" for one in (lead, other))
    assert enroll() == [("created", mine), ("existing", others)]
    assert enroll() == [("existing", mine), ("existing", others)]


def test_a_generation_is_not_used_again_after_the_enrollment_was_deleted(
    api: ApiClient, path: str, enrollment: str, lead: Lead, clock: ManualClock
) -> None:
    def come() -> str:
        reply = api.post(f"{path}/enrollments", {"leadId": lead.id})
        assert reply.status == 201
        (open_one,) = (row for row in api.get(f"{enrollment}/executions").json["data"] if row["status"] == "SCHEDULED")
        return str(open_one["id"].split(".")[2])

    api.post(f"{enrollment}/cancel")
    clock.advance(DAY)
    second = come()
    assert api.delete(enrollment).status == 204
    third = come()
    api.post(f"{enrollment}/cancel")
    clock.advance(DAY)

    assert (second, third, come()) == ("2", "3", "4")


def test_whoever_is_stopped_or_has_converted_does_not_come_again(
    api: ApiClient, path: str, enrollment: str, lead: Lead, clock: ManualClock
) -> None:
    api.post(f"{enrollment}/cancel")
    clock.advance(2 * DAY)
    api.post(f"/v1/leads/{lead.id}/stop", {})
    assert api.post(f"{path}/enrollments", {"leadId": lead.id}).json["code"] == "lead_stopped"
    api.post(f"/v1/leads/{lead.id}/unstop", {"reason": "asked for it"})
    api.patch(f"/v1/leads/{lead.id}", {"status": "CONVERTED"})

    assert api.post(f"{path}/enrollments", {"leadId": lead.id}).status == 409
    assert api.get(enrollment).json["status"] == "CANCELLED"
