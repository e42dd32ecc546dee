"""One message to one lead, now: over HTTP, and what a worker makes of it."""

from datetime import timedelta
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.queue import Work
from retention.leads.contact import change_contact
from tests.api_client import ApiClient, Reply
from tests.functions.api.desk import Desk
from tests.integrity import count, everything, problems
from tests.start import START
from tests.wire import just_before_the_next_transaction

HELLO = {"channel": "SMS", "content": "Hello, {{ firstName }}"}
EMAIL = {"channel": "EMAIL", "content": {"subject": "Hello", "html": "<p>Hello</p>"}}


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


@pytest.fixture
def api(desk: Desk) -> ApiClient:
    return desk.api


@pytest.fixture
def lead(desk: Desk) -> str:
    """The id of a lead with a phone number."""
    return desk.lead()


def contact(api: ApiClient, lead: str, body: Any, **more: Any) -> Reply:
    return api.post(f"/v1/leads/{lead}/contact", body, **more)


def accepted(api: ApiClient, lead: str, body: Any, **more: Any) -> Any:
    """The path of the attempt."""
    reply = contact(api, lead, body, **more)
    assert reply.status == 202, reply.text
    return reply.headers["Location"]


def directs(desk: Desk) -> list[DirectContact]:
    return [item for item in everything(desk.app) if isinstance(item, DirectContact)]


def attempts(desk: Desk) -> int:
    return count(desk.app, ContactAttempt)


# --- what is asked for -----------------------------------------------------------------------------------------


def test_the_answer_is_the_attempt_and_the_worker_is_told_at_once(api: ApiClient, desk: Desk, lead: str) -> None:
    reply = contact(api, lead, {"channel": "SMS", "scriptId": desk.script})

    attempt = reply.json
    assert (reply.status, reply.headers["Location"]) == (202, f"/v1/contact-attempts/{attempt['id']}")
    assert (attempt["status"], attempt["channel"], attempt["scriptId"]) == ("PENDING", "SMS", desk.script)
    assert (attempt["leadId"], attempt["startedAt"]) == (lead, "2026-02-18T12:00:00.000Z")
    assert api.get(reply.headers["Location"]).json == attempt
    (message,) = desk.queue.take()
    assert (message.channel, message.due, message.work) == ("SMS", START, (Work("DirectContact", attempt["id"]),))
    assert desk.due() == list(message.work), "should the hint be lost, the dispatcher finds it"
    assert problems(desk.app) == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"channel": "SMS"}, "", "exactly_one"),
        ({**HELLO, "scriptId": "x"}, "", "exactly_one"),
        ({"channel": "SMS", "scriptId": None, "content": None}, "", "exactly_one"),
        ({"channel": "SMS", "scriptId": "nothing"}, "/scriptId", "unknown_reference"),
        ({"channel": "SMS", "content": "   "}, "/content", "blank"),
        ({"channel": "SMS", "content": EMAIL["content"]}, "/content", "not_a_text"),
        ({"channel": "SMS", "content": ["Hello"]}, "/content", "not_content"),
        ({"channel": "SMS", "content": "{{ nobody }}"}, "/content", "unknown_variable"),
        ({"channel": "EMAIL", "content": "Hello"}, "/content", "not_an_object"),
        ({"channel": "EMAIL", "content": {"subject": "Hello"}}, "/content/html", "required"),
        ({"channel": "FAX", "content": "Hello"}, "/channel", "not_allowed"),
        ({**HELLO, "colour": "red"}, "/colour", "unknown_field"),
    ],
)
def test_what_cannot_be_said_is_refused_at_its_place(
    api: ApiClient, desk: Desk, body: Any, pointer: str, code: str
) -> None:
    reply = contact(api, desk.lead(email="ada@example.com"), body)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert (directs(desk), attempts(desk)) == ([], 0)


def test_a_script_of_another_channel_is_refused(api: ApiClient, desk: Desk) -> None:
    reply = contact(api, desk.lead(email="ada@example.com"), {"channel": "EMAIL", "scriptId": desk.script})

    (error,) = reply.json["errors"]
    assert (reply.status, error["pointer"], error["code"]) == (422, "/scriptId", "wrong_channel")
    assert "SMS" in error["detail"]


