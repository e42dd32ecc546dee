"""Requests as the providers sign them, written independently of what verifies them."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.functions.webhooks.calling import BASE, FORM

TWILIO_TOKEN = "twilio-auth-token"
TWILIO_ACCOUNT = "AC" + "0" * 31 + "1"
SECRET = "a secret of the tests"


class Signed(NamedTuple):
    """A request that a caller has signed."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def twilio(path: str, params: dict[str, str], *, query: str = "", token: str = TWILIO_TOKEN) -> Signed:
    text = BASE + path + (f"?{query}" if query else "") + "".join(name + params[name] for name in sorted(params))
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    return Signed(path, query, headers, urlencode(params).encode())


def twilio_status(state: str = "delivered", number: int = 1, /, **more: str) -> dict[str, str]:
    sid = f"SM{number:032x}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": state,
        "SmsStatus": state,
        "AccountSid": TWILIO_ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "+14155552345",
        "To": "+14155550101",
        **more,
    }


def twilio_message(body: str = "Stop", number: int = 1, /, **more: str) -> dict[str, str]:
    sid = f"SM{number:032x}"
    places = {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "Zip")}
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "AccountSid": TWILIO_ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": "+14155550101",
        "To": "+14155552345",
        "NumMedia": "0",
        "NumSegments": "1",
        **places,
        "FromCity": "SAN FRANCISCO",
        "ToCountry": "US",
        **more,
    }


@cache
def sendgrid_key(name: str = "") -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def sendgrid_public(name: str = "") -> str:
    der = sendgrid_key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sendgrid(events: Any, at: datetime, *, key: str = "") -> Signed:
    body = json.dumps(events).encode() + b"\r\n"
    headers = sendgrid_headers(str(int(at.timestamp())), body, key=key)
    return Signed("/webhooks/sendgrid", "", headers, body)


def sendgrid_headers(timestamp: str, body: bytes, *, key: str = "") -> dict[str, str]:
    signature = sendgrid_key(key).sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }


def vapi(message: Any, at: datetime, *, secret: str = SECRET) -> Signed:
    body = json.dumps({"message": message}).encode()
    timestamp = str(int(at.timestamp() * 1000))
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-signature": signature, "x-timestamp": timestamp}
    return Signed("/webhooks/vapi", "", headers, body)


def meta(entries: Any, *, secret: str = SECRET) -> Signed:
    body = json.dumps({"object": "page", "entry": entries}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Signed("/webhooks/meta", "", {"content-type": "application/json", "x-hub-signature-256": signature}, body)


def lead_entry(at: datetime, *leadgen_ids: str) -> dict[str, Any]:
    changes = [{"field": "leadgen", "value": {"leadgen_id": one, "page_id": "7", "form_id": 8}} for one in leadgen_ids]
    return {"id": "7", "time": int(at.timestamp()), "changes": changes}


def form(slug: str, payload: Any, at: datetime, *, secret: str = SECRET, identifier: str = "msg_1") -> Signed:
    body = json.dumps(payload).encode()
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return Signed(f"/webhooks/inbound/{slug}", "", headers, body)
