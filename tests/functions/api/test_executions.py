"""Executions over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.jobs.model import Job
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution
from tests import factories
from tests.api_client import ApiClient
from tests.start import START


def due_in(hours: int) -> dict[str, Any]:
    """Scheduled so many hours after the start."""
    at = START + timedelta(hours=hours)
    return {"status": "SCHEDULED", "scheduled_at": at, "due_at": at}


def executed_at(hours: int, status: str = "SENT") -> dict[str, Any]:
    """Executed so many hours after the start."""
    at = START + timedelta(hours=hours)
    return {"status": status, "scheduled_at": at, "executed_at": at}


class World:
    """Two leads in a sequence of three steps: one far along, one at the beginning."""

    def __init__(self, app: Application) -> None:
        sequence = factories.a_sequence()
        leads = [factories.a_lead(), factories.a_lead()]
        self.first, self.second, self.third = self.steps = [
            factories.a_step(sequence, step_order=place) for place in range(3)
        ]
        self.far, self.begun = [factories.an_enrollment(lead, sequence) for lead in leads]
        self.sent = self._execution(self.far, self.first, **executed_at(1))
        self.failed = self._execution(self.far, self.second, **executed_at(2, "FAILED"))
        self.next = self._execution(self.far, self.third, **due_in(48))
        self.soon = self._execution(self.begun, self.first, **due_in(3))
        self.all = [self.sent, self.failed, self.next, self.soon]
        people = [*leads, *(factories.a_contact(lead) for lead in leads)]
        job = Job(
            id="job", task="delete", target={}, created_at=START, updated_at=START, due_at=START + timedelta(hours=4)
        )
        factories.load(app, [sequence, *people, *self.steps, self.far, self.begun, *self.all, job])

    @staticmethod
    def _execution(enrollment: SequenceEnrollment, step: SequenceStep, **fields: Any) -> SequenceStepExecution:
        return factories.an_execution(enrollment, step, **fields)


@pytest.fixture
def world(app: Application) -> World:
    return World(app)


def listed(api: ApiClient, **query: str) -> list[str]:
    reply = api.get("/v1/executions", query=query)
    assert reply.status == 200, reply.text
    return [row["id"] for row in reply.json["data"]]


def test_an_execution_is_read_by_its_id(api: ApiClient, world: World) -> None:
    reply = api.get(f"/v1/executions/{world.sent.id}")

    assert (reply.status, reply.headers["ETag"]) == (200, f'"{world.sent.revision}"')
    assert reply.json == {
        "id": world.sent.id,
        "enrollmentId": world.far.id,
        "stepId": world.first.id,
        "contactAttemptId": None,
        "status": "SENT",
        "scheduledAt": "2026-02-18T13:00:00.000Z",
        "executedAt": "2026-02-18T13:00:00.000Z",
        "result": {},
    }


@pytest.mark.parametrize("target", ["nothing", "a.b.1.c", "a.b.c", "..."])
def test_an_id_that_names_no_execution_is_not_found(api: ApiClient, world: World, target: str) -> None:
    assert api.get(f"/v1/executions/{target}").status == 404
    assert api.get(f"/v1/executions/{world.sent.id.replace('.1.', '.01.')}").status == 404


def test_what_is_scheduled_comes_soonest_first_and_other_due_work_is_left_out(api: ApiClient, world: World) -> None:
    assert listed(api, status="SCHEDULED") == [world.soon.id, world.next.id]
    assert listed(api, status="SCHEDULED", scheduledFrom="2026-02-18T16:00:00Z") == [world.next.id]
    assert listed(api, status="SCHEDULED", scheduledTo="2026-02-20T12:00:00Z") == [world.soon.id]
    both = {"scheduledFrom": "2026-02-18T15:00:00Z", "scheduledTo": "2026-02-18T15:00:00.001Z"}
    assert listed(api, status="SCHEDULED", **both) == [world.soon.id]
    assert listed(api, status="SCHEDULED", stepId=world.third.id) == [world.next.id]


def test_of_a_step_come_those_that_were_executed(api: ApiClient, world: World) -> None:
    assert listed(api, stepId=world.first.id) == [world.sent.id]
    assert listed(api, stepId=world.second.id, status="FAILED") == [world.failed.id]
    assert listed(api, stepId=world.second.id, status="SENT") == []
    assert listed(api, stepId="nothing") == []


def test_of_an_enrollment_come_all_the_latest_first(api: ApiClient, world: World) -> None:
    mine = [world.next.id, world.failed.id, world.sent.id]

    assert listed(api, enrollmentId=world.far.id) == mine
    assert listed(api, enrollmentId=world.far.id, status="SENT") == [world.sent.id]
    assert listed(api, enrollmentId=world.far.id, stepId=world.second.id) == [world.failed.id]
    assert listed(api, enrollmentId=world.far.id, scheduledTo="2026-02-18T14:00:00Z") == [world.sent.id]
    assert listed(api, enrollmentId="nobody.nothing") == listed(api, enrollmentId="nobody") == []
    of_enrollment = api.get(f"/v1/enrollments/{world.far.id}/executions").json["data"]
    assert [row["id"] for row in of_enrollment] == mine
    sent = api.get(f"/v1/enrollments/{world.far.id}/executions?status=SENT").json["data"]
    assert [row["id"] for row in sent] == [world.sent.id]


def test_what_failed_is_listed(api: ApiClient, world: World) -> None:
    assert listed(api, status="FAILED") == [world.failed.id]
    assert listed(api, status="FAILED", scheduledFrom="2026-02-19T00:00:00Z") == []


@pytest.mark.parametrize("query", [{}, {"status": "SENT"}, {"status": "PENDING", "stepId": "step"}])
def test_a_list_of_everything_is_refused_and_says_what_is_possible(api: ApiClient, query: dict[str, str]) -> None:
    reply = api.get("/v1/executions", query=query)

    assert (reply.status, reply.json["code"]) == (400, "anchor_needed")
    (error,) = reply.json["errors"]
    assert all(name in error["detail"] for name in ("enrollmentId", "stepId", "FAILED", "SCHEDULED"))


@pytest.mark.parametrize("order", ["SCHEDULED", "executed", "enrollment"])
def test_every_list_is_walked_by_cursor_without_gaps_or_repeats(api: ApiClient, app: Application, order: str) -> None:
    sequence = factories.a_sequence()
    steps = [factories.a_step(sequence, step_order=place) for place in range(7)]
    enrollments = [factories.an_enrollment(factories.a_lead(), sequence) for _ in range(7)]
    if order == "enrollment":
        made = [factories.an_execution(enrollments[0], step, **due_in(hour)) for hour, step in enumerate(steps)]
        query = {"enrollmentId": enrollments[0].id}
    else:
        times = due_in if order == "SCHEDULED" else executed_at
        made = [factories.an_execution(one, steps[0], **times(hour)) for hour, one in enumerate(enrollments)]
        query = {"status": "SCHEDULED"} if order == "SCHEDULED" else {"stepId": steps[0].id}
    factories.load(app, [sequence, *steps, *enrollments, *made])

    seen: list[str] = []
    page = api.get("/v1/executions", query={**query, "limit": "3"}).json
    while True:
        seen += [row["id"] for row in page["data"]]
        if page["nextCursor"] is None:
            break
        page = api.get("/v1/executions", query={**query, "limit": "3", "cursor": page["nextCursor"]}).json

    expected = [execution.id for execution in made]
    assert seen == (expected if order == "SCHEDULED" else expected[::-1])


def test_malformed_filters_are_refused_by_name(api: ApiClient) -> None:
    reply = api.get("/v1/executions?status=GONE&scheduledFrom=today&stepId=a.b&colour=red")

    assert reply.status == 400
    assert {error["pointer"] for error in reply.json["errors"]} == {
        "/query/status",
        "/query/scheduledFrom",
        "/query/stepId",
        "/query/colour",
    }


def test_executions_cannot_be_written(api: ApiClient, world: World) -> None:
    assert api.patch(f"/v1/executions/{world.sent.id}", {"status": "FAILED"}).status == 405
    assert api.delete(f"/v1/executions/{world.sent.id}").status == 405
    assert api.post("/v1/executions", {}).status == 405
