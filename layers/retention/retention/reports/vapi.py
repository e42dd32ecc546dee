"""What VAPI tells of a call, as evidence. Pure.

status-update says that a call rings, runs or has ended, and then why; end-of-call-report comes when everything that is
to be known of it is known. Either may be lost, repeated or overtaken: why a call ended is read from both in the same
way, and what else there is from the report alone.

Source: the schemas ServerMessageStatusUpdate, ServerMessageEndOfCallReport and Call in fern/apis/api/openapi.json of
VapiAI/docs.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.engine.queue import Work
from retention.inbound.outcome import Ignored
from retention.keyring import Keyring
from retention.receiving.event import Event
from retention.reports.ended import CallEnd, end_of, sentence_of
from retention.reports.evidence import Evidence, Report, Suppress
from retention.reports.spoken import asked_to_stop, lines_of
from retention.templates.links import Callback, verify

#: Statuses of a call that goes on: they prove that VAPI has taken it, and nothing else. A voicemail may pick up, too.
_GOES_ON: Final = ("scheduled", "queued", "ringing", "in-progress", "forwarding")
#: Characters of texts that an attempt keeps, and bytes of structured data: an item stays small.
MAX_SUMMARY: Final = 1_000
MAX_WORD: Final = 200
MAX_STRUCTURED: Final = 1_500
MAX_LINK: Final = 500
#: What a call may cost, in USD, and last, in seconds, to be believed.
MOST_COST: Final = Decimal(10_000)
MOST_SECONDS: Final = 7 * 86_400
#: How old a time may be, to be believed.
_OLDEST: Final = timedelta(days=60)


class CallTold(NamedTuple):
    """What a message tells of a call."""

    report: Report
    #: What was said in it; None where it tells nothing of that.
    transcript: str | None = None


def read(event: Event, keyring: Keyring) -> CallTold | Ignored:
    """What a message of VAPI's tells: the member `message` of what it sends."""
    message = event.content if isinstance(event.content, Mapping) else {}
    callback = _callback(message, keyring)
    if callback is None:
        return Ignored("not_ours")
    if callback.preview:
        return Ignored("preview")
    return told_in(message, Work(callback.kind, callback.work), event.received_at)


def told_in(message: Mapping[str, Any], work: Work, received_at: datetime) -> CallTold | Ignored:
    """What a message tells of the call that met an obligation."""
    call = _object(message, "call")
    said = _Message(message, call, received_at)
    evidence = said.evidence()
    if evidence is None:
        return Ignored("nothing_told")
    ref = call.get("id")
    report = Report(work, "CALL", ref if isinstance(ref, str) and ref else None, tuple(evidence), said.suppress())
    return CallTold(report, said.transcript())


