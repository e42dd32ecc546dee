"""A team moves from one stack to another by the API: export, import, and all is there, with the secrets it gives."""

import json
import urllib.request
from typing import Any

from retention.bootstrap import Application
from retention.campaigns.model import CampaignCreate
from retention.clock import ManualClock
from retention.moving.storage import Transfers
from retention.suppressions.adopting import SETTLING
from retention.table.items import connect
from tests.api_client import ApiClient
from tests.integrity import problems, scan
from tests.retention.engine.world import World
from tests.retention.imports.archive.account import another_stack
from tests.retention.imports.archive.furnishing import ERASED, FORMER_CALL, TWILIO, furnish


def worked_off(app: Application, clock: ManualClock, job_id: str) -> None:
    """A job, to its end."""
    for _ in range(20):
        if app.jobs.get(job_id).status in ("succeeded", "failed"):
            return
        app.runner.run(job_id, lambda: True)
        clock.advance(SETTLING)


def exported(app: Application, clock: ManualClock) -> bytes:
    """The archive of an account."""
    connect(app.core.settings.table_name, app.core.settings.aws_region)
    api = ApiClient(app)
    made = api("POST", "/v1/exports", {"kind": "archive"}).json
    worked_off(app, clock, made["jobId"])
    assert api("GET", f"/v1/exports/{made['id']}").json["status"] == "succeeded"
    with urllib.request.urlopen(api("GET", f"/v1/exports/{made['id']}/file").json["url"]) as answer:
        return bytes(answer.read())


def test_a_team_moves_to_another_stack(app: Application, clock: ManualClock, bucket: str) -> None:
    world = World(app, clock)
    sequence = world.sequence(0, 24)
    for _ in range(3):
        world.enroll(sequence, world.lead())
    furnish(app, app.campaigns.create(CampaignCreate(name="C", channels=["SMS"])).id)
    archive = exported(app, clock)
    other = another_stack(clock)
    api = ApiClient(other)

    begun = api("POST", "/v1/imports", {"kind": "archive", "fileName": "account.zip"}).json
    put(begun["upload"], archive)
    path = f"/v1/imports/{begun['id']}"
    worked_off(other, clock, api("POST", f"{path}/inspect", {}).json["jobId"])
    seen = api("GET", path).json
    wrong = api("POST", f"{path}/start", {"secrets": {"twilio": {"token": "x"}}})
    secrets = {"twilio": {"authToken": TWILIO["authToken"]}}
    started = api("POST", f"{path}/start", {"secrets": secrets}, idempotency_key="once")
    worked_off(other, clock, started.json["jobId"])
    ended = api("GET", path).json

    assert seen["status"] == "inspected"
    total = sum(seen["inspection"]["records"].values())
    assert (seen["inspection"]["new"], seen["inspection"]["rejected"]) == (total, 0)
    assert [error["pointer"] for error in wrong.json["errors"]] == ["/secrets/twilio/token"]
    assert (ended["status"], ended["progress"]["created"]) == ("succeeded", total)
    with urllib.request.urlopen(api("GET", f"{path}/result").json["url"]) as answer:
        lines = [json.loads(line) for line in answer.read().splitlines()]
    assert [line["row"] for line in lines] == list(range(1, total + 1))
    assert {line["status"] for line in lines} == {"created"}
    assert problems(other) == []
    assert api("GET", f"/v1/contact-attempts/{FORMER_CALL}").json["channel"] == "CALL"
    assert api("POST", "/v1/leads", {"firstName": "E", "lastName": "E", "email": ERASED}).json["contact"]["stopped"]
    assert api("POST", f"{path}/start", {}).json["status"] == "succeeded"
    assert api("GET", "/v1/integrations/twilio").json["config"]["authToken"]["set"]
    assert TWILIO["authToken"] not in everything_kept(other)


def test_what_was_moved_is_exported_as_it_came(app: Application, clock: ManualClock, bucket: str) -> None:
    world = World(app, clock)
    world.enroll(world.sequence(24), world.lead())
    furnish(app, app.campaigns.create(CampaignCreate(name="C", channels=["SMS"])).id)
    archive = exported(app, clock)
    other = another_stack(clock)
    api = ApiClient(other)

    begun = api("POST", "/v1/imports", {"kind": "archive", "fileName": "account.zip"}).json
    put(begun["upload"], archive)
    worked_off(other, clock, api("POST", f"/v1/imports/{begun['id']}/start", {}).json["jobId"])

    assert exported(other, clock) == archive


def put(upload: dict[str, Any], content: bytes) -> None:
    """Put a file where an answer says."""
    request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def everything_kept(app: Application) -> str:
    """All that is in the table and in the bucket, as text."""
    transfers = Transfers(app.core)
    files = b"".join(transfers.get(key) or b"" for key in transfers.keys("results/"))
    return str(list(scan(app))) + files.decode()
