"""What each kind of caller may send, and what it is told."""

import base64
import hmac
import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from retention.clock import ManualClock
from retention.keyring import Keyring
from retention.templates.links import Visit, sign
from tests.functions.webhooks import signing
from tests.functions.webhooks.calling import BASE, FORM, Outside
from tests.functions.webhooks.conftest import TRACKER_TOKEN
from tests.functions.webhooks.signing import SECRET

TRACKER = f"/postbacks/keitaro/{TRACKER_TOKEN}"
RINGING = {"type": "status-update", "status": "ringing", "call": {"id": "c-1"}}


# --- VAPI ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "proof", "status"),
    [
        (None, {"x-vapi-secret": SECRET}, 200),
        (None, {"authorization": f"Bearer {SECRET}"}, 200),
        (None, {"authorization": f"bearer  {SECRET}"}, 200),
        (None, {"authorization": SECRET}, 200),
        (None, {"x-vapi-secret": SECRET, "x-signature": "0" * 64}, 403),
        (None, {"x-vapi-secret": SECRET + "x"}, 403),
        (None, {}, 403),
        ("secret", {"x-vapi-secret": SECRET}, 200),
        ("secret", {"authorization": f"Bearer {SECRET}"}, 403),
        ("bearer", {"authorization": f"Bearer {SECRET}"}, 200),
        ("bearer", {"x-vapi-secret": SECRET}, 403),
        ("hmac", {"x-vapi-secret": SECRET}, 403),
        ("hmac", {"authorization": f"Bearer {SECRET}"}, 403),
    ],
)
def test_vapi_proves_itself_in_the_way_that_is_asked_for(
    world: Outside, way: str | None, proof: dict[str, str], status: int
) -> None:
    world.publish("vapi", {"webhookSecret": SECRET}, settings={} if way is None else {"webhookAuth": way})

    assert world.call("POST", "/webhooks/vapi", json.dumps({"message": RINGING}), proof).status == status
    assert len(world.kept()) == (status == 200)


def _signed(secret: str, form: str, algorithm: str, body: bytes, at: datetime) -> tuple[bytes, str]:
    seconds = str(int(at.timestamp()))
    text = form.replace("{timestamp}", seconds).replace("{method}", "POST").replace("{url}", f"{BASE}/webhooks/vapi")
    before, _, after = text.replace("{svix-id}", "m-1").partition("{body}")
    return hmac.digest(secret.encode(), before.encode() + body + after.encode(), algorithm), seconds


@pytest.mark.parametrize(
    ("algorithm", "encoding", "prefix", "form"),
    [
        ("sha512", "base64", "", "{timestamp}.{body}"),
        ("sha1", "hex", "sha1=", "{body}"),
        ("sha256", "base64", "v1,", "{svix-id}.{timestamp}.{body}"),
        ("sha256", "hex", "", "{method} {url} {timestamp} {body}"),
    ],
)
def test_vapis_signature_has_the_form_that_its_credential_was_given(
    world: Outside, clock: ManualClock, algorithm: str, encoding: str, prefix: str, form: str
) -> None:
    settings = {
        "webhookAuth": "hmac",
        "webhookSignatureHeader": "X-Hook-Signature",
        "webhookTimestampHeader": "X-Hook-Time",
        "webhookPayloadFormat": form,
        "webhookAlgorithm": algorithm,
        "webhookEncoding": encoding,
        "webhookSignaturePrefix": prefix,
    }
    world.publish("vapi", {"webhookSecret": "new"}, {"webhookSecret": SECRET}, settings=settings)
    body = json.dumps({"message": {**RINGING, "note": "{timestamp}{url}"}}).encode()
    digest, seconds = _signed(SECRET, form, algorithm, body, clock.now())
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    headers = {"x-hook-signature": prefix + text, "x-hook-time": seconds, "svix-id": "m-1"}

    assert world.call("POST", "/webhooks/vapi", body, headers).status == 200
    assert world.call("POST", "/webhooks/vapi", body + b" ", headers).status == 403
    assert world.call("POST", "/webhooks/vapi", body, {**headers, "x-hook-signature": text[:-4]}).status == 403


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"type": "assistant-request"}, {"error": "This is not available here."}),
        (
            {"type": "tool-calls", "toolCallList": [{"id": "t-1", "name": "book"}, 7]},
            {"results": [{"toolCallId": "t-1", "error": "This is not available here."}]},
        ),
        ({"type": "campaign.predial"}, {"eligible": False}),
        ({"type": "speech-update"}, {}),
        ({"type": "something.new"}, {}),
    ],
)
def test_what_says_nothing_of_a_calls_fate_is_answered_and_not_kept(
    known: Outside, message: dict[str, Any], answer: dict[str, Any]
) -> None:
    given = known.call("POST", "/webhooks/vapi", json.dumps({"message": message}), {"x-vapi-secret": SECRET})

    assert (given.status, given.json()) == (200, answer)
    assert known.kept() == []


