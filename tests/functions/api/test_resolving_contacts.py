"""Saying what became of a contact of a campaign, or by hand, about which nobody could find out, over HTTP."""

from typing import Any

import pytest

from retention.attempts.model import DirectContact
from retention.bootstrap import Application
from retention.campaigns.model import CampaignContact
from retention.clock import ManualClock
from retention.stats.contributing import campaign_scope
from tests import factories
from tests.api_client import Reply
from tests.figures import figures
from tests.functions.api.desk import Desk
from tests.integrity import count, problems, scan
from tests.wire import just_before_the_next_transaction

AGAIN = {"outcome": "send_again"}


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


class Lost:
    """A contact of unknown outcome."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.api = desk, desk.api
        desk.lose_track()
        listed = self.api.get("/v1/contact-attempts?unknown=true").json["data"]
        (self.id,) = [row["id"] for row in listed]

    def resolve(self, body: Any, **more: Any) -> Reply:
        return self.api.post(f"/v1/contact-attempts/{self.id}/resolve", body, **more)

    @property
    def attempt(self) -> Any:
        return self.api.get(f"/v1/contact-attempts/{self.id}").json


class LostOfCampaign(Lost):
    """The contact of a campaign with its only lead."""

    def __init__(self, desk: Desk) -> None:
        self.campaign = desk.made("/v1/campaigns", name="Spring", channels=["SMS"])["id"]
        self.script = desk.made("/v1/scripts", name="Hi", type="SMS", content="Hi", campaignId=self.campaign)["id"]
        self.lead = desk.lead()
        desk.made(f"/v1/campaigns/{self.campaign}/leads", leadId=self.lead)
        desk.made(f"/v1/campaigns/{self.campaign}/start")
        desk.run_jobs()
        super().__init__(desk)

    @property
    def assignment(self) -> Any:
        return self.api.get(f"/v1/campaigns/{self.campaign}/leads/{self.lead}").json

    def counted(self) -> dict[str, int]:
        """What the figures of the campaign say."""
        told = figures(scan(self.desk.app), campaign_scope(self.campaign))
        return {name: told[name] for name in ("leads:COMPLETED", "leads:FAILED") if told[name]}


@pytest.fixture
def lost(desk: Desk) -> LostOfCampaign:
    return LostOfCampaign(desk)


def test_a_contact_of_a_campaign_that_was_sent_counts_for_the_campaign(lost: LostOfCampaign) -> None:
    ended = lost.assignment
    assert ended["status"] == "FAILED"

    reply = lost.resolve({"outcome": "sent", "providerRef": "SM123"})

    assert reply.status == 200, reply.text
    assert reply.json == lost.attempt
    assert (reply.json["status"], reply.json["providerRef"], reply.json["result"]) == ("IN_PROGRESS", "SM123", None)
    assert (lost.assignment["status"], lost.assignment["completedAt"]) == ("COMPLETED", ended["completedAt"])
    (contact,) = lost.desk.of(CampaignContact, lost.lead)
    assert (contact.status, contact.result["resolution"]["by"]) == ("SENT", "test")
    assert lost.api.get(f"/v1/leads/{lost.lead}").json["status"] == "CONTACTED"
    assert lost.counted() == {"leads:COMPLETED": 1}
    assert problems(lost.desk.app) == []


def test_a_contact_of_a_campaign_that_was_not_sent_stays_failed(lost: LostOfCampaign) -> None:
    reply = lost.resolve({"outcome": "not_sent"})

    assert (reply.status, reply.json["status"], reply.json["result"]) == (200, "FAILED", "resolved: it was not sent")
    assert lost.assignment["status"] == "FAILED"
    (told,) = lost.assignment["contacts"]
    assert (told["state"], told["reason"], told["inputs"]["resolution"]["outcome"]) == (
        "failed",
        "resolved",
        "not_sent",
    )
    assert lost.api.get("/v1/contact-attempts?unknown=true").json["data"] == []
    assert lost.counted() == {"leads:FAILED": 1}
    assert problems(lost.desk.app) == []


def test_a_contact_of_a_campaign_goes_out_again_by_hand_with_the_script_that_was_sent(lost: LostOfCampaign) -> None:
    assert lost.resolve(AGAIN).json["status"] == "FAILED"
    (direct,) = lost.desk.of(DirectContact, lost.lead)
    assert direct.script_id == lost.script
    lost.desk.work()

    (entry,) = lost.desk.ledger.entries
    assert (entry.work, lost.assignment["status"]) == (direct.id, "FAILED")
    assert problems(lost.desk.app) == []


def test_the_one_that_was_not_sent_does_not_stand_in_the_way_of_the_one_that_is_sent_again(
    app: Application, clock: ManualClock
) -> None:
    lost = LostOfCampaign(Desk(app, clock, frequency_caps="SMS 1/7d"))

    assert lost.resolve(AGAIN).status == 200
    lost.desk.work()

    assert [one.status for one in lost.desk.of(DirectContact, lost.lead)] == ["SENT"]


@pytest.mark.parametrize(("outcome", "status"), [("sent", "IN_PROGRESS"), ("not_sent", "FAILED")])
def test_what_somebody_wrote_about_it_stays(lost: LostOfCampaign, outcome: str, status: str) -> None:
    words = {"result": "Ada was asked", "notes": "She will call back."}
    assert lost.api.patch(f"/v1/contact-attempts/{lost.id}", words).status == 200

    assert lost.resolve({"outcome": outcome}).json["status"] == status

    assert {name: lost.attempt[name] for name in words} == words


def test_an_attempt_that_is_deleted_at_that_moment_is_not_resolved(lost: LostOfCampaign) -> None:
    def delete() -> None:
        assert lost.api.delete(f"/v1/contact-attempts/{lost.id}").status == 204

    with just_before_the_next_transaction(lost.desk.app, delete):
        reply = lost.resolve({"outcome": "sent"})

    (contact,) = lost.desk.of(CampaignContact, lost.lead)
    assert (reply.status, contact.status, contact.result["reason"]) == (404, "FAILED", "outcome_unknown")


def test_an_assignment_that_changes_at_that_moment_keeps_what_became_of_it(desk: Desk) -> None:
    lost = LostOfCampaign(desk)

    def assign_anew() -> None:
        where = f"/v1/campaigns/{lost.campaign}/leads"
        assert desk.api.delete(f"{where}/{lost.lead}").status == 204
        desk.made(where, leadId=lost.lead)

    with just_before_the_next_transaction(desk.app, assign_anew):
        reply = lost.resolve({"outcome": "sent"})

    assert (reply.status, "deleted" in reply.json["detail"]) == (409, True)
    assert lost.assignment["status"] == "PENDING"
    assert problems(desk.app) == []


def test_what_is_left_of_a_contact_whose_assignment_or_sequence_was_deleted_is_changed(desk: Desk) -> None:
    lead, sequence = desk.lead(), desk.sequence({})
    desk.enroll(sequence["id"], lead)
    of_step = Lost(desk)
    assert of_step.resolve({"outcome": "not_sent"}).status == 200
    of_campaign = LostOfCampaign(desk)
    assert desk.api.delete(f"/v1/sequences/{sequence['id']}").status in (202, 204)
    assert desk.api.delete(f"/v1/campaigns/{of_campaign.campaign}/leads/{of_campaign.lead}").status in (202, 204)
    desk.run_jobs()
    assert desk.api.get("/v1/contact-attempts?unknown=true").json["data"] == []

    for one in (of_step, of_campaign):
        refused = one.resolve({"outcome": "sent"})
        assert (refused.status, "was deleted" in refused.json["detail"]) == (409, True)
        assert desk.api.patch(f"/v1/contact-attempts/{one.id}", {"result": "lost"}).status == 200


@pytest.mark.parametrize("body", [{"outcome": "sent"}, {"outcome": "not_sent"}, AGAIN])
def test_a_contact_is_resolved_once(lost: LostOfCampaign, body: Any) -> None:
    first = lost.resolve(AGAIN, idempotency_key="once")
    repeated = lost.resolve(AGAIN, idempotency_key="once")
    again = lost.resolve(body)

    assert (first.status, repeated.text) == (200, first.text)
    assert (again.status, "already" in again.json["detail"]) == (409, True)
    assert count(lost.desk.app, DirectContact) == 1


@pytest.mark.parametrize("words", [{"content": "Your seat is free."}, {"scriptId": "the script"}])
def test_a_contact_by_hand_goes_out_again_with_the_same_words(desk: Desk, words: dict[str, str]) -> None:
    lead = desk.lead()
    given = {"scriptId": desk.script} if "scriptId" in words else words
    first = desk.api.post(f"/v1/leads/{lead}/contact", {"channel": "SMS", **given}).json["id"]
    lost = Lost(desk)
    assert lost.id == first

    assert lost.resolve(AGAIN).status == 200
    desk.work()

    (again,) = [one for one in desk.of(DirectContact, lead) if one.id != first]
    assert (again.status, again.content, again.script_id) == ("SENT", given.get("content"), given.get("scriptId"))
    assert len(desk.ledger.entries) == 1
    assert problems(desk.app) == []


def test_the_send_of_a_step_may_be_resolved_by_its_attempt_too(desk: Desk) -> None:
    lead, sequence = desk.lead(), desk.sequence({})
    desk.enroll(sequence["id"], lead)
    lost = Lost(desk)

    assert lost.resolve({"outcome": "sent"}).json["status"] == "IN_PROGRESS"
    assert desk.api.get(f"/v1/executions/{lost.id}").json["status"] == "SENT"
    assert desk.api.post(f"/v1/executions/{lost.id}/resolve", AGAIN).status == 409


def test_only_what_was_sent_from_here_and_is_not_known_can_be_resolved(desk: Desk) -> None:
    lead = desk.lead()
    recorded = desk.made("/v1/contact-attempts", leadId=lead, channel="CALL", status="FAILED")["id"]
    planned = desk.api.post(f"/v1/leads/{lead}/contact", {"channel": "SMS", "scriptId": desk.script}).json["id"]

    def refused(target: str) -> tuple[int, str]:
        reply = desk.api.post(f"/v1/contact-attempts/{target}/resolve", {"outcome": "sent"})
        return reply.status, reply.json["detail"]

    assert refused(recorded) == (409, "This contact was recorded, not sent from here: change it instead.")
    assert refused(planned)[0] == 409
    assert "outcome_unknown" in refused(planned)[1]
    for target in ("nothing", f"{lead}.nothing", "a.b.SMS-1", "a.b.1.c", "..."):
        assert refused(target)[0] == 404, target


def test_a_call_of_a_campaign_is_never_placed_again(app: Application, desk: Desk) -> None:
    lead, campaign = factories.a_lead(phone="+12025550199"), factories.a_campaign()
    assignment = factories.an_assignment(lead, campaign, status="FAILED", progress={"CALL": {"n": 1, "open": False}})
    contact = CampaignContact(
        id=f"{lead.id}.{campaign.id}.CALL-1",
        campaign_id=campaign.id,
        n=1,
        lead_id=lead.id,
        channel="CALL",
        status="FAILED",
        scheduled_at=desk.clock.now(),
        executed_at=desk.clock.now(),
        contact_attempt_id=f"{lead.id}.{campaign.id}.CALL-1",
        result={"reason": "outcome_unknown"},
        revision="r",
    )
    attempt = factories.an_attempt(lead, id=contact.id, channel="CALL", status="FAILED", result="outcome_unknown")
    factories.load(app, [lead, factories.a_contact(lead, phone_name="n"), campaign, assignment, contact, attempt])
    where = f"/v1/contact-attempts/{contact.id}/resolve"

    assert "call" in desk.api.post(where, AGAIN).json["detail"]
    assert count(app, DirectContact) == 0
    assert desk.api.post(where, {"outcome": "sent"}).json["status"] == "IN_PROGRESS"
    assert desk.api.get(f"/v1/campaigns/{campaign.id}/leads/{lead.id}").json["status"] == "COMPLETED"
