"""Who is let in, what callers are told, and that whatever is refused is nowhere."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from retention import aws
from retention.clock import ManualClock
from retention.receiving.callers import CallerKey
from retention.receiving.inbox import Inbox
from tests.functions.queue import new_queue
from tests.functions.webhooks import signing
from tests.functions.webhooks.calling import Answer, Outside, outside
from tests.functions.webhooks.conftest import TRACKER_TOKEN
from tests.functions.webhooks.signing import Signed

STATUS, INBOUND = "/webhooks/twilio/status", "/webhooks/twilio/inbound"


def send(world: Outside, signed: Signed) -> Answer:
    return world.call("POST", signed.path, signed.body, signed.headers, query=signed.query)


def a_report(**more: str) -> Signed:
    return signing.twilio(STATUS, signing.twilio_status(**more), query="x=token-1")


def test_a_report_of_twilio_is_queued_as_it_came(known: Outside, clock: ManualClock) -> None:
    answer = send(known, a_report(ErrorCode="30003"))

    assert (answer.status, answer.body) == (204, "")
    (event,) = known.kept()
    assert (event.source, event.id, event.received_at) == (
        "twilio-status",
        "SM00000000000000000000000000000001:delivered",
        clock.now(),
    )
    assert event.content == {"callback": "token-1", "params": signing.twilio_status(ErrorCode="30003")}


def test_a_text_is_answered_with_silence(known: Outside) -> None:
    answer = send(known, signing.twilio(INBOUND, signing.twilio_message("Stop \uffff\ufffe\x00 ü")))

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml")
    assert answer.body.endswith("<Response></Response>")
    (event,) = known.kept()
    assert event.content["params"]["Body"] == "Stop \uffff\ufffe\x00 ü"


def test_json_from_twilio_is_bound_by_its_hash(known: Outside) -> None:
    body = json.dumps({**signing.twilio_status(), "ErrorCode": None, "Extra": {"a": 1}}).encode()
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    signed = signing.twilio(STATUS, {}, query=query)
    headers = {**signed.headers, "content-type": "application/json; charset=utf-8"}

    assert known.call("POST", STATUS, body, headers, query=query).status == 204
    assert known.call("POST", STATUS, body.replace(b"delivered", b"undelivered"), headers, query=query).status == 403
    (event,) = known.kept()
    assert event.content == {"callback": None, "params": {**signing.twilio_status(), "Extra": '{"a":1}'}}


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", STATUS, 405, "POST"),
        ("PUT", "/webhooks/meta", 405, "GET, POST"),
        ("POST", "/r/token", 405, "GET, HEAD"),
        ("POST", "/webhooks/nobody", 404, None),
        ("POST", "/webhooks/inbound/a.b", 404, None),
        ("POST", "/webhooks/inbound/", 404, None),
        ("GET", "/", 404, None),
    ],
)
def test_what_is_not_there(known: Outside, method: str, path: str, status: int, allow: str | None) -> None:
    answer = known.call(method, path)

    assert (answer.status, answer.headers.get("Allow")) == (status, allow)
    assert answer.json()["status"] == status


def test_a_body_of_more_than_a_megabyte_is_refused_before_anything_is_looked_at(known: Outside) -> None:
    assert known.call("POST", "/webhooks/sendgrid", b"x" * 1_048_577).status == 413
    assert known.call("POST", "/webhooks/sendgrid", b"x" * 1_048_576).status == 403
    assert known.call("POST", "/webhooks/sendgrid", "x" * 20_000_000).status == 413


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that log lines hold."""
    return " ".join(str(vars(record)) for record in caplog.records)


def test_whoever_is_refused_learns_nothing_and_is_counted(
    known: Outside, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    signed = a_report()
    answer = known.call("POST", STATUS, signed.body, {**signed.headers, "x-twilio-signature": "AAAA"})

    assert (answer.status, answer.json()["detail"]) == (403, "It is not proven who sent this; nothing was kept.")
    assert (known.kept(), known.objects()) == ([], [])
    (line,) = caplog.records
    assert (vars(line)["source"], vars(line)["reason"]) == ("twilio-status", "wrong_signature")
    assert "4155550101" not in logged(caplog)
    assert "WebhooksRefused" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["twilio", "sendgrid", "vapi", "meta", "keitaro", "form"])
def test_nobody_is_let_in_whose_keys_were_never_published(world: Outside, clock: ManualClock, name: str) -> None:
    now = clock.now()
    signed = {
        "twilio": a_report(),
        "sendgrid": signing.sendgrid([{"event": "open"}], now),
        "vapi": signing.vapi({"type": "status-update"}, now, secret=""),
        "meta": signing.meta([signing.lead_entry(now, "1")], secret=""),
        "keitaro": Signed("/postbacks/keitaro/", "subid=1", {}, b"")._replace(path=f"/postbacks/keitaro/{'a' * 22}"),
        "form": signing.form("landing", {}, now, secret=""),
    }[name]

    assert send(world, signed).status == 403
    world.publish("forms/landing" if name == "form" else name)
    clock.advance(60)
    assert send(world, signed).status == 403


