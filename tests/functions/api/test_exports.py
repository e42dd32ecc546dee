"""Exports over the API: asked for, followed, fetched, deleted."""

import json
import urllib.request

import boto3
import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.moving.storage import Transfers
from tests import factories
from tests.api_client import ApiClient
from tests.factories import load

pytestmark = pytest.mark.usefixtures("bucket")


def run(app: Application, export: dict[str, str]) -> None:
    """Have the job of an export done."""
    app.runner.run(export["jobId"], lambda: True)


def test_from_the_request_to_the_file(app: Application, api: ApiClient, clock: ManualClock) -> None:
    lead = factories.a_lead()
    load(app, [lead, factories.a_contact(lead)])

    asked = api.post("/v1/exports", {"kind": "entity", "entity": "leads", "format": "csv"}, idempotency_key="once")
    place = asked.headers["Location"]
    assert (asked.status, asked.json["status"]) == (202, "queued")
    assert api.get(f"{place}/file").status == 404
    run(app, asked.json)

    ended = api.get(place).json
    assert (ended["status"], ended["records"]) == ("succeeded", 1)
    assert ended["expiresOn"] == "2026-02-25T12:00:00.000Z"
    link = api.get(f"{place}/file").json
    with urllib.request.urlopen(link["url"]) as answer:
        content = answer.read()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{ended["fileName"]}"'
    assert len(content) == ended["size"]
    assert lead.id.encode() in content
    again = api.post("/v1/exports", {"kind": "entity", "entity": "leads", "format": "csv"}, idempotency_key="once")
    assert again.json["id"] == ended["id"]
    assert [one["id"] for one in api.get("/v1/exports").json["data"]] == [ended["id"]]

    clock.advance(7 * 24 * 3600)
    assert api.get(place).status == 404
    assert api.get("/v1/exports").json["data"] == []


def test_the_progress_and_the_failure_of_the_job_show(app: Application, api: ApiClient) -> None:
    export = api.post("/v1/exports", {"kind": "archive"}).json
    job = app.jobs.get(export["jobId"])
    place = f"/v1/exports/{export['id']}"
    load(app, [job.model_copy(update={"status": "waiting", "result": {"records": 7}})])
    found = api.get(place).json
    assert (found["status"], found["records"], found["error"]) == ("running", 7, None)

    load(app, [job.model_copy(update={"status": "failed", "error": "StorageError"})])
    found = api.get(place).json
    assert (found["status"], found["error"]) == ("failed", "StorageError")
    assert "StorageError" in api.get(f"{place}/file").json["detail"]


def test_all_that_is_known_of_a_lead_is_a_file(app: Application, api: ApiClient) -> None:
    lead = factories.a_lead(notes="likes tea")
    load(app, [lead, factories.a_contact(lead)])

    asked = api.post("/v1/exports", {"kind": "lead", "leadId": lead.id}).json
    run(app, asked)

    link = api.get(f"/v1/exports/{asked['id']}/file").json
    with urllib.request.urlopen(link["url"]) as answer:
        assert json.loads(answer.read())["lead"]["notes"] == "likes tea"


def test_a_lead_that_has_gone_meanwhile_has_no_file(app: Application, api: ApiClient) -> None:
    lead = factories.a_lead()
    load(app, [lead, factories.a_contact(lead)])
    asked = api.post("/v1/exports", {"kind": "lead", "leadId": lead.id}).json
    app.deletion.lead(lead.id)

    run(app, asked)

    ended = api.get(f"/v1/exports/{asked['id']}").json
    assert ended["status"] == "failed"
    assert lead.id in ended["error"]
    assert Transfers(app.core).keys("") == []


@pytest.mark.parametrize("finished", [True, False])
def test_a_deleted_export_leaves_nothing(app: Application, api: ApiClient, finished: bool) -> None:
    load(app, [factories.a_campaign()])
    export = api.post("/v1/exports", {"kind": "archive"}).json
    app.runner.run(export["jobId"], lambda: finished)
    assert app.exports.get(export["id"]).status == ("succeeded" if finished else "running")

    assert api.delete(f"/v1/exports/{export['id']}").status == 204
    run(app, export)

    assert Transfers(app.core).keys("") == []
    assert api.get(f"/v1/exports/{export['id']}").status == 404
    assert api.delete(f"/v1/exports/{export['id']}").status == 404
    assert app.jobs.get(export["jobId"]).status == "succeeded"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "entity"}, "/entity"),
        ({"kind": "archive", "entity": "leads"}, "/entity"),
        ({"kind": "lead"}, "/leadId"),
        ({"kind": "archive", "leadId": "x"}, "/leadId"),
        ({"kind": "lead", "leadId": "nobody"}, "/leadId"),
        ({"kind": "entity", "entity": "contacts"}, "/entity"),
    ],
)
def test_what_makes_no_sense_is_refused(api: ApiClient, body: dict[str, str], pointer: str) -> None:
    refused = api.post("/v1/exports", body)

    assert refused.status == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_who_may(app: Application) -> None:
    reader = ApiClient(app, scopes="exports:read leads:read")
    assert reader.get("/v1/exports").status == 200
    assert reader.post("/v1/exports", {"kind": "archive"}).status == 403
    assert ApiClient(app, scopes="leads:read").get("/v1/exports").status == 403


def test_a_bucket_that_does_not_answer_is_no_error_of_ours(app: Application, api: ApiClient) -> None:
    export = api.post("/v1/exports", {"kind": "archive"}).json
    boto3.client("s3").delete_bucket(Bucket=app.core.settings.transfer_bucket)

    refused = api.delete(f"/v1/exports/{export['id']}")

    assert (refused.status, refused.json["code"]) == (503, "storage_unavailable")
