"""What waits on the queue and in the bucket when a request has been taken: whole, and nothing else."""

import json
from decimal import Decimal
from typing import Any

import pytest

from retention.clock import ManualClock
from tests.functions.webhooks import signing
from tests.functions.webhooks.calling import Answer, Outside
from tests.functions.webhooks.signing import Signed


def send(world: Outside, signed: Signed) -> Answer:
    return world.call("POST", signed.path, signed.body, signed.headers, query=signed.query)


def test_a_batch_of_a_thousand_events_is_queued_in_four_requests(known: Outside, clock: ManualClock) -> None:
    batch = [{"sg_event_id": f"e-{at}", "event": "delivered", "email": "a@example.com"} for at in range(1_000)]
    sent: list[int] = []
    known.door.inbox.connect()
    known.door.inbox._sqs.meta.events.register("before-call.sqs.SendMessageBatch", lambda **_: sent.append(1))

    assert send(known, signing.sendgrid([*batch, 7, None], clock.now())).status == 204

    assert len(sent) == 4
    bodies = known.messages()
    assert len(bodies) == 40
    events = [event for body in bodies for event in json.loads(body)["events"]]
    assert sorted(event["id"] for event in events) == sorted(f"e-{at}" for at in range(1_000))
    assert all(event["content"] in batch for event in events)


def test_half_a_character_at_the_end_of_a_summary_does_not_lose_the_report(known: Outside, clock: ManualClock) -> None:
    report = {"type": "end-of-call-report", "call": {"id": "c-1"}, "analysis": {"summary": "Fine \ud83d"}}

    assert send(known, signing.vapi(report, clock.now())).status == 200

    (event,) = known.kept()
    assert event.content["analysis"] == {"summary": "Fine \ufffd"}


def test_a_report_that_no_message_can_hold_travels_through_the_bucket(known: Outside, clock: ManualClock) -> None:
    transcript = "I said: ü. " * 55_000
    report = {"type": "end-of-call-report", "call": {"id": "c-1"}, "artifact": {"transcript": transcript}, "cost": 0.1}

    assert send(known, signing.vapi(report, clock.now())).status == 200

    (body,) = known.messages()
    assert known.objects() == [json.loads(body)["s3"]]
    stored = json.loads(known.fetch(known.objects()[0]))
    assert (stored["id"], stored["content"]) == ("c-1:end-of-call-report:", report)
    assert len(json.dumps(report)) > 600_000


def test_events_without_an_id_of_their_own_are_known_by_what_they_say(known: Outside, clock: ManualClock) -> None:
    for event in ({"event": "open", "url": "a"}, {"url": "a", "event": "open"}, {"event": "open", "url": "b"}):
        assert send(known, signing.sendgrid([event], clock.now())).status == 204

    first, again, other = known.kept()
    assert first.id == again.id != other.id


@pytest.mark.parametrize(
    ("poison", "left"),
    [
        (b'{"event": "open", "event": "click"}', []),
        (b'{"event": "open", "timestamp": NaN}', []),
        (b'{"event": "open", "arg": ' + b"9" * 5000 + b"}", []),
        (b'{"event": "open", "arg": ' + b"[" * 40 + b"]" * 40 + b"}", []),
        (b'"not an event"', []),
        (b'{"event": "bounce", "reason": "cut \\ud83d"}', [{"event": "bounce", "reason": "cut \ufffd"}]),
        (b'{"event": "open", "arg": 1e38}', [{"event": "open", "arg": Decimal("1e38")}]),
    ],
)
def test_one_entry_that_cannot_be_read_takes_no_other_along(
    known: Outside, clock: ManualClock, poison: bytes, left: list[Any]
) -> None:
    good = [{"event": "delivered", "sg_event_id": str(at)} for at in range(60)]
    entries = [json.dumps(one).encode() for one in good]
    body = b"[" + b",\r\n".join([*entries[:30], poison, *entries[30:]]) + b"]\r\n"

    headers = signing.sendgrid_headers(str(int(clock.now().timestamp())), body)
    assert known.call("POST", "/webhooks/sendgrid", body, headers).status == 204

    assert [event.content for event in known.kept()] == [*good[:30], *left, *good[30:]]


def test_what_is_signed_and_yet_no_json_is_refused(known: Outside, clock: ManualClock) -> None:
    for body in (b"{}", b"[", b'[{"a":1,"a":2}]', b"[" * 33 + b"]" * 33, b"[NaN]", b'["\\ud800"]', b"\xff"):
        headers = signing.sendgrid_headers(str(int(clock.now().timestamp())), body)
        assert known.call("POST", "/webhooks/sendgrid", body, headers).status == 400
    assert known.kept() == []
