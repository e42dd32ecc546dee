"""SendGrid's e-mails. Source: sendgrid-oai, tsg_mail_v3.json, tsg_logs_v3.json, and its pages on the event webhook."""

import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tools.sandbox.accounts import SENDGRID_KEY
from tools.sandbox.faults import Fault, Operation
from tools.sandbox.ledger import Name
from tools.sandbox.mail import drafts_in, wrong_with
from tools.sandbox.mailevents import AFTER_DELIVERY, told
from tools.sandbox.maillogs import Query
from tools.sandbox.provider import Post, RefusedError, Report, Stage
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import Draft, Record, World

#: What the status of a message is called, by its last event. Source: tsg_logs_v3.json, EmailLogsMessageStatus.
_STATUS: Final = {
    "processed": "processed",
    "dropped": "dropped",
    "deferred": "deferred",
    "bounce": "bounced",
    "delayed_bounce": "bounced",
    "blocked": "blocked",
}
_SAID: Final = {
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    404: "not found",
    429: "too many requests",
}


class Sendgrid:
    """E-mails."""

    name: Name = "sendgrid"
    #: SendGrid collects for 30 s; nobody at a laptop wants to wait for that.
    batch_seconds = 0.1

    def __init__(self, world: World) -> None:
        self._world = world

    def operation(self, request: Request) -> Operation | None:
        if request.path == "/v3/mail/send":
            return "send"
        if request.path == "/v3/logs" or request.path.startswith("/v3/logs/"):
            return "look_up"
        if request.path == "/v3/recipients/erasejob":
            return "forget"
        return "check" if request.path.startswith("/v3/") else None

    def authenticated(self, request: Request) -> bool:
        return request.headers.get("authorization", "") == f"Bearer {SENDGRID_KEY}"

    def read(self, request: Request) -> list[Draft]:
        if request.method != "POST":
            raise RefusedError(self.refusal(405))
        try:
            mail = request.json()
        except ValueError:
            raise RefusedError(_errors(400, "Bad Request")) from None
        if wrong := wrong_with(mail):
            raise RefusedError(_errors(400, *wrong))
        return drafts_in(mail)

    def accept(self, drafts: Sequence[Draft]) -> tuple[list[Record], Response]:
        message_id = secrets.token_urlsafe(16)
        records = []
        for place, draft in enumerate(drafts):
            record = self._world.accept(self.name, message_id, draft, "received")
            record.facts["place"] = place
            records.append(record)
        return records, Response(202, b"", {"X-Message-Id": message_id})

    def ask(self, request: Request, records: Sequence[Record]) -> Response:
        if (request.method, request.path) == ("GET", "/v3/scopes"):
            return as_json(200, {"scopes": ["mail.send", "messages.read", "user.scheduled_sends.read"]})
        if (request.method, request.path) == ("POST", "/v3/logs"):
            try:
                query = Query.of(request.json())
            except ValueError as wrong:
                return _errors(400, str(wrong), "query")
            found = [record for record in reversed(records) if query.fits(_summary(record))]
            return as_json(200, {"messages": [_summary(record) for record in found[: query.limit]]})
        if (request.method, request.path) == ("POST", "/v3/recipients/erasejob"):
            return self._forget(request)
        for record in records:
            if (request.method, request.path) == ("GET", f"/v3/logs/{_full_id(record)}"):
                return as_json(200, _details(record))
        return self.refusal(404)

    def _forget(self, request: Request) -> Response:
        """Source: tsg_recipients_data_erasure_v3.json."""
        try:
            addresses = {one.lower() for one in request.json()["email_addresses"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            return _errors(400, "email_addresses is wrong", "email_addresses")
        kept = self._world.records[self.name]
        kept[:] = [record for record in kept if record.entry.to.lower() not in addresses]
        return as_json(202, {"job_id": str(uuid.uuid4())})

    def refusal(self, status: int, code: int | str | None = None, retry_after: float | None = None) -> Response:
        headers = {} if retry_after is None else {"Retry_After": f"{retry_after:g}"}
        said = str(code) if code is not None else _SAID.get(status, "refused by the sandbox")
        return as_json(status, {"errors": [{"message": said, "field": None, "help": None}]}, **headers)

    def unreadable(self) -> Response:
        return Response(202)  # Without X-Message-Id.

    def life(self, record: Record, outcome: Fault | None) -> list[Stage]:
        last = (outcome and outcome.outcome) or "delivered"
        code = {} if outcome is None or outcome.code is None else {"code": str(outcome.code)}
        if last == "received":
            return []
        if last in ("processed", "dropped"):
            return [Stage(0.05, last, code)]
        stages = [Stage(0.05, "processed")]
        if last in AFTER_DELIVERY:
            stages.append(Stage(0.1, "delivered"))
        if last == "click":
            stages.append(Stage(0.1, "open"))
        return [*stages, Stage(0.1, last, code)]

    def reports(self, record: Record) -> list[Report]:
        return self.told(record, record.status)

    def told(self, record: Record, event: str) -> list[Report]:
        if self._world.options.webhooks is None:
            return []
        content = {
            **_custom_args(record),
            "email": record.entry.to,
            "timestamp": int(self._world.now().timestamp()),
            "smtp-id": f"<{record.entry.ref}@sandbox.example>",
            "sg_event_id": secrets.token_urlsafe(24),
            "sg_message_id": _full_id(record),
            **told(event, record.facts.get("code")),
        }
        if event == "delayed_bounce":
            # What comes back from a mailbox hours later does not say to which message it belongs.
            del content["sg_message_id"], content["smtp-id"]
        if categories := record.entry.message.get("categories"):
            content["category"] = categories
        return [Report(f"{self._world.options.webhooks}/sendgrid", content)]

    def answered(self, record: Record, text: str) -> list[Report]:
        return []

    def posts(self, reports: Sequence[Report]) -> list[Post]:
        # SendGrid's own bodies have line ends between the events and a last one, and these are signed too.
        body = ("[" + ",\r\n".join(json.dumps(report.content) for report in reports) + "]\r\n").encode()
        timestamp = str(int(self._world.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "X-Twilio-Email-Event-Webhook-Signature": self._world.event_key.sign(timestamp, body),
        }
        return [Post(reports[0].url, headers, body)]


def _errors(status: int, message: str, field: str | None = None) -> Response:
    return as_json(status, {"errors": [{"message": message, "field": field, "help": None}]})


def _custom_args(record: Record) -> dict[str, str]:
    return dict(record.entry.message["personalizations"][0].get("custom_args", {}))


def _full_id(record: Record) -> str:
    """The id of one receiver's copy, which begins with that of the request."""
    return f"{record.entry.ref}.sandbox-0000-{record.entry.number}-0.{record.facts.get('place', 0)}"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _summary(record: Record) -> dict[str, Any]:
    """A message as the logs list it."""
    message = record.entry.message
    return {
        "from_email": message["from"]["email"],
        "sg_message_id": _full_id(record),
        "subject": message.get("subject", ""),
        "to_email": record.entry.to,
        "status": _STATUS.get(record.status, "delivered" if record.status != "received" else "processed"),
        "sg_message_id_created_at": _instant(record.entry.at),
    }


def _details(record: Record) -> dict[str, Any]:
    """A message as the logs show it alone."""
    summary = _summary(record)
    del summary["sg_message_id_created_at"]
    return {
        **summary,
        "api_key_id": "sandbox",
        "client_ip": "127.0.0.1",
        "category": record.entry.message.get("categories", []),
        "custom_args": _custom_args(record),
        "events": [],
    }
