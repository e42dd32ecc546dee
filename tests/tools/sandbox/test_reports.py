"""What becomes of a message is reported as its provider reports it: signed, and as often as was asked for."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.tools.sandbox.asking import Asking, Got, Receiver, until_true
from tools.sandbox import signatures
from tools.sandbox.accounts import TWILIO_TOKEN, VAPI_WEBHOOK_SECRET
from tools.sandbox.running import Sandbox

# Source of both: twilio-python, tests/unit/test_request_validator.py; twilio-node, spec/validation.spec.js.
VECTORS = [
    (
        [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ],
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    ),
    (
        [("MessagingBinding.Address", "+1325xxxxxxx"), ("MessagingBinding.Address", "+1415xxxxxxx")],
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
]


@pytest.mark.parametrize(("form", "signature"), VECTORS)
def test_forms_are_signed_as_twilio_does(form: list[tuple[str, str]], signature: str) -> None:
    assert signatures.twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form) == signature
    assert signatures.twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2#rc=5", form) == signature


def forms(got: list[Got]) -> list[dict[str, str]]:
    return [dict(parse_qsl(one.body.decode(), keep_blank_values=True)) for one in got]


def test_a_text_is_reported_to_the_address_of_its_request(ask: Asking, receiver: Receiver) -> None:
    url = f"{receiver.url}/status?x=key"
    sid = ask.text(StatusCallback=f"{url}#rp=all&rc=5").json()["sid"]

    got = receiver.wait_for(2)

    assert {one["MessageStatus"] for one in forms(got)} == {"sent", "delivered"}
    assert {one["MessageSid"] for one in forms(got)} == {sid}
    assert {one.path for one in got} == {"/status?x=key"}
    for one in got:
        form = parse_qsl(one.body.decode(), keep_blank_values=True)
        assert one.headers["x-twilio-signature"] == signatures.twilio(TWILIO_TOKEN, url, form)


def test_a_text_that_was_not_delivered_has_a_code(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "outcome", "outcome": "undelivered", "code": 30003})
    ask.text(StatusCallback=f"{receiver.url}/status")

    last = forms(receiver.wait_for(2))

    assert ("undelivered", "30003") in [(one["MessageStatus"], one.get("ErrorCode")) for one in last]


def test_events_of_mails_are_reported_together_and_signed(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    # Both in one request, and the second with no event after its first: however long anything takes, all of these
    # are there by the time that a report is made up.
    sandbox.faults({"kind": "outcome", "outcome": "processed", "to": "alan@example.com"})
    ada = {"to": [{"email": "ada@example.com"}], "custom_args": {"x": "key"}}
    ask.mail(personalizations=[ada, {"to": [{"email": "alan@example.com"}]}], categories=["retention"])

    (one,) = receiver.wait_for(1)

    events = json.loads(one.body)
    assert sorted((event["email"], event["event"]) for event in events) == [
        ("ada@example.com", "delivered"),
        ("ada@example.com", "processed"),
        ("alan@example.com", "processed"),
    ]
    assert one.path == "/webhooks/sendgrid"
    mine = next(event for event in events if event["email"] == "ada@example.com")
    assert (mine["x"], mine["category"]) == ("key", ["retention"])
    assert mine["sg_message_id"].startswith(sandbox.ledger()[0].ref + ".")
    assert len({event["sg_event_id"] for event in events}) == len(events)
    key = load_der_public_key(base64.b64decode(sandbox.public_key()))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(one.headers["x-twilio-email-event-webhook-signature"])
    signed = one.headers["x-twilio-email-event-webhook-timestamp"].encode() + one.body
    key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, signed.rstrip(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("outcome", "events", "last"),
    [
        ("bounce", ["processed", "bounce"], {"type": "bounce", "bounce_classification": "Invalid Address"}),
        ("blocked", ["processed", "bounce"], {"type": "blocked", "bounce_classification": "Reputation"}),
        ("dropped", ["dropped"], {"reason": "Bounced Address"}),
        ("deferred", ["processed", "deferred"], {"attempt": "1"}),
        ("machine_open", ["processed", "delivered", "open"], {"sg_machine_open": True}),
        ("click", ["processed", "delivered", "open", "click"], {"url_offset": {"index": 0, "type": "html"}}),
        ("spamreport", ["processed", "delivered", "spamreport"], {}),
        ("group_unsubscribe", ["processed", "delivered", "group_unsubscribe"], {"asm_group_id": 1}),
    ],
)
def test_a_mail_meets_the_end_that_was_asked_for(
    ask: Asking, sandbox: Sandbox, receiver: Receiver, outcome: str, events: list[str], last: dict[str, object]
) -> None:
    sandbox.faults({"kind": "outcome", "outcome": outcome})
    ask.mail()

    until_true(lambda: len(told(receiver)) == len(events))

    assert [one["event"] for one in told(receiver)] == events
    assert told(receiver)[-1].items() >= last.items()


def test_a_bounce_hours_later_does_not_say_to_which_message_it_belongs(
    ask: Asking, sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.faults({"kind": "outcome", "outcome": "delayed_bounce"})
    ask.mail("ada@example.com", custom_args={"x": "key"})

    until_true(lambda: len(told(receiver)) == 3)

    bounce = told(receiver)[-1]
    assert (bounce["event"], bounce["email"], bounce["x"]) == ("bounce", "ada@example.com", "key")
    assert "sg_message_id" not in bounce


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [event for one in receiver.got for event in json.loads(one.body)]


def test_a_call_is_reported_with_its_end_and_signed(ask: Asking, receiver: Receiver) -> None:
    server = {"url": f"{receiver.url}/vapi"}
    ask.call(assistantOverrides={"server": server, "metadata": {"x": "key"}})

    got = receiver.wait_for(4)

    messages = [json.loads(one.body)["message"] for one in got]
    assert Counter((one["type"], one.get("status")) for one in messages) == Counter(
        [
            ("status-update", "ringing"),
            ("status-update", "in-progress"),
            ("status-update", "ended"),
            ("end-of-call-report", None),
        ]
    )
    assert all(one["call"]["assistantOverrides"]["metadata"] == {"x": "key"} for one in messages)
    assert {one.get("endedReason") for one in messages} == {None, "customer-ended-call"}
    for one in got:
        signed = one.headers["x-timestamp"].encode() + b"." + one.body
        assert one.headers["x-signature"] == hmac.new(VAPI_WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_what_is_said_on_the_phone_is_in_the_report_and_on_record(
    ask: Asking, sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.faults({"kind": "reply", "provider": "vapi", "text": "Please do not call me again."})
    order = {"server": {"url": f"{receiver.url}/vapi"}, "serverMessages": ["end-of-call-report"]}
    made = ask.call(assistantOverrides=order).json()["id"]

    report = json.loads(receiver.wait_for(1)[0].body)["message"]

    assert "User: Please do not call me again." in report["artifact"]["transcript"]
    assert report["analysis"]["structuredData"] == {"outcome": "talked"}
    assert sum(part["cost"] for part in report["costs"]) == pytest.approx(report["cost"])
    record = ask.vapi("GET", f"/call/{made}").json()
    assert (record["artifact"]["transcript"], record["analysis"]) == (
        report["artifact"]["transcript"],
        report["analysis"],
    )


def test_a_call_whose_report_never_comes_can_be_asked_for(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "callbacks", "when": "never"}, {"kind": "outcome", "outcome": "customer-did-not-answer"})
    made = ask.call(assistantOverrides={"server": {"url": f"{receiver.url}/vapi"}}).json()["id"]

    until_true(lambda: ask.vapi("GET", f"/call/{made}").json()["status"] == "ended")

    record = ask.vapi("GET", f"/call/{made}").json()
    assert (record["endedReason"], record["cost"] > 0, "startedAt" in record) == (
        "customer-did-not-answer",
        True,
        False,
    )
    assert receiver.got == []


def test_a_call_reports_only_what_was_asked_for(ask: Asking, receiver: Receiver) -> None:
    ask.call(assistantOverrides={"server": {"url": f"{receiver.url}/vapi"}, "serverMessages": ["end-of-call-report"]})
    receiver.wait_for(1)
    ask.text(StatusCallback=f"{receiver.url}/after")

    receiver.wait_for(3)

    assert [json.loads(one.body)["message"]["type"] for one in receiver.got if one.path == "/vapi"] == [
        "end-of-call-report"
    ]


def test_reports_are_repeated(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "callbacks", "repeat": 46, "shuffle": True})
    ask.text(StatusCallback=f"{receiver.url}/status")

    got = receiver.wait_for(92)

    assert Counter(one["MessageStatus"] for one in forms(got)) == {"sent": 46, "delivered": 46}


def test_reports_come_before_the_answer(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "callbacks", "when": "before"})

    ask.text(StatusCallback=f"{receiver.url}/status")

    assert {one["MessageStatus"] for one in forms(receiver.got)} == {"sent", "delivered"}


def test_no_reports_come_where_none_are_wanted(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "callbacks", "when": "never", "times": 1})
    quiet = ask.text(StatusCallback=f"{receiver.url}/quiet").json()["sid"]
    told = ask.text(StatusCallback=f"{receiver.url}/told").json()["sid"]

    sids = {one["MessageSid"] for one in forms(receiver.wait_for(2))}

    assert told in sids
    assert quiet not in sids


@pytest.mark.parametrize("status", [500, 403])
def test_what_we_do_not_take_is_brought_again_a_few_times(
    ask: Asking, sandbox: Sandbox, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    sandbox.faults({"kind": "outcome", "outcome": "sent"})
    ask.text(StatusCallback=f"{receiver.url}/status")
    receiver.wait_for(1)
    receiver.status = 204

    until_true(lambda: sandbox.callbacks()["delivered"] == 1)

    assert len(receiver.got) == 2


def test_an_address_where_nobody_is_is_left_alone(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.status = 404
    ask.text(StatusCallback=f"{receiver.url}/status")

    until_true(lambda: sum(sandbox.callbacks().values()) >= 2)

    assert len(receiver.got) <= 2
    ask.text(StatusCallback=f"{receiver.url}/status")
    until_true(lambda: sum(sandbox.callbacks().values()) == 4)
    assert len(receiver.got) <= 2


def test_strangers_are_never_called(ask: Asking, sandbox: Sandbox) -> None:
    ask.text(StatusCallback="https://retention.example/status")

    until_true(lambda: sandbox.callbacks()["leftOut"] == 2)
