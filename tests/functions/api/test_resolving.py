"""Saying what became of a send about which nobody could find out, over HTTP."""

from typing import Any

import pytest

from retention.attempts.model import DirectContact
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.contact import change_contact
from retention.leads.model import Contact
from retention.stats.contributing import sequence_scope
from tests import factories
from tests.api_client import ApiClient, Reply
from tests.figures import figures
from tests.functions.api.desk import Desk
from tests.integrity import count, problems, scan
from tests.wire import just_before_the_next_transaction

AGAIN = {"outcome": "send_again"}


class Lost:
    """An execution of unknown outcome, the first of two steps."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.api = desk, desk.api
        self.sequence = desk.sequence({}, {"delayValue": 7, "delayUnit": "DAYS"})
        self.lead = desk.lead()
        desk.enroll(self.sequence["id"], self.lead)
        desk.lose_track()
        listed = self.api.get("/v1/executions?status=FAILED&reason=outcome_unknown").json["data"]
        (self.id,) = [row["id"] for row in listed]

    def resolve(self, body: Any, **more: Any) -> Reply:
        return self.api.post(f"/v1/executions/{self.id}/resolve", body, **more)

    @property
    def execution(self) -> Any:
        return self.api.get(f"/v1/executions/{self.id}").json

    @property
    def attempt(self) -> Any:
        return self.api.get(f"/v1/contact-attempts/{self.id}").json


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


@pytest.fixture
def lost(desk: Desk) -> Lost:
    return Lost(desk)


def test_what_waits_for_somebody_is_listed_until_it_is_resolved(lost: Lost) -> None:
    failed = factories.an_execution(
        factories.an_enrollment(factories.a_lead(), factories.a_sequence()),
        factories.a_step(factories.a_sequence()),
        status="FAILED",
        executed_at=lost.desk.clock.now(),
        result={"reason": "rejected"},
    )
    factories.load(lost.desk.app, [failed])

    def ids(query: str) -> list[str]:
        return [row["id"] for row in lost.api.get(f"/v1/executions?{query}").json["data"]]

    assert set(ids("status=FAILED")) == {lost.id, failed.id}
    assert ids("status=FAILED&reason=outcome_unknown") == [lost.id]
    assert ids("status=FAILED&reason=rejected") == [failed.id]
    assert lost.resolve({"outcome": "not_sent"}).status == 200
    assert ids("status=FAILED&reason=outcome_unknown") == []
    assert ids("status=FAILED&reason=resolved") == [lost.id]
    refused = lost.api.get("/v1/executions?status=FAILED&reason=bad_luck")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "/query/reason")
    assert lost.api.get("/v1/executions?reason=resolved").json["code"] == "anchor_needed"


def test_what_was_sent_becomes_what_it_would_have_been(lost: Lost) -> None:
    reply = lost.resolve({"outcome": "sent", "providerRef": "SM123"})

    assert reply.status == 200, reply.text
    assert reply.json == lost.execution
    assert (reply.json["status"], reply.json["executedAt"]) == ("SENT", "2026-02-18T12:00:00.000Z")
    assert reply.json["result"] == {
        "provider": "twilio",
        "providerRef": "SM123",
        "askedAt": "2026-02-18T12:00:00.000Z",
        "resolution": {"outcome": "sent", "by": "test", "at": "2026-02-19T12:05:01.000Z"},
    }
    attempt = lost.attempt
    assert (attempt["status"], attempt["providerRef"], attempt["provider"]) == ("IN_PROGRESS", "SM123", "twilio")
    assert (attempt["completedAt"], attempt["result"]) == (None, None)
    assert lost.api.get(f"/v1/leads/{lost.lead}").json["status"] == "CONTACTED"
    assert counted(lost) == {"failed": 0, "sent": 1}
    assert problems(lost.desk.app) == []


def counted(lost: Lost) -> dict[str, int]:
    """What the figures of the sequence say about the step."""
    step = lost.sequence["steps"][0]["id"]
    told = figures(scan(lost.desk.app), sequence_scope(lost.sequence["id"]))
    failed = sum(amount for name, amount in told.items() if name.startswith(f"step:{step}:failed:"))
    return {"failed": failed, "sent": told[f"step:{step}:sent"]}


def test_the_reference_may_be_left_out(lost: Lost) -> None:
    assert lost.resolve({"outcome": "sent"}).json["result"]["provider"] == "twilio"
    assert (lost.attempt["status"], lost.attempt["providerRef"]) == ("IN_PROGRESS", None)


def test_what_was_not_sent_stays_failed_and_uses_up_no_cap(lost: Lost) -> None:
    assert contact_stamps(lost) == 1

    reply = lost.resolve({"outcome": "not_sent"})

    assert (reply.status, reply.json["status"], reply.json["result"]["reason"]) == (200, "FAILED", "resolved")
    assert reply.json["result"]["resolution"]["outcome"] == "not_sent"
    assert (lost.attempt["status"], lost.attempt["result"]) == ("FAILED", "resolved: it was not sent")
    assert contact_stamps(lost) == 0
    assert counted(lost) == {"failed": 1, "sent": 0}
    lost.desk.work()
    assert lost.desk.ledger.calls == 1, "the one that was lost"


def contact_stamps(lost: Lost) -> int:
    """Contacts with the lead that count for caps."""
    (contact,) = lost.desk.of(Contact, lost.lead)
    return sum(len(stamps) for stamps in (contact.recent or {}).values())


def test_it_is_sent_again_as_a_contact_by_hand(lost: Lost) -> None:
    reply = lost.resolve(AGAIN)

    assert (reply.status, reply.json["status"], reply.json["result"]["reason"]) == (200, "FAILED", "resolved")
    again = reply.json["result"]["resolution"]["contactAttemptId"]
    attempt = lost.api.get(f"/v1/contact-attempts/{again}").json
    assert (attempt["status"], attempt["channel"], attempt["scriptId"]) == ("PENDING", "SMS", lost.desk.script)
    assert [work.id for message in lost.desk.queue.take()[-1:] for work in message.work] == [again]
    lost.desk.work()

    (entry,) = lost.desk.ledger.entries
    assert entry.work == again
    assert lost.api.get(f"/v1/contact-attempts/{again}").json["status"] == "IN_PROGRESS"
    assert lost.attempt["status"] == "FAILED"
    assert problems(lost.desk.app) == []


@pytest.mark.parametrize("body", [{"outcome": "sent"}, {"outcome": "not_sent"}, AGAIN])
def test_it_is_resolved_once(lost: Lost, body: Any) -> None:
    assert lost.resolve({"outcome": "not_sent"}).status == 200

    reply = lost.resolve(body)

    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert "already" in reply.json["detail"]
    assert count(lost.desk.app, DirectContact) == 0


def test_a_repeat_with_its_key_sends_nothing_twice(lost: Lost) -> None:
    first = lost.resolve(AGAIN, idempotency_key="once")
    lost.desk.wait(hours=29 * 24)

    again = lost.resolve(AGAIN, idempotency_key="once")

    assert (again.status, again.text) == (200, first.text)
    assert count(lost.desk.app, DirectContact) == 1


def test_only_an_unknown_outcome_can_be_resolved(desk: Desk) -> None:
    desk.enroll(desk.sequence({})["id"], desk.lead())
    (work,) = desk.due()
    scheduled = desk.api.post(f"/v1/executions/{work.id}/resolve", {"outcome": "sent"})
    desk.ledger.moods = ["reject"]
    desk.work()
    rejected = desk.api.post(f"/v1/executions/{work.id}/resolve", AGAIN)

    assert (scheduled.status, rejected.status) == (409, 409)
    assert "SCHEDULED" in scheduled.json["detail"]
    assert "outcome_unknown" in rejected.json["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/outcome", "required"),
        ({"outcome": "maybe"}, "/outcome", "not_allowed"),
        ({"outcome": "not_sent", "providerRef": "SM1"}, "/providerRef", "not_for_this_outcome"),
        ({**AGAIN, "providerRef": "SM1"}, "/providerRef", "not_for_this_outcome"),
        ({"outcome": "sent", "providerRef": ""}, "/providerRef", "too_short"),
        ({"outcome": "sent", "when": "now"}, "/when", "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(lost: Lost, body: Any, pointer: str, code: str) -> None:
    reply = lost.resolve(body)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert lost.execution["result"]["reason"] == "outcome_unknown"


def test_a_call_is_never_placed_again(app: Application, desk: Desk) -> None:
    lead, sequence = factories.a_lead(phone="+12025550199"), factories.a_sequence()
    step = factories.a_step(sequence, channel="CALL", script_id=desk.script)
    enrollment = factories.an_enrollment(lead, sequence)
    lost = factories.an_execution(
        enrollment,
        step,
        status="FAILED",
        channel="CALL",
        executed_at=desk.clock.now(),
        result={"reason": "outcome_unknown"},
    )
    attempt = factories.an_attempt(lead, id=lost.id, channel="CALL", status="FAILED")
    factories.load(app, [lead, factories.a_contact(lead, phone_name="n"), sequence, step, enrollment, lost, attempt])

    reply = desk.api.post(f"/v1/executions/{lost.id}/resolve", AGAIN)

    assert (reply.status, "call" in reply.json["detail"]) == (409, True)
    assert count(app, DirectContact) == 0
    assert desk.api.post(f"/v1/executions/{lost.id}/resolve", {"outcome": "not_sent"}).status == 200


def test_nobody_who_is_to_be_left_alone_is_written_to_again(lost: Lost) -> None:
    lost.desk.app.core.store.write(change_contact(lost.lead, stop_reason="OPT_OUT"))

    refused = lost.resolve(AGAIN)

    assert (refused.status, refused.json["code"]) == (409, "lead_stopped")
    assert count(lost.desk.app, DirectContact) == 0
    assert lost.resolve({"outcome": "sent"}).status == 200


def test_there_must_be_something_to_send_and_somewhere_to_send_it(lost: Lost) -> None:
    lost.api.patch(f"/v1/leads/{lost.lead}", {"phone": None})
    nowhere = lost.resolve(AGAIN)
    lost.api.patch(f"/v1/leads/{lost.lead}", {"phone": "+12025550111"})
    lost.api.delete(f"/v1/scripts/{lost.desk.script}")
    nothing = lost.resolve(AGAIN)

    assert (nowhere.status, nowhere.json["errors"][0]["code"]) == (422, "no_address")
    assert (nothing.status, "script" in nothing.json["detail"]) == (409, True)
    assert count(lost.desk.app, DirectContact) == 0


def test_of_two_people_who_resolve_it_at_once_one_is_heard(lost: Lost) -> None:
    with just_before_the_next_transaction(lost.desk.app, lambda: lost.resolve({"outcome": "sent"})):
        second = lost.resolve(AGAIN)

    assert second.status == 409
    assert (lost.execution["status"], count(lost.desk.app, DirectContact)) == ("SENT", 0)


def test_whoever_decides_about_the_lead_at_that_moment_sees_it(lost: Lost) -> None:
    (before,) = lost.desk.of(Contact, lost.lead)
    lost.resolve({"outcome": "not_sent"})
    (after,) = lost.desk.of(Contact, lost.lead)

    assert after.version == before.version + 1


@pytest.mark.parametrize("target", ["nothing", "a.b.1.c", "a.b.c", "..."])
def test_an_execution_that_is_not_there_cannot_be_resolved(api: ApiClient, target: str) -> None:
    assert api.post(f"/v1/executions/{target}/resolve", {"outcome": "sent"}).status == 404


def test_the_attempt_may_have_been_deleted_since(lost: Lost) -> None:
    assert lost.api.delete(f"/v1/contact-attempts/{lost.id}").status == 204

    resolved = lost.resolve({"outcome": "sent", "providerRef": "SM1"}).json
    assert (resolved["status"], resolved["executedAt"]) == ("SENT", "2026-02-18T12:00:00.000Z")
    assert lost.api.get(f"/v1/contact-attempts/{lost.id}").status == 404
    assert problems(lost.desk.app) == []


def test_the_explanation_tells_who_said_what(lost: Lost) -> None:
    lost.resolve({"outcome": "not_sent"})
    enrollment = f"/v1/enrollments/{lost.lead}.{lost.sequence['id']}"

    step = lost.api.get(f"{enrollment}/explain").json["steps"][0]

    assert (step["state"], step["reason"]) == ("failed", "resolved")
    assert step["inputs"]["resolution"]["outcome"] == "not_sent"
    assert [one["reason"] for one in step["history"]] == ["outcome_awaited", "outcome_unknown"]