def test_a_report_that_names_no_call_is_refused_with_the_place(known: Outside) -> None:
    bodies: list[Any] = [{"message": {"type": "status-update"}}, {"message": []}, []]
    for body in bodies:
        answer = known.call("POST", "/webhooks/vapi", json.dumps(body), {"x-vapi-secret": SECRET})
        assert answer.status == 400
        assert answer.json()["errors"][0]["pointer"].startswith("/message")
    assert known.kept() == []


# --- Meta ------------------------------------------------------------------------------------------------------


def test_the_older_signature_of_meta_is_no_proof(known: Outside, clock: ManualClock) -> None:
    body = signing.meta([signing.lead_entry(clock.now(), "1")]).body
    old = "sha1=" + hmac.digest(SECRET.encode(), body, "sha1").hex()

    for headers in ({"x-hub-signature": old}, {"x-hub-signature-256": old}, {"x-hub-signature-256": old[5:]}):
        assert known.call("POST", "/webhooks/meta", body, headers).status == 403
    assert known.kept() == []


@pytest.mark.parametrize("query", ["hub.mode=subscribe&hub.verify_token=verify%20me", "hub.challenge=1", ""])
def test_a_subscription_needs_all_its_parts(known: Outside, query: str) -> None:
    assert known.call("GET", "/webhooks/meta", query=query).status == 403


def test_a_thousand_notices_in_one_request(known: Outside, clock: ManualClock) -> None:
    signed = signing.meta([signing.lead_entry(clock.now(), *(str(at) for at in range(1_000)))])

    assert known.call("POST", signed.path, signed.body, signed.headers).status == 200

    assert sorted(int(event.id) for event in known.kept()) == list(range(1_000))


# --- Keitaro ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"tid=7&status=sale&revenue=1%2C5", FORM), (b'{"tid":7,"status":"sale","revenue":"1,5"}', "application/json")],
)
def test_a_postback_may_be_a_form_or_json(known: Outside, body: bytes, content_type: str) -> None:
    answer = known.call("POST", TRACKER, body, {"content-type": content_type}, query="subid=v-1&return=Fine%20%21")

    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, "Fine !", "text/plain; charset=utf-8")
    (event,) = known.kept()
    params = {"subid": "v-1", "return": "Fine !", "tid": "7", "status": "sale", "revenue": "1,5"}
    assert event.content == {"params": params}


def test_equal_postbacks_have_one_name_however_they_came(known: Outside) -> None:
    known.call("GET", TRACKER, query="subid=v-1&status=sale")
    known.call("GET", TRACKER, query="status=sale&subid=v%2D1")
    known.call("POST", TRACKER, b"status=sale", {"content-type": FORM}, query="subid=v-1")
    known.call("GET", TRACKER, query="subid=v-1&status=lead")

    first, second, third, other = known.kept()
    assert first.id == second.id == third.id != other.id


@pytest.mark.parametrize("name", ["SubID", "sub-id", "CLICK_ID", "ExternalId", "txid", "transactionId", "SUB_ID_30"])
def test_a_postback_names_its_visit_by_a_name_in_any_form(known: Outside, name: str) -> None:
    assert known.call("GET", TRACKER, query=f"{name}=v-1&status=sale").status == 200

    (event,) = known.kept()
    assert event.content == {"params": {name: "v-1", "status": "sale"}}


def test_a_postback_may_carry_the_identity_of_a_message_under_any_name(known: Outside) -> None:
    token = sign(Keyring(lambda: "any root secret"), Visit("lead.sequence.0.step"))

    assert known.call("GET", TRACKER, query=f"source_note={token}&status=sale").status == 200
    assert len(known.kept()) == 1


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("subid={subid}&status=sale", "/subid"),
        ("subid=v-1&payout=%7Brevenue%7D", "/payout"),
        ("status=sale", "/subid"),
        ("subid=&clickid=%20", "/subid"),
        ("subid=v-1&subid=v-2", "/subid"),
        ("subid=%ff", ""),
    ],
)
def test_a_postback_that_can_never_be_meant_is_refused_with_its_name(known: Outside, query: str, pointer: str) -> None:
    answer = known.call("GET", TRACKER, query=query)

    assert answer.status == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert known.kept() == []


