"""Keys, jobs, sending, samples: what people do with them over the API."""

import json
from pathlib import Path

import pytest

from retention.bootstrap import Application
from retention.jobs.model import Job
from retention.table.writes import Create
from tests.api_client import ApiClient
from tests.tools.cli.conftest import KEY
from tests.tools.cli.running import Run
from tests.tools.cli.scripted import Reply, scripted


def a_failed_job(app: Application) -> str:
    """The id of a job that was given up; its work, to forget secrets that are gone, is soon done."""
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
    )
    app.core.store.write(Create(job))
    return job.id


def test_the_samples_are_loaded_once(tool: Run, api: ApiClient) -> None:
    assert "20 leads, 20 new" in tool("seed").out
    again = tool("seed", "--json")

    assert (again.status, [one["new"] for one in again.json["loaded"]]) == (0, [0] * 6)
    assert len(api.get("/v1/leads?limit=100").json["data"]) == 20


def test_a_key_is_made_shown_alone_with_quiet_replaced_and_revoked(tool: Run) -> None:
    tool("keys", "create", "keeper", "--scope", "admin")
    made = tool("keys", "create", "the shop", "--scope", "leads:read", "--scope", "leads:write", "--quiet")
    assert made.out.startswith("rk_")
    assert made.out.count("\n") == 1, "a script can take it as it is"

    (key,) = [one for one in tool("keys", "list", "--json").json if one["name"] == "the shop"]
    assert key["scopes"] == ["leads:read", "leads:write"]
    assert tool("keys", "rotate", key["id"], "--json").json["key"].startswith("rk_")
    assert tool("keys", "revoke", key["id"]).status == 2, "nobody is there to be asked"
    assert tool("keys", "revoke", key["id"], "--yes").status == 0
    (shown,) = [line for line in tool("keys", "list").out.splitlines() if key["id"] in line]
    assert "revoked" in shown


def test_a_scope_that_does_not_exist_is_told_with_its_place(tool: Run) -> None:
    refused = tool("keys", "create", "x", "--scope", "leads:fly", "--json")

    assert refused.status == 2
    assert refused.json["error"]["errors"][0]["pointer"] == "/scopes/0"


def test_a_failed_job_is_seen_and_tried_again(tool: Run, app: Application) -> None:
    job = a_failed_job(app)

    assert [one["id"] for one in tool("jobs", "list", "--status", "failed", "--json").json] == [job]
    assert tool("jobs", "wait", job).status == 1, "it goes on no more"
    assert "SecretStoreError" in tool("jobs", "show", job).out
    assert tool("jobs", "redrive", job, "--json").json["status"] != "failed"
    assert tool("jobs", "redrive", job).status == 1, "it has not failed"


def test_whoever_waits_for_a_job_hears_what_it_waits_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.cli.output.LINES", 0.0)
    job = {"task": "erase", "target": {}, "removed": 7, "changed": 0, "detached": 0, "error": None}
    seen = [{**job, "status": "waiting"}, {**job, "status": "queued", "error": "StorageError"}]
    replies = [Reply(body=json.dumps(one).encode()) for one in (*seen, {**job, "status": "succeeded"})]
    with scripted(*replies) as (url, _):
        waited = run("jobs", "wait", "j1", "--url", url, "--key", KEY)

    assert waited.status == 0
    first, second, *_ = waited.err.splitlines()
    assert first.startswith("Working: waits for latecomers and sends under way, 7 items after ")
    assert second.startswith("Working: has failed with StorageError, and is tried again, 7 items after ")


def test_an_import_that_failed_is_one_document(run: Run) -> None:
    failed = {"id": "i1", "status": "failed", "error": "StorageError", "progress": {"done": 3, "created": 3}}
    with scripted(Reply(body=json.dumps(failed).encode())) as (url, _):
        ended = run("imports", "wait", "i1", "--json", "--url", url, "--key", KEY)

    assert (ended.status, ended.json["error"]["code"]) == (1, "import_failed")
    assert "imports show i1" in ended.json["error"]["hint"]


def test_all_failed_jobs_are_tried_again(tool: Run, app: Application) -> None:
    for _ in range(3):
        a_failed_job(app)

    assert tool("jobs", "redrive", "--all", "--json").json == {"redriven": 3}