def test_two_keys_are_live_while_a_caller_is_told_of_the_new_one(world: Outside, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=48)
    params = signing.twilio_status()
    world.publish("twilio", {"authToken": "new"}, CallerKey({"authToken": "old"}, until))

    assert send(world, signing.twilio(STATUS, params, token="new")).status == 204
    assert send(world, signing.twilio(STATUS, params, token="old")).status == 204
    clock.advance(48 * 3600)
    assert send(world, signing.twilio(STATUS, params, token="old")).status == 403
    assert send(world, signing.twilio(STATUS, params, token="new")).status == 204


def test_a_new_key_counts_within_seconds_and_a_wrong_one_does_not_wear_out_the_store(
    known: Outside, clock: ManualClock
) -> None:
    assert send(known, a_report()).status == 204
    known.publish("twilio", {"authToken": "new"}, version="2")
    new = signing.twilio(STATUS, signing.twilio_status(), token="new")

    clock.advance(4.9)
    assert send(known, new).status == 403
    clock.advance(0.1)
    assert send(known, new).status == 204
    assert send(known, a_report()).status == 403


def test_a_key_that_was_closed_is_good_for_a_minute_at_most(known: Outside, clock: ManualClock) -> None:
    assert send(known, a_report()).status == 204
    known.publish("twilio", {"authToken": "new"}, version="2")

    clock.advance(59.9)
    assert send(known, a_report()).status == 204
    clock.advance(0.1)
    assert send(known, a_report()).status == 403


def test_while_the_secret_store_is_down_nobody_is_let_in(
    known: Outside, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
    down = outside(clock)

    answer = send(down, a_report())

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert down.kept() == []


def test_while_the_queue_is_down_the_caller_is_asked_to_come_again(known: Outside) -> None:
    url = known.door.settings.inbound_queue_url
    gone = new_queue()
    boto3.client("sqs").delete_queue(QueueUrl=gone)
    configured = replace(known.door.settings, inbound_queue_url=gone)
    broken = Outside(known.door._replace(inbox=Inbox(configured, known.door.inbox._ids)), known.bucket)

    answer = send(broken, a_report())

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"
    assert send(known, a_report()).status == 204
    assert len(known.kept()) == 1
    assert url == known.door.settings.inbound_queue_url


def test_what_the_queue_refuses_of_a_request_is_sent_again(known: Outside) -> None:
    refused: list[Any] = []

    def refuse(parsed: dict[str, Any], **_: Any) -> None:
        if not refused and parsed.get("Successful"):
            refused.append(parsed["Successful"].pop())
            parsed["Failed"] = [{"Id": refused[0]["Id"], "SenderFault": False, "Code": "InternalError"}]

    client = aws.client("sqs", "us-east-1", Config())
    client.meta.events.register("after-call.sqs.SendMessageBatch", refuse)
    known.door.inbox.__dict__["_sqs"] = client

    assert send(known, a_report()).status == 204
    assert refused
    # Told twice here, since the stand-in had taken it: copies are recognised where they are applied.
    assert [event.id for event in known.kept()] == ["SM00000000000000000000000000000001:delivered"] * 2


@pytest.mark.parametrize(
    ("name", "window"), [("sendgrid", 25 * 3600), ("vapi", 4 * 3600), ("meta", 48 * 3600), ("form", 300)]
)
def test_a_replay_is_refused_from_the_second_after_its_window(
    known: Outside, clock: ManualClock, name: str, window: int
) -> None:
    def signed(age: int) -> Signed:
        at = clock.now() - timedelta(seconds=age)
        made: dict[str, Signed] = {
            "sendgrid": signing.sendgrid([{"event": "open"}], at),
            "vapi": signing.vapi({"type": "status-update", "status": "ringing", "call": {"id": "c"}}, at),
            "meta": signing.meta([signing.lead_entry(at, "1")]),
            "form": signing.form("landing", {}, at),
        }
        return made[name]

    for age, is_taken in ((window - 1, True), (window, True), (window + 1, False), (-300, True), (-301, False)):
        assert send(known, signed(age)).status == (
            403 if not is_taken else {"sendgrid": 204, "form": 202}.get(name, 200)
        )
    assert len(known.kept()) == 3


def test_stale_entries_of_meta_are_left_out_and_the_others_taken(known: Outside, clock: ManualClock) -> None:
    old = clock.now() - timedelta(hours=49)
    entries = [
        signing.lead_entry(old, "1"),
        signing.lead_entry(clock.now(), "2", "3"),
        {"time": True, "changes": []},
        {**signing.lead_entry(clock.now(), "4"), "changes": [{"field": "feed", "value": {}}, 7]},
    ]

    assert send(known, signing.meta(entries)).status == 200

    events = known.kept()
    assert [event.id for event in events] == ["2", "3"]
    assert events[0].content == {
        "leadgenId": "2",
        "pageId": "7",
        "formId": "8",
        "adId": None,
        "adgroupId": None,
        "createdTime": None,
    }


def test_the_token_of_the_tracker_is_in_no_log(
    known: Outside, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="service_undefined")
    path = f"/postbacks/keitaro/{TRACKER_TOKEN}"

    assert known.call("GET", path, query="subid=v-1&status=sale").status == 200
    assert known.call("GET", path + "x", query="subid=v-1&status=sale").status == 403
    assert known.call("GET", path, query="subid={subid}").status == 400

    assert len(caplog.records) >= 3
    assert TRACKER_TOKEN not in logged(caplog) + capsys.readouterr().out
