"""A person with canaries in every place that can hold something about somebody."""

import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3

from retention import jsontext
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.exports.files import piece_key
from retention.exports.model import Export
from retention.imports.model import Import
from retention.intake.model import IntakeActivity
from retention.moving.former import FormerId
from retention.moving.storage import Transfers
from retention.outbound.model import EndpointRegistry
from retention.receiving.event import Event
from retention.receiving.messages import object_of, packed
from retention.replies.model import Reply
from retention.reports.transcripts import transcript_of
from tests import factories as make
from tests.api_client import ApiClient
from tests.retention.conversions.tracker import Tracker
from tests.start import START

EMAIL = "Canary.Zyx@Example.com"
PHONE = "+12025550143"
EXTERNAL = "canary-ext-77"
FIRST, LAST = "Zyxandra", "Qwertyson"
#: What is looked for afterwards: every spelling that was planted.
NEEDLES = (EMAIL, "canary.zyx%40example.com", PHONE, "202-555-0143", "%2b12025550143", EXTERNAL, FIRST, LAST)
#: Says who it is in every way.
SAID = f"{FIRST} {LAST}, {EMAIL}, (202) 555-0143 or 202-555-0143, {EXTERNAL}"
#: Somebody whose data looks alike.
OTHER = {"firstName": "Bob", "lastName": "Builder", "email": "canary.zy@example.com", "phone": "+12025550144"}


@dataclass
class Planted:
    """Where the person is."""

    lead: str
    other: str
    #: What the lead was created with, under the Idempotency-Key `create-1`.
    given: dict[str, Any]
    revenue: Decimal


def plant(app: Application, clock: ManualClock) -> Planted:
    """Create the person, and let everything happen to them."""
    api = ApiClient(app)
    wanting = [{"id": "ep1", "events": ["lead.created", "lead.stopped", "conversion.recorded"]}]
    make.load(app, [EndpointRegistry(wanting=wanting, count=1)])
    other = api.post("/v1/leads", OTHER).json["id"]
    given = {
        "firstName": FIRST, "lastName": LAST, "email": EMAIL, "phone": PHONE, "externalId": EXTERNAL,
        "notes": SAID, "meta": {"who": SAID},
    }  # fmt: skip
    lead = api.post("/v1/leads", given, idempotency_key="create-1").json["id"]
    assert api.patch(f"/v1/leads/{lead}", {"notes": f"{SAID}!"}, idempotency_key="change-1").status == 200
    _lift_a_suppression(api, lead)
    _contacts(app, api, lead)
    revenue = _conversions(app, api, lead)
    _traces_of_arrival(app, lead)
    _files(app, lead)
    _letters(app)
    # Noted by somebody who should not have.
    assert api.post("/v1/suppressions", {"address": PHONE, "note": SAID}, idempotency_key="note-1").status == 201
    clock.advance(3600)
    return Planted(lead, other, given, revenue)


def _lift_a_suppression(api: ApiClient, lead: str) -> None:
    name = api.post("/v1/suppressions", {"address": EMAIL}).json["id"]
    assert api.delete(f"/v1/suppressions/{name}", query={"reason": f"asked: {SAID}"}).status == 204
    assert api.post(f"/v1/leads/{lead}/unstop", {"reason": SAID}).status == 200


def _contacts(app: Application, api: ApiClient, lead: str) -> None:
    call = {
        "leadId": lead,
        "channel": "CALL",
        "notes": SAID,
        "result": SAID,
        "provider": "elsewhere",
        "providerRef": "7",
    }
    attempt = api.post("/v1/contact-attempts", call).json["id"]
    app.core.store.write(transcript_of(app.core, attempt, f"User: {SAID}"))
    text = {"channel": "SMS", "content": f"Dear {SAID}"}
    assert api.post(f"/v1/leads/{lead}/contact", text, idempotency_key="text-1").status == 202
    make.load(app, [Reply(id=f"{lead}.r", lead_id=lead, received_at=START, text=SAID, meaning="OTHER", revision="1")])


def _conversions(app: Application, api: ApiClient, lead: str) -> Decimal:
    tracker = Tracker(app)
    tracker.send(subid="s-of-zyx", external_id=EXTERNAL, status="sale", payout="21", tid="order-1", email=EMAIL)
    found = {"leadId": lead, "status": "customer", "revenue": 9, "postbackData": {"who": SAID}, "subId": EXTERNAL}
    assert api.post("/v1/conversions", found).status == 201
    # One that names nobody in so many words, and is theirs.
    assert api.post("/v1/conversions", {"leadId": lead, "subId": "s2", "postbackData": {"page": 7}}).status == 201
    # Of nobody, for all that is known: but it was them.
    tracker.send(clickid="c9", status="lead", sub_id_5=EMAIL)
    return tracker.revenue()


def _traces_of_arrival(app: Application, lead: str) -> None:
    seen = IntakeActivity(id="a1", received_at=START, result="created", lead_id=lead, webhook_id="meta", revision="1")
    sample = {"rows": 1, "sample": [{"firstName": FIRST, "email": EMAIL}]}
    dates: dict[str, Any] = {"created_at": START, "updated_at": START, "revision": "1"}
    make.load(
        app,
        [
            seen,
            FormerId(former="cuid-1", of="Lead", now=lead, revision="1"),
            FormerId(former="cuid-2", of="ContactAttempt", now=f"{lead}.x", revision="1"),
            Import(id="i1", kind="leads", file_name="x.csv", status="succeeded", inspection=sample, **dates),
            Import(id="i2", kind="leads", file_name="y.csv", status="succeeded", **dates),
            Export(id="e1", kind="archive", status="succeeded", **dates),
            Export(id="e2", kind="lead", lead_id=lead, status="succeeded", **dates),
            Export(id="e3", kind="entity", entity="leads", status="failed", **dates),
        ],
    )


def _files(app: Application, lead: str) -> None:
    transfers = Transfers(app.core)
    row = f"{FIRST};{LAST};{EMAIL};0012025550143\n".encode()
    transfers.put("uploads/i1", b"x;y;z\n" * 170_000 + row)
    transfers.put("results/i1/rows.jsonl", jsontext.dump_bytes({"errors": [{"detail": SAID}]}))
    transfers.put("uploads/i2", f"{OTHER}".encode())
    packed_up = io.BytesIO()
    with zipfile.ZipFile(packed_up, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Lead.jsonl", b'{"kind":"Lead"}\n' * 100_000 + jsontext.dump_bytes({"email": EMAIL}))
    transfers.put("exports/e1/file", packed_up.getvalue())
    transfers.put("exports/e2/file", b"all of it")
    transfers.put(piece_key("e3", "1"), b"\x00\x01 deflated")
    inbox = Transfers(app.core, app.core.settings.inbox_bucket)
    inbox.put("form/1", object_of(_event("form", SAID)))
    inbox.put("form/2", object_of(_event("form", "somebody else")))


def _event(source: Any, said: str) -> Event:
    return Event(source, "e", {"params": {"who": said}}, START)


def _letters(app: Application) -> None:
    sqs, url = boto3.client("sqs"), app.core.settings.inbound_dead_letter_queue_url
    for events in (
        [_event("keitaro", SAID)],
        [_event("keitaro", "somebody else"), _event("form", f"e={EMAIL.lower().replace('@', '%40')}")],
        [_event("form", "somebody else again")],
    ):
        (body,) = packed(events)
        sqs.send_message(QueueUrl=url, MessageBody=str(body))