def as_report(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call that has ended, from VAPI's records, as the report that did not come."""
    known = {
        name: call[name]
        for name in ("endedReason", "startedAt", "endedAt", "cost", "artifact", "analysis")
        if name in call
    }
    artifact = {name: call[name] for name in ("transcript", "messages", "recordingUrl") if call.get(name)} | dict(
        _object(call, "artifact")
    )
    return {
        **known,
        "type": "end-of-call-report",
        "timestamp": call.get("updatedAt"),
        "artifact": artifact,
        "call": call,
    }


def _callback(message: Mapping[str, Any], keyring: Keyring) -> Callback | None:
    """What a call was made for, by the key that we gave to it."""
    call = _object(message, "call")
    for place in (_object(call, "assistantOverrides"), _object(call, "assistant"), _object(message, "assistant")):
        token = _object(place, "metadata").get("x")
        if isinstance(token, str) and (named := verify(keyring, token, Callback)) is not None:
            return named
    return None


class _Message(NamedTuple):
    """A message, its call, and when we got it."""

    told: Mapping[str, Any]
    call: Mapping[str, Any]
    received_at: datetime

    def evidence(self) -> list[Evidence] | None:
        """What it proves; None where it is of no interest."""
        kind, status = str(self.told.get("type")), self.told.get("status")
        if kind == "end-of-call-report":
            return list(self._report())
        if kind == "status-update" and status == "ended":
            at = self._at(self.told.get("timestamp")) or self.received_at
            return [self._outcome(at)]
        if kind == "status-update" and status in _GOES_ON:
            return []
        return None

    def suppress(self) -> Suppress | None:
        """The number, where it must not be used again."""
        number = _object(self.call, "customer").get("number") or _object(self.told, "customer").get("number")
        if not isinstance(number, str):
            return None
        if self._asked_to_stop():
            return Suppress(number, "OPT_OUT")
        return Suppress(number, "INVALID_NUMBER") if self._end().bad_number else None

    def transcript(self) -> str | None:
        """What was said, by the report."""
        text = _object(self.told, "artifact").get("transcript")
        ended = self.told.get("type") == "end-of-call-report"
        return text if ended and isinstance(text, str) and text.strip() else None

    def _report(self) -> Iterator[Evidence]:
        began, ended = self._at(self.told.get("startedAt")), self._at(self.told.get("endedAt"))
        at = ended or self._at(self.told.get("timestamp")) or self.received_at
        outcome = self._outcome(at)
        yield outcome if began is None or outcome.what != "answered" else outcome._replace(at=began)
        facts = {
            **self._why(),
            "text": self._words(),
            "durationSeconds": _seconds(began, ended),
            "cost": _cost(self.told),
            **self._findings(),
        }
        yield Evidence("ended", at, {name: value for name, value in facts.items() if value is not None})

    def _outcome(self, at: datetime) -> Evidence:
        """What the end says of the lead: the same by the report as by the status."""
        what, why = self._end().what, self._why()
        return Evidence(what, at, {**why, "detail": self._words()} if what == "undelivered" else why)

    def _findings(self) -> dict[str, Any]:
        """What was found out in the call: small enough to stand on the attempt."""
        analysis, artifact = _object(self.told, "analysis"), _object(self.told, "artifact")
        mono, text = _object(_object(artifact, "recording"), "mono"), self.transcript()
        structured = _structured(analysis, artifact)
        # Not the presigned one: it holds a key, and soon leads nowhere.
        recording = mono.get("combinedUrl") or artifact.get("recordingUrl")
        return {
            "summary": _text(analysis.get("summary"), MAX_SUMMARY),
            "successEvaluation": _text(analysis.get("successEvaluation"), MAX_WORD),
            "structuredData": structured if len(jsontext.dump_bytes(structured)) <= MAX_STRUCTURED else None,
            "recordingUrl": recording if isinstance(recording, str) and len(recording) <= MAX_LINK else None,
            "transcriptBytes": None if text is None else len(text.encode()),
        }

    def _end(self) -> CallEnd:
        return end_of(self._reason(), talked=bool(self._lines()))

    def _reason(self) -> str:
        reason = self.told.get("endedReason") or self.call.get("endedReason")
        return reason[:MAX_WORD] if isinstance(reason, str) else ""

    def _why(self) -> dict[str, Any]:
        return {"endedReason": self._reason(), "endedClass": self._end().kind}

    def _words(self) -> str:
        return sentence_of(self._reason(), self._end().kind)

    def _lines(self) -> list[str]:
        artifact = _object(self.told, "artifact")
        return lines_of(artifact.get("messages"), artifact.get("transcript"))

    def _asked_to_stop(self) -> bool:
        analysis, artifact = _object(self.told, "analysis"), _object(self.told, "artifact")
        noted = (analysis.get("structuredData"), analysis.get("structuredDataMulti"), artifact.get("structuredOutputs"))
        return asked_to_stop(self._lines(), [one for one in noted if one])

    def _at(self, said: Any) -> datetime | None:
        """An instant as VAPI writes it: text, or milliseconds. None of it is believed to be in the future."""
        try:
            if isinstance(said, str):
                at = datetime.fromisoformat(said)
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
            elif isinstance(said, int | float | Decimal) and not isinstance(said, bool):
                at = datetime.fromtimestamp(float(said) / 1000, UTC)
            else:
                return None
        except (ValueError, OverflowError, OSError):
            return None
        return min(at, self.received_at) if at > self.received_at - _OLDEST else None


def _structured(analysis: Mapping[str, Any], artifact: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an assistant noted, from both places where VAPI puts it: by the names that its team gave."""
    found = dict(_object(analysis, "structuredData"))
    for one in _object(artifact, "structuredOutputs").values():
        if isinstance(one, Mapping) and isinstance(one.get("name"), str):
            found[one["name"]] = one.get("result")
    return found or None


def _cost(told: Mapping[str, Any]) -> str | None:
    """What a call cost, in USD, digit by digit."""
    said = told.get("cost")
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal | str):
        return None
    try:
        cost = Decimal(str(said))
    except InvalidOperation:
        return None
    return jsontext.format_decimal(cost) if cost.is_finite() and 0 <= cost < MOST_COST else None


def _seconds(began: datetime | None, ended: datetime | None) -> int | None:
    if began is None or ended is None or ended < began:
        return None
    return min(round((ended - began).total_seconds()), MOST_SECONDS)


def _text(said: Any, most: int) -> str | None:
    return said.strip()[:most] or None if isinstance(said, str) else None


def _object(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = part.get(name)
    return found if isinstance(found, Mapping) else {}
