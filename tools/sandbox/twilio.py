"""Twilio's messages. Source: twilio-oai, twilio_api_v2010.json, and Twilio's pages on callbacks and error codes."""

import base64
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tools.sandbox import signatures
from tools.sandbox.accounts import TWILIO_ACCOUNT, TWILIO_TOKEN
from tools.sandbox.faults import Fault, Operation
from tools.sandbox.ledger import Name, fingerprint
from tools.sandbox.messages import ROOT, listed, shown
from tools.sandbox.provider import Post, RefusedError, Report, Stage
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import Draft, Record, World

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
MAX_BODY: Final = 1600
#: What Twilio says beside its codes, for those that are asked for here.
_SAID: Final = {
    20003: "Authenticate",
    20009: "Cannot delete because delivery of message is not completed",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "The 'To' number is not a valid phone number.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21609: "The 'StatusCallback' URL is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    21620: "Invalid media URL(s)",
    21701: "The Messaging Service does not exist.",
}
_BY_STATUS: Final = {401: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}
#: Words that end a conversation. Source: Twilio's help, "Twilio support for opt-out keywords".
_STOP: Final = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
#: Words that begin it again, and that ask for help. Source: the same.
_START: Final = {"START", "UNSTOP", "YES"}
_HELP: Final = {"HELP", "INFO"}
#: What a message is that Twilio does not remove yet. Source: its error 20009.
_ON_ITS_WAY: Final = {"accepted", "queued", "sending"}