def test_sending_is_held_and_let_go(tool: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "goes on" in tool("sending", "status").out
    assert tool("sending", "hold").status == 2, "it takes a reason"
    assert "moving" in tool("sending", "hold", "--reason", "moving").out
    assert tool("sending", "status", "--json").json["held"] is True
    assert tool("sending", "release").status == 2, "nobody is there to be asked"
    assert tool("sending", "release", "--yes", "--json").json["held"] is False


def test_what_is_not_there_is_wrong_input(tool: Run) -> None:
    assert tool("jobs", "show", "none").status == 2
    assert tool("jobs", "show", "../leads").status == 2, "an id is one part of a path"


def a_file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("First Name,Last Name,Mail,Plan\nAda,Lovelace,ada@example.com,pro\nAlan,Turing,nonsense,pro\n")
    return path


@pytest.mark.usefixtures("bucket")
def test_leads_are_looked_through_shown_and_taken_in(tool: Run, api: ApiClient, tmp_path: Path) -> None:
    path = str(a_file(tmp_path))
    dry = tool("import-leads", path, "--dry-run")
    assert dry.status == 1, "a row would be rejected"
    assert "Mail        email" in dry.out
    assert "1 created, 1 rejected" in dry.out
    assert tool("import-leads", path).status == 2, "nobody is there to be asked"
    assert api.get("/v1/leads").json["data"] == []
    assert tool("imports", "list", "--json").json == [], "what is not taken in is not kept"

    result = tmp_path / "result.jsonl"
    words = ("--yes", "--map", "meta.plan=Plan", "--map", "lastName=", "--default", "lastName=Unknown")
    taken = tool("import-leads", path, *words, "--result", str(result), "--json")
    assert (taken.status, taken.json["progress"]["created"], taken.json["progress"]["rejected"]) == (1, 1, 1)
    (lead,) = api.get("/v1/leads").json["data"]
    assert (lead["firstName"], lead["lastName"], lead["meta"]) == ("Ada", "Unknown", {"plan": "pro"})
    assert [json.loads(line)["status"] for line in result.read_text().splitlines()] == ["created", "rejected"]
    again = tool("imports", "result", taken.json["id"], "-o", str(tmp_path / "again.jsonl"))
    assert again.status == 0
    assert (tmp_path / "again.jsonl").read_bytes() == result.read_bytes()


@pytest.mark.usefixtures("bucket")
def test_columns_that_nobody_could_guess_are_said(tool: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b\nAda,ada@example.com\n")
    refused = tool("import-leads", str(path), "--dry-run", "--json")
    assert (refused.status, "--map" in refused.json["error"]["hint"]) == (2, True)

    said = ("--map", "firstName=a", "--map", "email=b", "--default", "lastName=Unknown")
    looked = tool("import-leads", str(path), "--dry-run", "--json", *said)
    assert looked.status == 0, looked.err
    assert looked.json["inspection"]["sample"][0]["email"] == "ada@example.com"


@pytest.mark.usefixtures("bucket")
def test_a_file_that_cannot_be_taken_in_is_wrong_input(tool: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x00\x01\x02" * 50)

    refused = tool("import-leads", str(tmp_path / "a.csv"), "--yes", "--json")

    assert refused.status == 2
    assert refused.json["error"]["code"] == "unusable_file"
    assert tool("import-leads", str(a_file(tmp_path)), "--map", "shoeSize=Plan", "--yes").status == 2


def test_a_result_replaces_no_file_that_is_taken_in(run: Run, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    before = path.read_bytes()
    for command in ("import-leads", "import-archive"):
        refused = run(command, str(path), "--yes", "--result", str(path), "--json")
        assert (refused.status, refused.json["error"]["code"]) == (2, "bad_input"), "nothing is asked of anybody"
        assert "is taken in" in refused.json["error"]["detail"]
    assert run("import-leads", str(path), "--result", "no/such/folder.jsonl").status == 2
    assert path.read_bytes() == before


@pytest.mark.usefixtures("bucket")
def test_an_export_comes_down_and_replaces_nothing_by_mistake(tool: Run, api: ApiClient, tmp_path: Path) -> None:
    api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"})
    to = tmp_path / "leads.jsonl"

    assert tool("export", "leads", "-o", str(to)).status == 0
    assert json.loads(to.read_text())["email"] == "ada@example.com"
    assert tool("export", "leads", "-o", str(to)).status == 2, "it is there already"
    assert tool("export", "leads", "-o", str(to), "--force", "--json").json["records"] == 1
    assert tool("export", "archive", "--format", "csv").status == 2
    (last, *_) = tool("exports", "list", "--json").json
    assert tool("exports", "get", last["id"], "-o", str(tmp_path / "again.jsonl")).status == 0
    assert (tmp_path / "again.jsonl").read_bytes() == to.read_bytes()


@pytest.mark.usefixtures("bucket")
def test_an_archive_is_looked_through_before_it_is_taken_in(tool: Run, api: ApiClient, tmp_path: Path) -> None:
    lead = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).json["id"]
    to = str(tmp_path / "account.zip")
    assert tool("export", "archive", "-o", to).status == 0
    assert api.delete(f"/v1/leads/{lead}").status == 204

    assert tool("import-archive", to, "--dry-run", "--json").json["inspection"]["new"] > 0
    assert api.get(f"/v1/leads/{lead}").status == 404
    assert tool("import-archive", to, "--yes").status == 0
    assert api.get(f"/v1/leads/{lead}").status == 200
    (tmp_path / "no.zip").write_text("no archive")
    assert tool("import-archive", str(tmp_path / "no.zip"), "--yes").status == 2


def test_who_is_meant_is_shown_and_asked_about_before_anybody_is_erased(tool: Run, api: ApiClient) -> None:
    person = {"firstName": "Ada", "lastName": "Lovelace", "phone": "+12025550100"}
    lead = api.post("/v1/leads", person).json["id"]

    asked = tool("erase", "+12025550100")
    assert asked.status == 2, "nobody is there to be asked"
    assert "Ada Lovelace" in asked.out
    assert api.get(f"/v1/leads/{lead}").status == 200
    assert tool("erase", "nobody@example.com", "--yes").status == 2
    erased = tool("erase", lead, "--yes", "--no-wait", "--json")
    assert (erased.status, erased.json["lead"]) == (0, lead)
    assert api.get(f"/v1/leads/{lead}").status == 404


def test_all_that_is_known_of_a_lead_is_written_for_its_owner_alone(tool: Run, api: ApiClient, tmp_path: Path) -> None:
    api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"})
    to = tmp_path / "ada.json"

    assert tool("access", "ada@example.com", "-o", str(to)).status == 0
    assert json.loads(to.read_text())["lead"]["firstName"] == "Ada"
    assert to.stat().st_mode & 0o777 == 0o600
