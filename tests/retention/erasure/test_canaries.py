"""A person with canaries planted everywhere is erased: nothing that is kept holds one of them any more."""

import json
import logging

import pytest

from inbound.handlers import handlers_of
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.outcome import Applied, Ignored
from retention.jobs.model import Job
from retention.receiving.event import Event
from retention.suppressions.identity import suppression_id
from tests.api_client import ApiClient
from tests.integrity import problems
from tests.retention.conversions.tracker import Tracker
from tests.retention.deletion.test_rules import work_off
from tests.retention.erasure.haystack import hits, letters, objects
from tests.retention.erasure.planting import EMAIL, EXTERNAL, FIRST, LAST, NEEDLES, OTHER, PHONE, SAID, Planted, plant
from tests.start import START


def erase(app: Application, clock: ManualClock, lead: str) -> Job:
    """A lead is erased over HTTP, and the job done, chunk by chunk."""
    answer = ApiClient(app).post(f"/v1/leads/{lead}/erase", {"reason": "asked by mail"})
    assert answer.status == 202
    work_off(app, clock)
    return app.jobs.get(answer.json["id"])


def test_nothing_that_is_kept_holds_a_canary(
    estate: Application, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    planted = plant(estate, clock)
    assert len(hits(estate, *NEEDLES)) > 25
    assert problems(estate) == []
    caplog.set_level(logging.INFO)

    job = erase(estate, clock, planted.lead)

    assert hits(estate, *NEEDLES) == []
    # The id of the lead, which leads nowhere, is known to the jobs that were about it, to the sums that it picked a
    # share of, and to the one message for the team's own systems that tells of its end, until it is delivered.
    kept = {where.split(" ")[1].split("#")[0] for where in hits(estate, planted.lead)}
    assert kept - {"JOB", "STATS"} == {"DELIVERY"}
    assert [
        record for record in caplog.records if any(one.lower() in str(vars(record)).lower() for one in NEEDLES)
    ] == []
    assert problems(estate) == []
    assert job.status == "succeeded"
    assert job.result is not None
    assert job.result["search"]["hits"] == 0
    assert job.result["search"]["for"] == ["email", "phone", "externalId"]
    assert job.result["messages"]["which"] == [
        {"provider": "elsewhere", "ref": "7", "why": "elsewhere cannot be asked to remove it."}
    ]
    _others_lost_nothing(estate, planted)


def test_an_address_that_was_replaced_is_forgotten_too_unless_it_is_anothers_by_now(
    estate: Application, clock: ManualClock
) -> None:
    planted = plant(estate, clock)
    api, tracker = ApiClient(estate), Tracker(estate)
    taken = {"email": "zyx.was.here@example.com", "phone": "+12025550188"}
    now = {"email": "zyx.is.now@example.com", "phone": "+12025550166"}
    for addresses in (taken, {"email": EMAIL.upper()}, now):
        assert api.patch(f"/v1/leads/{planted.lead}", addresses).status == 200
    bob = api.post("/v1/leads", {"firstName": "Bob", "lastName": "Jones", "phone": taken["phone"]}).json["id"]
    tracker.send(clickid="c-bob", status="lead", sub_id_5=taken["phone"])
    tracker.send(clickid="c-old", status="lead", sub_id_5=taken["email"])

    job = erase(estate, clock, planted.lead)

    assert hits(estate, *NEEDLES, taken["email"], *now.values()) == []
    assert job.result is not None
    assert job.result["search"]["hits"] == 0
    suppressed = {one["id"] for one in api.get("/v1/suppressions").json["data"] if one["reason"] == "ERASURE"}
    for address in (EMAIL, PHONE, taken["email"], *now.values()):
        assert suppression_id(estate.core.keyring, address) in suppressed
    assert suppression_id(estate.core.keyring, taken["phone"]) not in suppressed
    assert api.get(f"/v1/leads/{bob}").json["contact"]["stopped"] is False
    assert len(hits(estate, "c-bob")) > 0
    assert "sharedWith" not in job.target
    assert problems(estate) == []


def _others_lost_nothing(estate: Application, planted: Planted) -> None:
    api = ApiClient(estate)
    other = api.get(f"/v1/leads/{planted.other}").json
    assert {name: other[name] for name in OTHER} == OTHER
    assert other["contact"]["stopped"] is False
    assert list(objects(estate.core.settings.transfer_bucket)) == ["uploads/i2"]
    assert list(objects(estate.core.settings.inbox_bucket)) == ["form/2"]
    rest = sorted(
        event["content"]["params"]["who"]
        for body in letters(estate.core.settings.inbound_dead_letter_queue_url)
        for event in json.loads(body)["events"]
    )
    assert rest == ["somebody else", "somebody else again"]


def test_conversions_keep_their_worth_the_hash_still_stops_and_nothing_that_comes_late_brings_anything_back(
    estate: Application, clock: ManualClock
) -> None:
    planted = plant(estate, clock)
    api, tracker = ApiClient(estate), Tracker(estate)
    visit = tracker.visit(f"{planted.lead}.x")
    erase(estate, clock, planted.lead)

    assert tracker.revenue() == planted.revenue
    assert {(one.lead_id, one.sub_id, one.postback_data) for one in tracker.conversions()} == {(None, None, None)}
    assert {(one["reason"], one["note"]) for one in api.get("/v1/suppressions").json["data"]} == {("ERASURE", None)}

    # A retry of the request that created the lead; the same sale again, with more to it; another purchase of the same
    # visitor; and one by a link of ours.
    retry = api.post("/v1/leads", planted.given, idempotency_key="create-1")
    assert (retry.status, retry.json["code"]) == (410, "erased")
    tracker.send(subid="s-of-zyx", external_id=EXTERNAL, status="sale", payout="22", tid="order-1", email=EMAIL)
    tracker.send(subid="s-of-zyx", external_id=EXTERNAL, status="sale", payout="5", tid="order-2", email=EMAIL)
    tracker.send(subid=visit, status="sale", payout="7", email=EMAIL, clickid="c-late")
    handlers = handlers_of(estate)
    # What waited in the queue when the erasure came.
    text = {"MessageSid": f"SM{'1' * 32}", "From": PHONE, "To": "+12025550199", "Body": SAID}
    assert handlers["twilio-inbound"](Event("twilio-inbound", "1", {"params": text}, START)) == Ignored(
        "unknown_sender"
    )

    waited = Event(
        "form", "f1", {"slug": "landing", "payload": planted.given, "contentType": "application/json"}, START
    )
    assert api.post("/v1/inbound-webhooks", {"name": "Landing page", "slug": "landing"}).status == 201
    assert handlers["form"](waited) == Ignored("the person was erased since")

    assert hits(estate, *NEEDLES, "order-1", "order-2", "c-late", visit) == []
    assert tracker.revenue() == planted.revenue + 1 + 5 + 7
    assert {one.lead_id for one in tracker.conversions()} == {None}
    assert api.get(f"/v1/leads/{planted.lead}").status == 404
    assert problems(estate) == []

    # The person may come again by themselves; contact is allowed by whoever lifts the suppression, and not before.
    for address in ({"email": EMAIL.upper()}, {"phone": "(202) 555-0143"}):
        again = api.post("/v1/leads", {"firstName": FIRST, "lastName": LAST, **address}).json
        assert (again["contact"]["reason"], again["id"] != planted.lead) == ("DO_NOT_CONTACT", True)
    sent_now = handlers["form"](waited._replace(id="f2", received_at=clock.now()))
    assert sent_now == Applied("existing lead")
