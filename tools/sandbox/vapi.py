"""VAPI's calls. Source: VapiAI/docs, openapi.json, and its pages on events, call concurrency and ended reasons."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tools.sandbox import signatures
from tools.sandbox.accounts import VAPI_ASSISTANT, VAPI_KEY, VAPI_ORGANISATION, VAPI_PHONE_NUMBER, VAPI_WEBHOOK_SECRET
from tools.sandbox.callorders import wrong_with
from tools.sandbox.callreports import findings
from tools.sandbox.faults import Fault, Operation
from tools.sandbox.ledger import Entry, Name, fingerprint
from tools.sandbox.provider import Post, RefusedError, Report, Stage
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import Draft, Record, World

DEFAULT_PAGE: Final = 100
#: Reasons that somebody was reached with, by their beginnings.
_REACHED: Final = ("customer-ended", "assistant-", "exceeded-max-duration", "silence-timed-out")
#: Reasons for which it rang at least.
_RANG: Final = ("customer-", "voicemail")
#: Why a call ends for which there was no place.
NO_PLACE: Final = "call.start.error-subscription-concurrency-limit-reached"
_SAID: Final = {401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}
#: Filters of the list of calls, with the member of a call that each looks at.
_FILTERS: Final = {"id": "id", "assistantId": "assistantId", "phoneNumberId": "phoneNumberId"}


class Vapi:
    """Calls."""

    name: Name = "vapi"
    batch_seconds = 0.0

    def __init__(self, world: World) -> None:
        self._world = world

    def operation(self, request: Request) -> Operation | None:
        if request.path == "/call":
            return "send" if request.method == "POST" else "look_up"
        if request.path.startswith("/call/"):
            return "forget" if request.method == "DELETE" else "look_up"
        return "check" if request.path.split("/")[1] in ("assistant", "phone-number") else None

    def authenticated(self, request: Request) -> bool:
        return request.headers.get("authorization", "") == f"Bearer {VAPI_KEY}"

    def read(self, request: Request) -> list[Draft]:
        try:
            order = request.json()
        except ValueError:
            raise RefusedError(_error(400, ["the body is no JSON"])) from None
        if wrong := wrong_with(order):
            raise RefusedError(_error(400, wrong))
        customer, overrides = order["customer"], order.get("assistantOverrides", {})
        said = fingerprint(order.get("assistantId"), order.get("assistant"), {**overrides, "server": None})
        correlation = order.get("name") or customer.get("externalId")
        return [Draft(customer["number"], said, overrides.get("metadata", {}).get("x"), correlation, order)]

    def accept(self, drafts: Sequence[Draft]) -> tuple[list[Record], Response]:
        (draft,) = drafts
        most = self._world.options.concurrency
        under_way = sum(record.status != "ended" for record in self._world.records["vapi"])
        limits = {
            "concurrencyBlocked": under_way >= most,
            "concurrencyLimit": most,
            "remainingConcurrentCalls": max(0, most - under_way - 1),
        }
        if under_way >= most:
            return [], as_json(201, {**_shown(self._blocked(draft)), "subscriptionLimits": limits})
        record = self._world.accept(self.name, str(uuid.uuid4()), draft, "queued")
        return [record], as_json(201, {**_shown(record), "subscriptionLimits": limits})

    def _blocked(self, draft: Draft) -> Record:
        """A call that is on record and never begins: nobody's phone rings, so it is not in the ledger."""
        entry = Entry(0, self.name, str(uuid.uuid4()), **vars(draft), at=self._world.now())
        record = self._world.remember(entry, "ended")
        record.facts |= {"endedReason": NO_PLACE, "reached": False}
        return record

    def ask(self, request: Request, records: Sequence[Record]) -> Response:
        if request.method == "DELETE":
            return self._forget(request, records)
        if request.method != "GET":
            return self.refusal(405)
        if request.path == "/call":
            return self._list(request, records)
        if request.path.startswith("/call/"):
            for record in records:
                if request.path == f"/call/{record.entry.ref}":
                    known = findings(record) if record.status == "ended" else {}
                    return as_json(200, {**_shown(record), **known})
            return self.refusal(404)
        kind = request.path.split("/")[1]
        one = {"id": VAPI_ASSISTANT if kind == "assistant" else VAPI_PHONE_NUMBER, "orgId": VAPI_ORGANISATION}
        if request.path == f"/{kind}":
            return as_json(200, [one])
        return as_json(200, one) if request.path == f"/{kind}/{one['id']}" else self.refusal(404)

    def _forget(self, request: Request, records: Sequence[Record]) -> Response:
        for record in records:
            if request.path == f"/call/{record.entry.ref}":
                self._world.records[self.name].remove(record)
                return as_json(200, _shown(record))
        return self.refusal(404)

    def refusal(self, status: int, code: int | str | None = None, retry_after: float | None = None) -> Response:
        headers = {} if retry_after is None else {"Retry_After": f"{retry_after:g}"}
        return _error(status, str(code) if code is not None else "refused by the sandbox", **headers)

    def unreadable(self) -> Response:
        return Response(201, b"<html>", {"Content-Type": "text/html"})

    def life(self, record: Record, outcome: Fault | None) -> list[Stage]:
        reason = (outcome and outcome.outcome) or "customer-ended-call"
        if reason == "queued":
            return []
        stages = [Stage(0.05, "ringing")] if reason.startswith(_RANG + _REACHED) else []
        if reason.startswith(_REACHED) or reason == "voicemail":
            stages.append(Stage(0.1, "in-progress"))
        ended = {"endedReason": reason, "reached": reason.startswith(_REACHED), "rang": bool(stages)}
        return [*stages, Stage(0.3, "ended", ended)]

    def reports(self, record: Record) -> list[Report]:
        server = _server(record.entry.message)
        url, wanted = server.get("url"), _server_messages(record.entry.message)
        if not url:
            return []
        call = _shown(record)
        common = {"timestamp": int(record.updated_at.timestamp() * 1000), "call": call}
        ended = {"endedReason": call["endedReason"]} if record.status == "ended" else {}
        messages = [{"type": "status-update", "status": record.status, **ended, **common}]
        if ended:
            messages.append({"type": "end-of-call-report", **ended, **common, **findings(record)})
        return [Report(url, {"message": message}) for message in messages if message["type"] in wanted]

    def answered(self, record: Record, text: str) -> list[Report]:
        return []

    def told(self, record: Record, event: str) -> list[Report]:
        return []

    def posts(self, reports: Sequence[Report]) -> list[Post]:
        made = []
        for report in reports:
            body, timestamp = json.dumps(report.content).encode(), str(int(self._world.now().timestamp() * 1000))
            headers = {
                "Content-Type": "application/json",
                "X-Timestamp": timestamp,
                "X-Signature": signatures.vapi(VAPI_WEBHOOK_SECRET, timestamp, body),
                "X-Vapi-Secret": VAPI_WEBHOOK_SECRET,
            }
            made.append(Post(report.url, headers, body))
        return made

    def _list(self, request: Request, records: Sequence[Record]) -> Response:
        try:
            limit = int(request.asked("limit") or DEFAULT_PAGE)
            calls = [_shown(record) for record in reversed(records)]
            return as_json(200, [call for call in calls if _matches(call, request)][:limit])
        except ValueError as wrong:
            return _error(400, [str(wrong)])


