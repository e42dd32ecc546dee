"""The list of the sends of which nobody knows what became of them: it has each of them, until somebody says so."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Replace
from tests import factories
from tests.functions.api.desk import Desk
from tests.integrity import problems, scan
from tools.bench_engine.cost import counting


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


def unknown(desk: Desk, **query: Any) -> list[str]:
    """What the list has."""
    reply = desk.api.get("/v1/contact-attempts", query={"unknown": "true", **query})
    assert (reply.status, reply.json["nextCursor"]) == (200, None), reply.text
    return [row["id"] for row in reply.json["data"]]


def lost_step(desk: Desk) -> tuple[str, Any]:
    """The id of a step's send of which nobody knows, and its sequence."""
    sequence = desk.sequence({})
    lead = desk.lead()
    desk.enroll(sequence["id"], lead)
    desk.lose_track()
    (execution,) = desk.of(SequenceStepExecution, lead)
    return execution.id, sequence


def lost_contact(desk: Desk) -> tuple[str, str]:
    """The id of a campaign's send of which nobody knows, and the campaign."""
    campaign = desk.made("/v1/campaigns", name="Spring", channels=["SMS"])["id"]
    desk.made("/v1/scripts", name="Hi", type="SMS", content="Hi", campaignId=campaign)
    lead = desk.lead()
    desk.made(f"/v1/campaigns/{campaign}/leads", leadId=lead)
    desk.made(f"/v1/campaigns/{campaign}/start")
    desk.run_jobs()
    desk.lose_track()
    (row,) = desk.api.get(f"/v1/contact-attempts?campaignId={campaign}").json["data"]
    return str(row["id"]), campaign


def in_the_index(desk: Desk) -> list[str]:
    """What is in the index of it."""
    return [row["sk"]["S"] for row in scan(desk.app, "due") if row["duePk"]["S"] == "UNKNOWN"]


def test_the_one_given_up_last_is_first_and_filters_narrow_it(desk: Desk) -> None:
    step, _ = lost_step(desk)
    contact, campaign = lost_contact(desk)
    lead = step.split(".", maxsplit=1)[0]
    recorded = desk.made("/v1/contact-attempts", leadId=lead, channel="SMS", status="FAILED")["id"]

    assert unknown(desk) == [contact, step]
    assert unknown(desk, leadId=lead) == [step]
    assert unknown(desk, campaignId=campaign) == [contact]
    assert unknown(desk, channel="SMS", status="FAILED") == [contact, step]
    assert unknown(desk, channel="CALL") == unknown(desk, status="SUCCESS") == []
    assert unknown(desk, leadId=lead, campaignId=campaign) == []
    others = desk.api.get("/v1/contact-attempts?unknown=false").json["data"]
    assert [row["id"] for row in others] == [recorded]
    assert desk.due() == [], "nobody takes it for something that is to be sent"
    assert problems(desk.app) == []


def test_it_is_walked_by_cursor(desk: Desk) -> None:
    first, _ = lost_step(desk)
    second, _ = lost_step(desk)

    page = desk.api.get("/v1/contact-attempts?unknown=true&limit=1").json
    rest = desk.api.get(f"/v1/contact-attempts?unknown=true&limit=1&cursor={page['nextCursor']}").json

    assert [row["id"] for row in page["data"] + rest["data"]] == [second, first]
    assert rest["nextCursor"] is None


def test_it_costs_one_query_however_many_others_there_are(desk: Desk) -> None:
    lost, _ = lost_step(desk)
    lead = factories.a_lead()
    others = [factories.an_attempt(lead, status="FAILED", result="outcome_unknown") for _ in range(200)]
    factories.load(desk.app, [lead, factories.a_contact(lead), *others])

    with counting(desk.app) as cost:
        assert unknown(desk) == [lost]

    assert cost.requests == ["Query", "BatchGetItem"]


