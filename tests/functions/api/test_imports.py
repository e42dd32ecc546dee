"""Imports over HTTP: the file is put to the signed link, looked through, taken in, and its result fetched."""

import json
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import Lead
from retention.moving.storage import Transfers
from tests import factories
from tests.api_client import ApiClient, Reply
from tests.integrity import scan
from tests.retention.imports.archive.account import written

pytestmark = pytest.mark.usefixtures("bucket")

TEXT = "Vorname,Nachname,E-Mail,Farbe\nAda,Lovelace,ada@example.com,rot\nBob,Builder,kaputt,blau\n"


def put(upload: Any, content: bytes) -> None:
    request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def begun(api: ApiClient, content: str | None = TEXT, **more: Any) -> str:
    """The path of an import whose file has been put."""
    reply = api.post("/v1/imports", {"kind": "leads", "fileName": "Leads.csv", **more})
    assert reply.status == 201, reply.text
    if content is not None:
        put(reply.json["upload"], content.encode())
    return reply.headers["Location"]


def worked(app: Application, reply: Reply) -> Any:
    """What an import is when its job has run."""
    assert reply.status == 202, reply.text
    app.runner.run(reply.json["jobId"], lambda: True)
    return ApiClient(app).get(f"/v1/imports/{reply.json['id']}").json


def test_a_file_goes_all_its_way(app: Application, api: ApiClient) -> None:
    path = begun(api)
    assert api.get(path).json["status"] == "awaiting_upload"

    seen = worked(app, api.post(f"{path}/inspect", {}))

    assert seen["status"] == "inspected"
    found = seen["inspection"]
    assert found["mapping"] == {"firstName": "Vorname", "lastName": "Nachname", "email": "E-Mail"}
    assert (found["unmapped"], found["rows"], found["created"], found["rejected"]) == (["Farbe"], 2, 1, 1)
    assert api.get("/v1/leads").json["data"] == []

    mapping = {**found["mapping"], "meta.colour": "Farbe"}
    done = worked(app, api.post(f"{path}/start", {"mapping": mapping, "onDuplicate": "merge"}))

    assert done["status"] == "succeeded"
    assert done["progress"] == {
        "done": 2, "total": 2, "created": 1, "updated": 0, "unchanged": 0, "skipped": 0, "rejected": 1,
    }  # fmt: skip
    assert done["options"] == {"mapping": mapping, "onDuplicate": "merge"}
    (lead,) = api.get("/v1/leads").json["data"]
    assert lead["meta"] == {"colour": "rot"}
    link = api.get(f"{path}/result").json
    with urllib.request.urlopen(link["url"]) as answer:
        lines = [json.loads(line) for line in answer.read().decode().splitlines()]
    assert lines[0] == {"row": 1, "status": "created", "id": lead["id"], "errors": []}
    assert (lines[1]["row"], lines[1]["status"]) == (2, "rejected")
    assert (lines[1]["errors"][0]["pointer"], lines[1]["errors"][0]["code"]) == ("/email", "invalid_email")
    assert [one["id"] for one in api.get("/v1/imports").json["data"]] == [done["id"]]
    assert not {"place", "cancelling", "expiresAt"} & done.keys()


def test_what_is_not_there_or_not_now_is_refused(app: Application, api: ApiClient) -> None:
    path = begun(api, None)
    for verb in ("inspect", "start"):
        reply = api.post(f"{path}/{verb}", {})
        assert (reply.status, reply.json["code"]) == (409, "conflict")
        assert "put it" in reply.json["detail"]
    early = api.get(f"{path}/result")
    assert (early.status, "has ended" in early.json["detail"]) == (404, True)
    assert api.get("/v1/imports/nothing").status == 404
    assert (
        api.post(f"{path}/start", {"mapping": {"createdAt": "x"}}).json["errors"][0]["pointer"] == "/mapping/createdAt"
    )
    assert api.post(f"{path}/start", {"secrets": {"vapi": {"apiKey": "x"}}}).status == 422
    assert api.post("/v1/imports", {"kind": "people", "fileName": "x"}).status == 422


def test_a_file_that_cannot_be_used_says_why_and_may_be_given_again(app: Application, api: ApiClient) -> None:
    reply = api.post("/v1/imports", {"kind": "leads", "fileName": "Leads.csv"})
    path = reply.headers["Location"]
    put(reply.json["upload"], b"PK\x03\x04 a workbook")

    failed = worked(app, api.post(f"{path}/inspect", {}))
    assert (failed["status"], "Excel" in failed["error"]) == ("failed", True)

    put(reply.json["upload"], TEXT.encode())
    unmapped = worked(app, api.post(f"{path}/inspect", {"mapping": {"email": "Mail"}}))
    assert (unmapped["status"], "no such column" in unmapped["error"]) == ("failed", True)

    mapping = {"email": "E-Mail", "firstName": "Vorname", "lastName": "Nachname"}
    assert worked(app, api.post(f"{path}/start", {"mapping": mapping}))["progress"]["created"] == 1