def test_a_lead_without_an_address_on_the_channel_cannot_be_reached(api: ApiClient, desk: Desk, lead: str) -> None:
    silent = desk.lead(phone=None, email="grace@example.com")

    for who, body, what in [(lead, EMAIL, "e-mail address"), (silent, HELLO, "phone number")]:
        (error,) = contact(api, who, body).json["errors"]
        assert (error["pointer"], error["code"]) == ("/channel", "no_address")
        assert what in error["detail"]
    assert contact(api, silent, {**HELLO, "channel": "CALL"}).status == 422
    assert contact(api, silent, EMAIL).status == 202


def test_a_lead_that_is_to_be_left_alone_is_refused_at_once(api: ApiClient, desk: Desk) -> None:
    stopped, converted, suppressed = (desk.lead(email=f"{number}@example.com") for number in range(3))
    api.post(f"/v1/leads/{stopped}/stop", {"reason": "OPT_OUT"})
    api.post("/v1/conversions", {"leadId": converted, "status": "customer"})
    api.post("/v1/suppressions", {"address": "2@example.com"})

    replies = [contact(api, who, HELLO) for who in (stopped, converted, suppressed)]

    assert [(reply.status, reply.json["code"]) for reply in replies] == [
        (409, "lead_stopped"),
        (409, "conflict"),
        (409, "lead_stopped"),
    ]
    assert ["OPT_OUT" in replies[0].json["detail"], "converted" in replies[1].json["detail"]] == [True, True]
    assert directs(desk) == []


def test_an_address_that_was_suppressed_while_contact_was_allowed_again_is_not_written_to(
    api: ApiClient, desk: Desk
) -> None:
    lead = desk.lead(email="ada@example.com")
    api.post("/v1/suppressions", {"address": "ada@example.com"})
    desk.app.core.store.write(change_contact(lead, stop_reason=None, stopped_at=None))

    assert contact(api, lead, HELLO).json["code"] == "lead_stopped"


def test_a_lead_that_is_gone_or_going_gets_nothing(api: ApiClient, desk: Desk, lead: str) -> None:
    assert contact(api, "nobody", HELLO).status == 404
    with just_before_the_next_transaction(desk.app, lambda: desk.app.deletion.lead(lead)):
        assert contact(api, lead, HELLO).status == 404
    assert (directs(desk), attempts(desk)) == ([], 0)
    assert problems(desk.app) == []


def test_sending_needs_the_scope_of_attempts(desk: Desk, lead: str) -> None:
    assert contact(ApiClient(desk.app, scopes="leads:write"), lead, HELLO).status == 403
    assert contact(ApiClient(desk.app, scopes="attempts:write"), lead, HELLO).status == 202


# --- repeats ---------------------------------------------------------------------------------------------------


