"""Jobs over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.jobs.model import Job
from retention.table.writes import Create
from tests.api_client import ApiClient


def a_failed_job(app: Application, **fields: Any) -> str:
    """The id of a job that was given up: its work is to forget secrets that are not there any more."""
    now = app.core.now()
    job = Job(
        id=app.core.ids.new(now),
        task="delete",
        target={"kind": "IntegrationConfig", "id": "twilio", "version": "v1"},
        status="failed",
        failures=10,
        error="SecretStoreError",
        created_at=now,
        updated_at=now,
        revision=app.core.ids.revision(),
        **fields,
    )
    app.core.store.write(Create(job))
    return job.id


def ids(api: ApiClient, query: str = "") -> list[str]:
    return [row["id"] for row in api.get(f"/v1/jobs{query}").json["data"]]


def a_deleted_lead(api: ApiClient) -> None:
    lead = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).headers["Location"]
    assert api.delete(lead).status == 204


def test_a_job_shows_what_it_does_and_how_far_it_is(api: ApiClient) -> None:
    a_deleted_lead(api)

    (job,) = api.get("/v1/jobs").json["data"]

    assert (job["task"], job["target"]["kind"], job["status"]) == ("delete", "Lead", "succeeded")
    assert (job["finishedAt"], job["error"]) == ("2026-02-18T12:00:00.000Z", None)
    assert not {"stage", "checkpoint", "failures", "dueAt", "expiresAt"} & set(job)
    one = api.get(f"/v1/jobs/{job['id']}")
    assert (one.json, one.headers["ETag"][0]) == (job, '"')


def test_a_job_that_succeeded_is_kept_for_thirty_days(api: ApiClient, clock: ManualClock) -> None:
    a_deleted_lead(api)
    (job,) = ids(api)
    clock.advance(timedelta(days=30).total_seconds() - 1)
    assert api.get(f"/v1/jobs/{job}").status == 200

    clock.advance(1)

    assert (api.get(f"/v1/jobs/{job}").status, ids(api)) == (404, [])


def test_a_job_that_failed_is_kept_until_it_is_tried_again(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    job = a_failed_job(app)
    clock.advance(timedelta(days=400).total_seconds())

    assert (api.get(f"/v1/jobs/{job}").json["status"], ids(api, "?status=failed")) == ("failed", [job])


def test_a_failed_job_is_tried_again_and_goes_on(api: ApiClient, app: Application) -> None:
    job = a_failed_job(app)

    reply = api.post(f"/v1/jobs/{job}/redrive", idempotency_key="one")
    again = api.post(f"/v1/jobs/{job}/redrive", idempotency_key="one")

    assert (reply.status, reply.json["status"]) == (202, "queued")
    assert reply.headers["Location"] == f"/v1/jobs/{job}"
    assert (again.status, again.text) == (202, reply.text)
    assert ids(api, "?status=failed") == []
    app.runner.run(job, lambda: True)
    assert api.get(f"/v1/jobs/{job}").json["status"] == "succeeded"


def test_only_a_failed_job_can_be_tried_again(api: ApiClient) -> None:
    a_deleted_lead(api)
    (job,) = ids(api)

    assert api.post(f"/v1/jobs/{job}/redrive").status == 409
    assert api.post("/v1/jobs/none/redrive").status == 404


@pytest.mark.parametrize("failed", [0, 1, 7])
def test_all_failed_jobs_are_tried_again_at_once(api: ApiClient, app: Application, failed: int) -> None:
    a_deleted_lead(api)
    made = [a_failed_job(app) for _ in range(failed)]

    reply = api.post("/v1/jobs/redrive", idempotency_key="one")

    assert (reply.status, reply.json) == (202, {"redriven": failed, "more": False})
    assert (sorted(ids(api, "?status=queued")), ids(api, "?status=failed")) == (sorted(made), [])
    assert api.post("/v1/jobs/redrive").json == {"redriven": 0, "more": False}


def test_jobs_are_listed_newest_first_by_status_and_page(api: ApiClient, app: Application, clock: ManualClock) -> None:
    made = []
    for _ in range(3):
        made.append(a_failed_job(app))
        clock.advance(1)
    a_deleted_lead(api)

    everything = ids(api)
    first = api.get("/v1/jobs?limit=2&status=failed").json
    rest = api.get("/v1/jobs", query={"limit": 2, "status": "failed", "cursor": first["nextCursor"]}).json

    assert (len(everything), everything[1:]) == (4, made[::-1])
    assert [row["id"] for row in first["data"] + rest["data"]] == made[::-1]
    assert len(ids(api, "?status=succeeded")) == 1
    assert api.get("/v1/jobs?status=lost").status == 400


def test_looking_needs_less_than_trying_again(api: ApiClient, app: Application) -> None:
    job = a_failed_job(app)
    reader = ApiClient(app, scopes="jobs:read")

    assert reader.get(f"/v1/jobs/{job}").status == 200
    assert (reader.post(f"/v1/jobs/{job}/redrive").status, reader.post("/v1/jobs/redrive").status) == (403, 403)