def test_a_second_start_changes_nothing_and_a_cancelled_import_is_not_started(app: Application, api: ApiClient) -> None:
    path = begun(api)
    first, second = api.post(f"{path}/start", {}), api.post(f"{path}/start", {"onDuplicate": "update"})
    assert first.json == second.json
    assert worked(app, first)["status"] == "succeeded"
    assert api.post(f"{path}/start", {}).json["status"] == "succeeded"
    assert api.post(f"{path}/cancel").status == 409

    other = begun(api)
    assert api.post(f"{other}/cancel").json["status"] == "cancelled"
    assert api.post(f"{other}/cancel").status == 202
    assert api.post(f"{other}/start", {}).status == 409


def test_an_import_goes_with_its_files_and_leaves_what_it_took_in(app: Application, api: ApiClient) -> None:
    path = begun(api)
    running = api.post(f"{path}/start", {})
    assert api.delete(path).status == 409
    worked(app, running)

    assert api.delete(path).status == 204

    assert api.get(path).status == 404
    assert Transfers(app.core).keys("") == []
    assert len(api.get("/v1/leads").json["data"]) == 1


def test_an_import_whose_job_was_given_up_says_so(app: Application, api: ApiClient, clock: ManualClock) -> None:
    path = begun(api)
    job = api.post(f"{path}/start", {}).json["jobId"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retention.imports.leads.taking.take_in", lambda standing: 1 / 0)
        for _ in range(10):
            with pytest.raises(ZeroDivisionError):
                app.runner.run(job, lambda: True)
            clock.advance(3700)

    assert f"/v1/jobs/{job}/redrive" in api.get(path).json["error"]
    cancelled = api.post(f"{path}/cancel")
    assert cancelled.status == 202
    app.runner.run(job, lambda: True)
    assert api.get(path).json["status"] == "cancelled"


def test_an_import_is_kept_for_thirty_days(api: ApiClient, clock: ManualClock) -> None:
    path = begun(api, None)
    clock.advance(timedelta(days=30).total_seconds() - 1)
    assert api.get(path).status == 200
    clock.advance(1)
    assert (api.get(path).status, api.get("/v1/imports").json["data"]) == (404, [])


def an_archive(*leads: Lead) -> bytes:
    return written([item for lead in leads for item in (lead, factories.a_contact(lead))])


def test_an_archive_goes_the_same_way(app: Application, api: ApiClient) -> None:
    ada, bob = factories.a_lead(id="old-1", first_name="Ada"), factories.a_lead(id="old-2", first_name="Bob")
    reply = api.post("/v1/imports", {"kind": "archive", "fileName": "account.zip"})
    path = reply.headers["Location"]
    put(reply.json["upload"], an_archive(ada, bob))
    assert api.post(f"{path}/start", {"mapping": {"email": "x"}}).json["errors"][0]["pointer"] == "/mapping"
    assert api.post(f"{path}/start", {"secrets": {"nobody": {"x": "y"}}}).status == 422

    seen = worked(app, api.post(f"{path}/inspect", {}))
    assert (seen["status"], seen["inspection"]["records"]["Lead"], seen["inspection"]["new"]) == ("inspected", 2, 4)
    assert api.get("/v1/leads").json["data"] == []

    done = worked(app, api.post(f"{path}/start", {"secrets": {"vapi": {"apiKey": "very secret"}}}))

    assert (done["status"], done["progress"]["created"], done["progress"]["total"]) == ("succeeded", 4, 4)
    assert {lead["id"] for lead in api.get("/v1/leads").json["data"]} == {"old-1", "old-2"}
    with urllib.request.urlopen(api.get(f"{path}/result").json["url"]) as answer:
        lines = [json.loads(line) for line in answer.read().decode().splitlines()]
    assert [(line["row"], line["kind"], line["status"]) for line in lines] == [
        (1, "Lead", "created"), (2, "Lead", "created"), (3, "Contact", "created"), (4, "Contact", "created"),
    ]  # fmt: skip
    assert "very secret" not in str(scan(app))


def test_a_file_that_is_no_archive_says_so(app: Application, api: ApiClient) -> None:
    reply = api.post("/v1/imports", {"kind": "archive", "fileName": "account.zip"})
    put(reply.json["upload"], TEXT.encode())

    failed = worked(app, api.post(f"{reply.headers['Location']}/inspect", {}))

    assert (failed["status"], bool(failed["error"])) == ("failed", True)


def test_an_archive_can_be_stopped(app: Application, api: ApiClient) -> None:
    reply = api.post("/v1/imports", {"kind": "archive", "fileName": "account.zip"})
    path = reply.headers["Location"]
    put(reply.json["upload"], an_archive(factories.a_lead()))
    started = api.post(f"{path}/start", {})
    assert api.post(f"{path}/cancel").json["status"] == "running"

    assert worked(app, started)["status"] == "cancelled"
    assert api.get("/v1/leads").json["data"] == []