@pytest.mark.parametrize(("asked", "told"), [("%3Cb%3E", "<b>"), ("x" * 101, "OK"), ("a%0Ab", "OK"), ("", "OK")])
def test_the_answer_that_a_tracker_asks_for_is_short_and_plain(known: Outside, asked: str, told: str) -> None:
    answer = known.call("GET", TRACKER, query=f"subid=v-1&return={asked}")

    assert answer.body == told
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_postback_comes_from_where_it_may_by_the_connection_alone(world: Outside) -> None:
    settings = {"allowedIps": ["198.51.100.0/24", "2001:db8::1"]}
    world.publish("keitaro", {"postbackToken": TRACKER_TOKEN}, settings=settings)
    forwarded = {"x-forwarded-for": "198.51.100.7"}

    for ip, status in (("198.51.100.7", 200), ("2001:db8::1", 200), ("192.0.2.1", 403), ("", 403)):
        assert world.call("GET", TRACKER, headers=forwarded, query="subid=v-1", ip=ip).status == status
    assert len(world.kept()) == 2


# --- forms -----------------------------------------------------------------------------------------------------

FORM_PATH = "/webhooks/inbound/landing"


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"authorization": f"Bearer {SECRET}"}, "", 202),
        ({"x-webhook-secret": SECRET}, "", 202),
        ({}, urlencode({"token": SECRET}), 202),
        ({"authorization": f"Basic {SECRET}"}, "", 403),
        ({"x-webhook-secret": SECRET[:-1]}, "token=", 403),
        ({}, "", 403),
        ({"x-webhook-secret": SECRET, "webhook-signature": "v1,AAAA"}, "", 403),
    ],
)
def test_a_form_is_posted_by_whoever_knows_its_secret(
    known: Outside, headers: dict[str, str], query: str, status: int
) -> None:
    answer = known.call("POST", FORM_PATH, b'{"email": "a@example.com"}', headers, query=query)

    assert answer.status == status
    assert [event.content for event in known.kept()] == (
        [{"slug": "landing", "payload": {"email": "a@example.com"}, "contentType": "application/json"}]
        if status == 202
        else []
    )


def test_a_form_may_sign_as_in_standard_webhooks(world: Outside, clock: ManualClock) -> None:
    """The specification's own example: its secret, id, time and signature."""
    world.publish("forms/landing", {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    clock.advance(1614265330 - clock.now().timestamp())
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1a,hnO3f9T8Ytu9HwrXslvumlUp v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    assert world.call("POST", FORM_PATH, b'{"test": 2432232314}', headers).status == 202
    assert world.call("POST", FORM_PATH, b'{"test": 2432232315}', headers).status == 403
    (event,) = world.kept()
    assert event.id == "landing:msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_what_a_form_posts_may_be_a_form_or_a_batch(known: Outside) -> None:
    proof = {"x-webhook-secret": SECRET}

    single = known.call("POST", FORM_PATH, b"email=a%40x.de&tag=1&tag=2&tag=3&note=", {**proof, "content-type": FORM})
    batch = known.call("POST", FORM_PATH, b'[{"a": 1}, {"a": 2}]', {**proof, "idempotency-key": "k"})
    plain = known.call("POST", FORM_PATH, b'["a", 1.10]', proof)
    empty = known.call("POST", FORM_PATH, b" ", proof)

    assert [one.status for one in (single, batch, plain, empty)] == [202, 202, 202, 400]
    assert (single.json(), batch.json()) == ({"received": 1}, {"received": 2})
    one, first, second, last = known.kept()
    assert one.content["payload"] == {"email": "a@x.de", "tag": ["1", "2", "3"], "note": ""}
    assert (first.id, second.id) == ("landing:k:0", "landing:k:1")
    assert last.content["payload"] == ["a", Decimal("1.1")]


def test_two_deliveries_whose_ids_begin_alike_are_two(known: Outside) -> None:
    for end in ("a", "b"):
        headers = {"x-webhook-secret": SECRET, "idempotency-key": "k" * 200 + end}
        assert known.call("POST", FORM_PATH, b'{"email": "a@x.de"}', headers).status == 202

    first, second = known.kept()
    assert first.id != second.id


def test_the_secret_of_one_form_opens_no_other(known: Outside) -> None:
    known.publish("forms/other", {"secret": "another"})

    assert known.call("POST", "/webhooks/inbound/other", b"{}", {"x-webhook-secret": SECRET}).status == 403


def test_a_time_that_is_signed_wrongly_is_no_time(known: Outside, clock: ManualClock) -> None:
    good = signing.form("landing", {}, clock.now())

    for name, value in (("webhook-timestamp", "1e9"), ("webhook-timestamp", " 1771416000"), ("webhook-id", "")):
        assert known.call("POST", good.path, good.body, {**good.headers, name: value}).status == 403