class Twilio:
    """Text messages."""

    name: Name = "twilio"
    batch_seconds = 0.0

    def __init__(self, world: World) -> None:
        self._world = world

    def operation(self, request: Request) -> Operation | None:
        if request.path == f"{ROOT}/Messages.json":
            return "send" if request.method == "POST" else "look_up"
        if request.path.startswith(f"{ROOT}/Messages/"):
            return "forget" if request.method == "DELETE" else "look_up"
        return "check" if request.path.startswith("/2010-04-01/") else None

    def authenticated(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return given == "Basic " + base64.b64encode(f"{TWILIO_ACCOUNT}:{TWILIO_TOKEN}".encode()).decode()

    def read(self, request: Request) -> list[Draft]:
        # Anything but a form has no parameters, as far as Twilio is concerned.
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = dict(request.form()) if is_form else {}
        if code := _wrong(form):
            raise RefusedError(self.refusal(400, code))
        callback = form.get("StatusCallback", "")
        keys = parse_qs(urlsplit(callback).query).get("x", [])
        return [Draft(form["To"], fingerprint(form["Body"]), keys[0] if keys else None, None, form)]

    def accept(self, drafts: Sequence[Draft]) -> tuple[list[Record], Response]:
        (draft,) = drafts
        if (draft.to, _sender(draft.message)) in self._world.opted_out:
            raise RefusedError(self.refusal(400, 21610))
        status = "queued" if "From" in draft.message else "accepted"
        record = self._world.accept(self.name, f"SM{secrets.token_hex(16)}", draft, status)
        return [record], as_json(201, shown(record))

    def ask(self, request: Request, records: Sequence[Record]) -> Response:
        if request.method == "DELETE":
            return self._forget(request, records)
        if request.method != "GET":
            return self.refusal(405, 20004)
        if request.path == f"{ROOT}.json":
            return as_json(200, {"sid": TWILIO_ACCOUNT, "friendly_name": "Sandbox", "status": "active", "type": "Full"})
        if request.path == f"{ROOT}/Messages.json":
            try:
                return as_json(200, listed(request, records))
            except ValueError:
                return self.refusal(400, 20001)
        for record in records:
            if request.path == f"{ROOT}/Messages/{record.entry.ref}.json":
                return as_json(200, shown(record))
        return self.refusal(404)

    def _forget(self, request: Request, records: Sequence[Record]) -> Response:
        for record in records:
            if request.path == f"{ROOT}/Messages/{record.entry.ref}.json":
                if record.status in _ON_ITS_WAY:
                    return self.refusal(409, 20009)
                self._world.records[self.name].remove(record)
                return Response(204)
        return self.refusal(404)

    def refusal(self, status: int, code: int | str | None = None, retry_after: float | None = None) -> Response:
        number = int(code) if code is not None else _BY_STATUS.get(status, 20001)
        headers = {} if retry_after is None else {"Retry_After": f"{retry_after:g}"}
        body = {
            "code": number,
            "message": _SAID.get(number, "Refused by the sandbox"),
            "more_info": f"https://www.twilio.com/docs/errors/{number}",
            "status": status,
        }
        return as_json(status, body, **headers)

    def unreadable(self) -> Response:
        return Response(201, b'{"sid": "SM', {"Content-Type": "application/json"})

    def life(self, record: Record, outcome: Fault | None) -> list[Stage]:
        last = (outcome and outcome.outcome) or "delivered"
        code = {} if outcome is None or outcome.code is None else {"code": int(outcome.code)}
        if last in ("queued", "accepted"):
            return []
        stages = [Stage(0.05, "sent")] if last in ("sent", "delivered", "undelivered", "read") else []
        if last == "read":
            stages.append(Stage(0.1, "delivered"))
        return stages if last == "sent" else [*stages, Stage(0.1, last, code)]

    def reports(self, record: Record) -> list[Report]:
        url = record.entry.message.get("StatusCallback")
        if not url:
            return []
        form = [
            ("AccountSid", TWILIO_ACCOUNT),
            ("ApiVersion", "2010-04-01"),
            ("From", record.entry.message.get("From", "")),
            ("MessageSid", record.entry.ref),
            ("MessageStatus", record.status),
            ("SmsSid", record.entry.ref),
            ("SmsStatus", record.status),
            ("To", record.entry.to),
        ]
        if "MessagingServiceSid" in record.entry.message:
            form.append(("MessagingServiceSid", record.entry.message["MessagingServiceSid"]))
        if "code" in record.facts:
            form.append(("ErrorCode", str(record.facts["code"])))
        if record.status in ("delivered", "undelivered"):
            form.append(("RawDlrDoneDate", record.updated_at.strftime("%y%m%d%H%M")))
        return [Report(url, form)]

    def answered(self, record: Record, text: str) -> list[Report]:
        message = record.entry.message
        word, pair = text.strip().upper(), (record.entry.to, _sender(message))
        if word in _STOP:
            self._world.opted_out.add(pair)
        elif word in _START:
            self._world.opted_out.discard(pair)
        if self._world.options.webhooks is None:
            return []
        sid = f"SM{secrets.token_hex(16)}"
        # Twilio fills in where a number is from as far as it knows, and leaves the rest blank; blanks are signed too.
        places = [(f"{who}{what}", "") for who in ("To", "From") for what in ("Country", "State", "City", "Zip")]
        form = [
            *places,
            ("SmsMessageSid", sid),
            ("MessageSid", sid),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("Body", text),
            ("From", record.entry.to),
            ("To", message.get("From", "")),
            ("AccountSid", TWILIO_ACCOUNT),
            ("ApiVersion", "2010-04-01"),
        ]
        if "MessagingServiceSid" in message:
            form.append(("MessagingServiceSid", message["MessagingServiceSid"]))
            # A messaging service says what it took a text for.
            kinds = [kind for kind, words in (("STOP", _STOP), ("START", _START), ("HELP", _HELP)) if word in words]
            form += [("OptOutType", kind) for kind in kinds]
        return [Report(f"{self._world.options.webhooks}/twilio/inbound", form)]

    def told(self, record: Record, event: str) -> list[Report]:
        return []

    def posts(self, reports: Sequence[Report]) -> list[Post]:
        return [
            Post(
                report.url,
                {
                    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                    "X-Twilio-Signature": signatures.twilio(TWILIO_TOKEN, report.url, report.content),
                },
                urlencode(report.content).encode(),
            )
            for report in reports
        ]


def _wrong(form: dict[str, str]) -> int | None:
    """The code of the first thing that is wrong with a message."""
    if not form.get("To"):
        return 21604
    if not _E164.fullmatch(form["To"]):
        return 21211
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return 21603
    if "MessagingServiceSid" in form and not _SERVICE.fullmatch(form["MessagingServiceSid"]):
        return 21701
    if not form.get("Body"):
        return 21602
    if len(form["Body"]) > MAX_BODY:
        return 21617
    callback = urlsplit(form.get("StatusCallback", "http://none"))
    if callback.scheme not in ("http", "https") or not callback.hostname or "_" in callback.hostname:
        return 21609
    return None


def _sender(message: dict[str, Any]) -> str:
    return str(message.get("From") or message["MessagingServiceSid"])
