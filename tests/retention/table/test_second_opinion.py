"""The same journey on another stand-in: what we ask of DynamoDB must not be a habit of one of them.

One thread at a time only: transactions of this one are not atomic under threads.
"""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.config import Settings
from retention.keyring import Keyring
from tests.api_client import ApiClient
from tests.conftest import create_table
from tests.integrity import problems
from tests.retention.deletion.test_rules import work_off

#: Another region than the other tests', so that the client is a new one.
REGION = "eu-west-1"


@pytest.fixture
def other(clock: ManualClock) -> Iterator[Application]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        create_table("second-opinion")
        configured = Settings(table_name="second-opinion", aws_region=REGION, delete_settle_seconds=5)
        yield build(configured, clock=clock, keyring=Keyring(lambda: "root secret of the tests"))


def test_leads_campaigns_and_sequences_live_and_die_as_on_the_first(other: Application, clock: ManualClock) -> None:
    api = ApiClient(other)
    lead = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+12025550100"}

    first = api.post("/v1/leads", lead, idempotency_key="once")
    assert api.post("/v1/leads", lead, idempotency_key="once").json == first.json
    assert api.post("/v1/leads", {**lead, "email": "ADA@example.com"}).json["deduplicated"] is True
    path, lead_id = first.headers["Location"], first.json["id"]
    assert api.patch(path, {"email": "countess@example.com"}, if_match=first.headers["ETag"]).status == 200
    assert api.patch(path, {"notes": "late"}, if_match=first.headers["ETag"]).status == 412

    campaign = api.post("/v1/campaigns", {"name": "Spring", "channels": ["SMS"]}).json["id"]
    assert api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead_id}).status == 201
    assert api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead_id}).status == 409
    steps = [{"channel": "SMS", "delayValue": 1}, {"channel": "EMAIL", "delayValue": 2, "delayUnit": "DAYS"}]
    sequence = api.post("/v1/sequences", {"name": "Win back", "status": "ACTIVE", "steps": steps}).json["id"]
    assert api.post(f"/v1/sequences/{sequence}/enrollments", {"leadId": lead_id}).status == 201
    assert api.post(f"/v1/sequences/{sequence}/enrollments", {"leadId": lead_id}).status == 409
    sale = {"leadId": lead_id, "campaignId": campaign, "status": "customer", "revenue": 1234.5678, "subId": "s-1"}
    assert api.post("/v1/conversions", sale).json["revenue"] == 1234.5678
    assert api.get(path).json["status"] == "CONVERTED"
    assert [one["id"] for one in api.get("/v1/leads?status=CONVERTED").json["data"]] == [lead_id]
    assert problems(other) == []

    assert api.delete(f"/v1/campaigns/{campaign}").status == 204
    assert api.delete(f"/v1/sequences/{sequence}").status == 204
    work_off(other, clock)
    assert api.get(f"{path}/campaigns").json["data"] == api.get(f"{path}/enrollments").json["data"] == []
    assert api.delete(path).status == 204
    assert api.get("/v1/conversions?subId=s-1").json["data"][0]["leadId"] is None
    work_off(other, clock)
    assert problems(other) == []
