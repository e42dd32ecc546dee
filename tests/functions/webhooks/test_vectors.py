"""Published and computed vectors of the providers' signatures (vectors.json tells whence), through the real entry."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from retention.clock import ManualClock
from tests.functions.webhooks.calling import BASE, FORM, Outside

VECTORS = json.loads((Path(__file__).parents[2] / "retention/receiving/vectors.json").read_text())
SIGNED: dict[str, list[dict[str, Any]]] = VECTORS["signatures"]


def of_id(vector: dict[str, Any]) -> str:
    return str(vector["id"])


def at(clock: ManualClock, instant: datetime) -> None:
    clock.advance((instant - clock.now()).total_seconds())


#: Twilio's vectors that were made for an address of ours. The others are for the verifier: test_twilio there.
OURS = [one for one in SIGNED["twilio"] if one["url"].startswith(BASE)]


@pytest.mark.parametrize("vector", OURS, ids=of_id)
def test_twilio(world: Outside, vector: dict[str, Any]) -> None:
    world.publish("twilio", {"authToken": vector["auth_token"]})
    url = urlsplit(vector["url"])

    headers = {"Content-Type": FORM, "X-Twilio-Signature": vector["signature"]}
    answer = world.call("POST", url.path, vector["raw_form_body"], headers, query=url.query)

    assert answer.status in (200, 204)
    (event,) = world.kept()
    assert event.content["params"] == dict(vector["params"])


@pytest.mark.parametrize("vector", SIGNED["sendgrid"], ids=of_id)
def test_sendgrid(world: Outside, clock: ManualClock, vector: dict[str, Any]) -> None:
    at(clock, datetime.fromtimestamp(int(vector["timestamp"]), UTC))
    world.publish("sendgrid", {"webhookPublicKey": vector["public_key"]})

    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": vector["signature"],
        "X-Twilio-Email-Event-Webhook-Timestamp": vector["timestamp"],
    }
    answer = world.call("POST", "/webhooks/sendgrid", vector["payload"].encode(), headers)

    assert answer.status == (204 if vector["valid"] else 403)
    assert [event.content for event in world.kept()] == (json.loads(vector["payload"]) if vector["valid"] else [])


@pytest.mark.parametrize("vector", SIGNED["meta"], ids=of_id)
def test_meta(world: Outside, clock: ManualClock, vector: dict[str, Any]) -> None:
    at(clock, datetime.fromtimestamp(100, UTC))
    world.publish("meta", {"appSecret": vector["app_secret"], "verifyToken": "x"})

    answer = world.call("POST", "/webhooks/meta", vector["body"], {"X-Hub-Signature-256": vector["signature"]})

    if vector["id"] == "hub-signature-256-reference":  # Proven, and then no JSON: "Hello, World!".
        assert answer.status == 400
    else:
        assert answer.status == (200 if vector["valid"] else 403)
        assert [event.id for event in world.kept()] == (["9"] if vector["valid"] else [])


@pytest.mark.parametrize("vector", SIGNED["vapi"], ids=of_id)
def test_vapi(world: Outside, clock: ManualClock, vector: dict[str, Any]) -> None:
    at(clock, datetime.fromtimestamp(1763827260, UTC))
    world.publish("vapi", {"webhookSecret": vector["secret"]})
    body = vector.get("body") or SIGNED["vapi"][0]["body"]

    signed = {"X-Signature": vector.get("signature", ""), "X-Timestamp": vector.get("timestamp", "")}
    answer = world.call("POST", "/webhooks/vapi", body, vector.get("headers") or signed)

    assert answer.status == (200 if vector["valid"] else 403)
    call = "019a9046-121e-766d-bd1f-84f3ccc309c1"
    assert [event.id for event in world.kept()] == ([f"{call}:status-update:ended"] if vector["valid"] else [])


def test_vapi_as_in_standard_webhooks(world: Outside, clock: ManualClock) -> None:
    """The specification's own example: VAPI signs like that where its credential says so (secretIsBase64)."""
    at(clock, datetime.fromtimestamp(1614265330, UTC))
    settings = {
        "webhookSignatureHeader": "webhook-signature",
        "webhookTimestampHeader": "webhook-timestamp",
        "webhookSignaturePrefix": "v1,",
        "webhookPayloadFormat": "{svix-id}.{timestamp}.{body}",
        "webhookEncoding": "base64",
    }
    world.publish("vapi", {"webhookSecret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, settings=settings)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    def told(body: bytes, **changed: str) -> int:
        return world.call("POST", "/webhooks/vapi", body, {**headers, **changed}).status

    assert told(b'{"test": 2432232314}') == 400, "it is proven, and then no message"
    assert told(b'{"test": 2432232315}') == 403
    assert told(b'{"test": 2432232314}', **{"webhook-id": "msg_2"}) == 403


def test_the_samples_of_vapi_are_events_where_they_say_what_became_of_a_call(world: Outside) -> None:
    world.publish("vapi", {"webhookSecret": "s"})

    for sample in VECTORS["samples"]["vapi"]:
        answer = world.call("POST", "/webhooks/vapi", json.dumps(sample["body"]), {"X-Vapi-Secret": "s"})
        assert (answer.status, answer.body) == (200, "{}")

    call = "019a9046-121e-766d-bd1f-84f3ccc309c1"
    assert sorted(event.id for event in world.kept()) == [
        f"{call}:end-of-call-report:",
        f"{call}:status-update:ended",
        f"{call}:status-update:ringing",
    ]


@pytest.mark.parametrize("sample", VECTORS["samples"]["meta"][:2], ids=lambda one: one["name"])
def test_metas_subscription(world: Outside, sample: dict[str, Any]) -> None:
    world.publish("meta", {"appSecret": "x", "verifyToken": "meatyhamhock"})

    answer = world.call("GET", "/webhooks/meta", query="&".join(f"{n}={v}" for n, v in sample["query"].items()))

    assert answer.status == sample["expected_status"]
    assert answer.status == 403 or answer.body == sample["expected_body"]


@pytest.mark.parametrize("sample", VECTORS["samples"]["keitaro"], ids=lambda one: one["name"])
def test_keitaro(known: Outside, sample: dict[str, Any]) -> None:
    query = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in sample["query"].items())

    answer = known.call("GET", "/postbacks/keitaro/tracker-token-of-22-chars", query=query)

    assert (answer.status, answer.body) == (200, "OK")
    (event,) = known.kept()
    assert event.content == {"params": sample["query"]}