@pytest.mark.parametrize(
    "said",
    [
        {"status": "SUCCESS", "result": "Ada says that it came"},
        {"status": "NO_ANSWER"},
        {"status": "FAILED", "result": "wrong person"},
        {"status": "FAILED"},
        {"result": "Ada was asked"},
    ],
)
@pytest.mark.parametrize("outcome", ["sent", "not_sent"])
def test_what_somebody_said_while_the_outcome_was_awaited_stays_and_hides_nothing(
    desk: Desk, said: dict[str, str], outcome: str
) -> None:
    def say() -> None:
        (row,) = desk.api.get("/v1/contact-attempts").json["data"]
        assert row["status"] == "IN_PROGRESS"
        assert desk.api.patch(f"/v1/contact-attempts/{row['id']}", said).status == 200

    desk.enroll(desk.sequence({})["id"], desk.lead())
    desk.lose_track(meanwhile=say)
    (lost,) = unknown(desk)
    path = f"/v1/contact-attempts/{lost}"
    shown = desk.api.get(path).json
    assert {name: shown[name] for name in said} == said
    assert shown["status"] == said.get("status", "FAILED")

    resolved = desk.api.post(f"{path}/resolve", {"outcome": outcome})

    assert resolved.status == 200, resolved.text
    assert {name: resolved.json[name] for name in said} == said
    assert resolved.json["result"] != "outcome_unknown"
    assert unknown(desk) == in_the_index(desk) == []
    assert problems(desk.app) == []


def test_what_somebody_writes_about_it_afterwards_hides_nothing(desk: Desk) -> None:
    lost, _ = lost_step(desk)

    assert desk.api.patch(f"/v1/contact-attempts/{lost}", {"result": "looked into", "notes": "by Bea"}).status == 200
    assert unknown(desk) == [lost]

    assert desk.api.post(f"/v1/executions/{lost}/resolve", {"outcome": "send_again"}).status == 200
    assert unknown(desk) == []


@pytest.mark.parametrize("what", ["sequence", "step", "enrollment"])
def test_a_step_that_was_deleted_is_asked_about_no_more(desk: Desk, what: str) -> None:
    lost, sequence = lost_step(desk)
    lead, step = lost.split(".")[0], sequence["steps"][0]["id"]
    paths = {
        "sequence": f"/v1/sequences/{sequence['id']}",
        "step": f"/v1/sequences/{sequence['id']}/steps/{step}",
        "enrollment": f"/v1/enrollments/{lead}.{sequence['id']}",
    }

    assert desk.api.delete(paths[what]).status in (202, 204)
    desk.run_jobs()

    assert desk.of(SequenceStepExecution, lead) == []
    assert unknown(desk) == in_the_index(desk) == []
    assert desk.api.get(f"/v1/contact-attempts/{lost}").json["result"] == "outcome_unknown"


@pytest.mark.parametrize("whole", [True, False], ids=["campaign", "assignment"])
def test_a_contact_of_a_campaign_that_was_deleted_is_asked_about_no_more(desk: Desk, whole: bool) -> None:
    lost, campaign = lost_contact(desk)
    lead = lost.split(".", maxsplit=1)[0]

    path = f"/v1/campaigns/{campaign}" if whole else f"/v1/campaigns/{campaign}/leads/{lead}"
    assert desk.api.delete(path).status in (202, 204)
    desk.run_jobs()

    assert unknown(desk) == in_the_index(desk) == []
    assert desk.api.get(f"/v1/contact-attempts/{lost}").json["result"] == "outcome_unknown"


@pytest.mark.parametrize("what", ["attempt", "lead", "erasure"])
def test_with_the_attempt_its_place_in_the_list_goes(desk: Desk, what: str) -> None:
    lost, _ = lost_step(desk)
    assert in_the_index(desk) == [f"ATTEMPT#{lost}"]
    lead = lost.split(".", maxsplit=1)[0]

    if what == "erasure":
        assert desk.api.post(f"/v1/leads/{lead}/erase").status == 202
    else:
        path = f"/v1/contact-attempts/{lost}" if what == "attempt" else f"/v1/leads/{lead}"
        assert desk.api.delete(path).status in (202, 204)
    desk.run_jobs()

    assert unknown(desk) == in_the_index(desk) == []


def test_one_of_before_is_resolved_all_the_same(desk: Desk) -> None:
    lost, _ = lost_step(desk)
    before = desk.app.attempts.get(lost)
    desk.app.core.store.write(Replace(desk.app.core.changed(before, unknown_since=None), before=before))
    assert unknown(desk) == []
    listed = desk.api.get("/v1/executions?status=FAILED&reason=outcome_unknown").json["data"]
    assert [row["id"] for row in listed] == [lost]

    reply = desk.api.post(f"/v1/contact-attempts/{lost}/resolve", {"outcome": "sent"})

    assert (reply.status, reply.json["status"]) == (200, "IN_PROGRESS")