def test_a_repeat_within_a_month_sends_nothing_again(api: ApiClient, desk: Desk, lead: str, clock: ManualClock) -> None:
    first = contact(api, lead, HELLO, idempotency_key="once")
    clock.advance(timedelta(days=29, hours=23).total_seconds())

    again = contact(api, lead, HELLO, idempotency_key="once")

    assert (again.status, again.text, again.headers["Location"]) == (202, first.text, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(directs(desk)) == attempts(desk) == 1
    clock.advance(timedelta(hours=1).total_seconds())
    assert contact(api, lead, HELLO, idempotency_key="once").json["id"] != first.json["id"]


def test_what_sends_nothing_is_remembered_for_a_day(api: ApiClient, lead: str, clock: ManualClock) -> None:
    body = {"leadId": lead, "channel": "SMS"}
    first = api.post("/v1/contact-attempts", body, idempotency_key="once").json["id"]
    clock.advance(timedelta(hours=24).total_seconds())

    assert api.post("/v1/contact-attempts", body, idempotency_key="once").json["id"] != first


# --- what becomes of it ----------------------------------------------------------------------------------------


def test_a_worker_sends_it_once_with_its_own_words(api: ApiClient, desk: Desk, lead: str) -> None:
    path = accepted(api, lead, HELLO)

    desk.work(*desk.due(), *desk.due())
    desk.work()

    (entry,) = desk.ledger.entries
    attempt = api.get(path).json
    assert (entry.work, entry.to) == (attempt["id"], desk.app.leads.get(lead).phone)
    assert (attempt["status"], attempt["providerRef"], attempt["provider"]) == ("IN_PROGRESS", entry.ref, "twilio")
    (direct,) = directs(desk)
    assert (direct.status, direct.due_at) == ("SENT", None)
    assert desk.app.leads.get(lead).status == "CONTACTED"
    assert problems(desk.app) == []


def test_it_waits_for_the_contact_hours_like_everything_else(app: Application, clock: ManualClock) -> None:
    desk = Desk(app, clock, sms_hours="Mon-Fri 10:00-18:00")
    api = desk.api
    lead = desk.lead(timeZone="Europe/Berlin")
    clock.advance(6 * 3600)
    path = accepted(api, lead, HELLO)

    desk.work()
    assert (api.get(path).json["status"], desk.ledger.calls) == ("PENDING", 0)
    (direct,) = directs(desk)
    assert direct.due_at is not None
    assert direct.due_at.isoformat() == "2026-02-19T09:00:00+00:00"
    clock.advance(15 * 3600)
    desk.work()

    assert (api.get(path).json["status"], desk.ledger.calls) == ("IN_PROGRESS", 1)


def test_it_counts_for_the_caps_and_waits_for_them(app: Application, clock: ManualClock) -> None:
    desk = Desk(app, clock, frequency_caps="SMS 1/24h")
    api, lead = desk.api, desk.lead()
    first, second = accepted(api, lead, HELLO), accepted(api, lead, HELLO)

    desk.work()

    assert sorted(api.get(path).json["status"] for path in (first, second)) == ["IN_PROGRESS", "PENDING"]
    clock.advance(24 * 3600 + 1)
    desk.work()
    assert [api.get(path).json["status"] for path in (first, second)] == ["IN_PROGRESS", "IN_PROGRESS"]


def test_what_is_not_sent_ends_the_attempt_with_the_reason(api: ApiClient, desk: Desk) -> None:
    leads = [desk.lead() for _ in range(3)]
    paths = [accepted(api, lead, {"channel": "SMS", "scriptId": desk.script}) for lead in leads]
    api.post(f"/v1/leads/{leads[0]}/stop")
    api.patch(f"/v1/leads/{leads[1]}", {"phone": None})
    desk.ledger.moods = ["reject"]

    desk.work()

    ended = [api.get(path).json for path in paths]
    assert [one["status"] for one in ended] == ["FAILED"] * 3
    assert [one["result"].split(":")[0] for one in ended] == ["lead_stopped", "no_address", "rejected"]
    assert all(one["completedAt"] == "2026-02-18T12:00:00.000Z" for one in ended)
    assert desk.ledger.entries == []


def test_a_script_that_is_gone_by_then_ends_it(api: ApiClient, desk: Desk, lead: str) -> None:
    path = accepted(api, lead, {"channel": "SMS", "scriptId": desk.script})
    api.delete(f"/v1/scripts/{desk.script}")

    desk.work()

    assert (api.get(path).json["status"], api.get(path).json["result"]) == ("FAILED", "no_script")


def test_deleting_the_lead_takes_it_along(api: ApiClient, desk: Desk, lead: str) -> None:
    accepted(api, lead, HELLO)

    api.delete(f"/v1/leads/{lead}")
    desk.work()

    assert (count(desk.app, DirectContact), desk.ledger.calls) == (0, 0)
    assert problems(desk.app) == []


def test_deleting_its_attempt_withdraws_it(api: ApiClient, desk: Desk, lead: str) -> None:
    path = accepted(api, lead, HELLO)
    due = desk.due()

    assert api.delete(path).status == 204
    desk.work(*due)

    assert (count(desk.app, DirectContact), desk.ledger.calls, attempts(desk)) == (0, 0, 0)
    assert problems(desk.app) == []


def test_what_may_have_been_sent_cannot_be_withdrawn(api: ApiClient, desk: Desk, lead: str) -> None:
    path = accepted(api, lead, HELLO)
    desk.ledger.moods = ["accept_silently"]
    desk.work()

    assert (api.delete(path).status, api.get(path).json["status"]) == (409, "IN_PROGRESS")
    desk.wait(hours=1)
    desk.work()
    assert api.get(path).json["providerRef"] == "ref-1"
    assert api.delete(path).status == 204
    assert problems(desk.app) == []
