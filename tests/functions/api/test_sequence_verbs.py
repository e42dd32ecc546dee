"""Activate, pause, resume and archive a sequence, over HTTP."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import Lead
from tests import factories
from tests.api_client import ApiClient, Reply
from tests.integrity import problems

HOUR = 3600


@pytest.fixture
def lead(app: Application) -> Lead:
    """Somebody to be enrolled."""
    made = factories.a_lead()
    factories.load(app, [made, factories.a_contact(made)])
    return made


@pytest.fixture
def script(app: Application) -> str:
    """A text message."""
    made = factories.a_script(type="SMS")
    factories.load(app, [made])
    return made.id


@pytest.fixture
def path(api: ApiClient, script: str) -> str:
    """A draft whose first step is due two hours after it began, and the second one at once."""
    steps = [{"channel": "SMS", "scriptId": script, "delayValue": hours} for hours in (2, 0)]
    return api.post("/v1/sequences", {"name": "Win back", "steps": steps}).headers["Location"]


def enroll(api: ApiClient, path: str, lead: Lead) -> str:
    """Enroll somebody; the path of the enrollment."""
    return api.post(f"{path}/enrollments", {"leadId": lead.id}).headers["Location"]


def waiting(api: ApiClient, enrollment: str) -> tuple[str, str | None]:
    """Status and time of the one execution of an enrollment."""
    (execution,) = api.get(f"{enrollment}/executions").json["data"]
    return execution["status"], execution["scheduledAt"]


def job_of(api: ApiClient, reply: Reply) -> Any:
    """The job that follows a change through."""
    link = reply.headers["Link"]
    assert link.startswith("</v1/jobs/")
    assert link.endswith('>; rel="monitor"')
    return api.get(link[1 : link.index(">")]).json


def test_a_draft_is_activated_and_whoever_was_enrolled_begins_then(
    api: ApiClient, path: str, lead: Lead, clock: ManualClock
) -> None:
    enrollment = enroll(api, path, lead)
    clock.advance(5 * HOUR)

    reply = api.post(f"{path}/activate")

    assert (reply.status, reply.json["status"]) == (200, "ACTIVE")
    read = api.get(path)
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])
    assert waiting(api, enrollment) == ("SCHEDULED", "2026-02-18T19:00:00.000Z")
    job = job_of(api, reply)
    assert (job["task"], job["status"], job["changed"]) == ("activate", "waiting", 1)
    assert job["target"]["id"] == reply.json["id"]


def test_what_cannot_be_sent_is_not_activated_and_it_is_said_what_is_missing(api: ApiClient, script: str) -> None:
    def refused(*steps: dict[str, Any]) -> str:
        path = api.post("/v1/sequences", {"name": "Win back", "steps": list(steps)}).headers["Location"]
        reply = api.post(f"{path}/activate")
        assert (reply.status, reply.json["code"]) == (409, "conflict")
        assert api.get(path).json["status"] == "DRAFT"
        return str(reply.json["detail"])

    step = {"channel": "SMS", "scriptId": script}
    assert "no active step" in refused()
    assert "no active step" in refused({**step, "isActive": False})
    assert "(CALL, stepOrder 1)" in refused(step, {"channel": "CALL"})
    api.delete(f"/v1/scripts/{script}")
    assert "script" in refused({"channel": "SMS"})


def test_a_pause_holds_what_is_scheduled_and_a_resume_shifts_it_by_its_length(
    api: ApiClient, path: str, lead: Lead, clock: ManualClock
) -> None:
    api.post(f"{path}/activate")
    enrollment = enroll(api, path, lead)
    clock.advance(HOUR)

    paused = api.post(f"{path}/pause")
    assert (paused.status, paused.json["status"]) == (200, "PAUSED")
    assert waiting(api, enrollment) == ("PENDING", None)
    clock.advance(10 * HOUR)
    resumed = api.post(f"{path}/resume")

    assert (resumed.status, resumed.json["status"]) == (200, "ACTIVE")
    assert waiting(api, enrollment) == ("SCHEDULED", "2026-02-19T00:00:00.000Z")
    assert api.get(enrollment).json["status"] == "ACTIVE"


def test_catching_up_keeps_the_times(api: ApiClient, path: str, lead: Lead, clock: ManualClock) -> None:
    api.post(f"{path}/activate")
    enrollment = enroll(api, path, lead)
    api.post(f"{path}/pause")
    clock.advance(10 * HOUR)

    resumed = api.post(f"{path}/resume", {"policy": "catch_up"})

    assert waiting(api, enrollment) == ("SCHEDULED", "2026-02-18T14:00:00.000Z")
    assert job_of(api, resumed)["target"]["policy"] == "catch_up"
    assert api.post(f"{path}/resume", {"policy": "wait"}).status == 422


def test_resuming_says_beforehand_what_it_would_do_and_then_does_it(
    api: ApiClient, path: str, clock: ManualClock, app: Application
) -> None:
    api.post(f"{path}/activate")
    leads = [factories.a_lead() for _ in range(5)]
    factories.load(app, [*leads, *(factories.a_contact(lead) for lead in leads)])
    enrollments = []
    for lead in leads:
        enrollments.append(enroll(api, path, lead))
        clock.advance(HOUR)
    api.post(f"{enrollments[0]}/pause")
    api.post(f"{enrollments[1]}/cancel")
    api.post(f"{path}/pause")
    clock.advance(HOUR)
    before = api.get(path)

    reply = api.post(f"{path}/resume?dryRun=true")

    # Three go on: due at 16, 17 and 18 o'clock, paused at 17, and it is 18 o'clock now.
    assert (reply.status, reply.json) == (
        200,
        {
            "enrollments": 3,
            "held": 3,
            "atLeast": False,
            "shift": {"dueAtOnce": 2, "earliestDue": "2026-02-18T17:00:00.000Z"},
            "catchUp": {"dueAtOnce": 3, "earliestDue": "2026-02-18T16:00:00.000Z"},
        },
    )
    assert "Link" not in reply.headers
    assert (api.get(path).json, api.get(path).headers["ETag"]) == (before.json, before.headers["ETag"])
    assert waiting(api, enrollments[2]) == ("PENDING", None)
    api.post(f"{path}/resume", {"policy": "shift"})
    assert waiting(api, enrollments[2]) == ("SCHEDULED", "2026-02-18T17:00:00.000Z")
    assert waiting(api, enrollments[0]) == ("PENDING", None)


def test_a_forecast_looks_at_a_limited_number_of_enrollments(
    api: ApiClient, path: str, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.sequences.forecast.MOST", 3)
    leads = [factories.a_lead() for _ in range(5)]
    factories.load(app, [*leads, *(factories.a_contact(lead) for lead in leads)])
    api.post(f"{path}/activate")
    api.post(f"{path}/enrollments", {"leadIds": [lead.id for lead in leads]})
    api.post(f"{path}/pause")

    reply = api.post(f"{path}/resume?dryRun=true")

    assert (reply.json["enrollments"], reply.json["held"], reply.json["atLeast"]) == (3, 3, True)


def test_a_forecast_is_refused_where_resuming_would_be(api: ApiClient, path: str) -> None:
    assert api.post(f"{path}/resume?dryRun=true").status == 409
    api.post(f"{path}/activate")
    nothing = api.post(f"{path}/resume?dryRun=true").json
    assert (nothing["held"], nothing["shift"]) == (0, {"dueAtOnce": 0, "earliestDue": None})
    assert api.post(f"{path}/resume?dryRun=perhaps").status == 400


def test_an_archived_sequence_has_cancelled_its_enrollments(
    api: ApiClient, path: str, app: Application, clock: ManualClock
) -> None:
    api.post(f"{path}/activate")
    leads = [factories.a_lead() for _ in range(2)]
    factories.load(app, [*leads, *(factories.a_contact(lead) for lead in leads)])
    running, paused = (enroll(api, path, lead) for lead in leads)
    api.post(f"{paused}/pause")
    clock.advance(HOUR)

    reply = api.post(f"{path}/archive")

    assert (reply.status, reply.json["status"]) == (200, "ARCHIVED")
    for enrollment in (running, paused):
        read = api.get(enrollment).json
        assert (read["status"], read["completedAt"]) == ("CANCELLED", "2026-02-18T13:00:00.000Z")
        assert read["currentStep"] == 1
        (execution,) = api.get(f"{enrollment}/executions").json["data"]
        assert (execution["status"], execution["result"]) == ("SKIPPED", {"reason": "sequence_archived"})
    assert problems(app) == []


@pytest.mark.parametrize(
    ("status", "verb", "after", "instead"),
    [
        ("DRAFT", "pause", None, ""),
        ("DRAFT", "resume", None, "activate it"),
        ("DRAFT", "archive", "ARCHIVED", ""),
        ("ACTIVE", "activate", "ACTIVE", ""),
        ("ACTIVE", "resume", "ACTIVE", ""),
        ("PAUSED", "activate", None, "resume it"),
        ("PAUSED", "pause", "PAUSED", ""),
        ("PAUSED", "archive", "ARCHIVED", ""),
        ("ARCHIVED", "activate", None, ""),
        ("ARCHIVED", "pause", None, ""),
        ("ARCHIVED", "resume", None, ""),
        ("ARCHIVED", "archive", "ARCHIVED", ""),
    ],
)
def test_a_verb_that_does_not_apply_names_the_status_and_a_repeated_one_changes_nothing(
    api: ApiClient, status: str, verb: str, after: str | None, instead: str
) -> None:
    path = api.post("/v1/sequences", {"name": "Win back", "status": status}).headers["Location"]
    before = api.get(path)

    reply = api.post(f"{path}/{verb}")

    if after is None:
        assert (reply.status, reply.json["code"]) == (409, "conflict")
        assert status in reply.json["detail"]
        assert instead in reply.json["detail"]
    else:
        assert (reply.status, reply.json["status"]) == (200, after)
        assert ("Link" in reply.headers) == (after != status)
    if after in (None, status):
        assert (api.get(path).json, api.get(path).headers["ETag"]) == (before.json, before.headers["ETag"])


def test_a_verb_honours_if_match_and_an_idempotency_key(api: ApiClient, path: str) -> None:
    tag = api.get(path).headers["ETag"]
    api.patch(path, {"name": "Other"})

    stale = api.post(f"{path}/activate", if_match=tag)
    first = api.post(f"{path}/activate", if_match=api.get(path).headers["ETag"], idempotency_key="once")
    api.post(f"{path}/pause")
    again = api.post(f"{path}/activate", if_match=api.get(path).headers["ETag"], idempotency_key="once")

    assert stale.status == 412
    assert (first.status, first.json["status"]) == (200, "ACTIVE")
    assert (again.status, again.json, again.headers["Link"]) == (200, first.json, first.headers["Link"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.get(path).json["status"] == "PAUSED"


@pytest.mark.parametrize("verb", ["activate", "pause", "resume", "archive"])
def test_verbs_need_the_sequence_and_the_scope(api: ApiClient, path: str, verb: str) -> None:
    reader = ApiClient(api.app, scopes="sequences:read enrollments:write")

    assert reader.post(f"{path}/{verb}").status == 403
    assert api.post(f"/v1/sequences/nothing/{verb}").status == 404