def _error(status: int, message: str | list[str], **headers: str) -> Response:
    named = {400: "Bad Request", **_SAID}.get(status, "Error")
    return as_json(status, {"message": message, "error": named, "statusCode": status}, **headers)


def _server(order: dict[str, Any]) -> dict[str, Any]:
    """Where a call is reported to: what the call says goes before what its assistant says."""
    for part in (order.get("assistantOverrides", {}), order.get("assistant", {})):
        if isinstance(part.get("server"), dict):
            return dict(part["server"])
    return {}


def _server_messages(order: dict[str, Any]) -> Sequence[str]:
    for part in (order.get("assistantOverrides", {}), order.get("assistant", {})):
        if "serverMessages" in part:
            return list(part["serverMessages"])
    return ("status-update", "end-of-call-report")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _call(identifier: str, order: dict[str, Any], at: datetime, status: str) -> dict[str, Any]:
    return {
        **order,
        "id": identifier,
        "orgId": VAPI_ORGANISATION,
        "type": "outboundPhoneCall",
        "createdAt": _instant(at),
        "updatedAt": _instant(at),
        "status": status,
    }


def _shown(record: Record) -> dict[str, Any]:
    """A call as VAPI shows it."""
    entry = record.entry
    call = {**_call(entry.ref, entry.message, entry.at, record.status), "updatedAt": _instant(record.updated_at)}
    if record.status == "ended":
        call["endedReason"] = record.facts["endedReason"]
        call |= {name: one for name, one in findings(record).items() if name in ("startedAt", "endedAt", "cost")}
    return call


def _matches(call: dict[str, Any], request: Request) -> bool:
    for name, value in request.query:
        if name in _FILTERS and call.get(_FILTERS[name]) != value:
            return False
        if name[:-2] in ("createdAt", "updatedAt"):
            at, asked = datetime.fromisoformat(call[name[:-2]]), datetime.fromisoformat(value)
            if not {"Gt": at > asked, "Lt": at < asked, "Ge": at >= asked, "Le": at <= asked}[name[-2:]]:
                return False
    return True
