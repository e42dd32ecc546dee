"""What VAPI knows of a call once it has ended: words, costs, judgement, recording.

Source: VapiAI/docs, openapi.json (ServerMessageEndOfCallReport, Call, Artifact, Analysis).
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from tools.sandbox.world import Record

#: Seconds that a conversation takes here.
SECONDS: Final = 60
#: What the parts of a call cost here, in USD: of one with a conversation, and of one that only rang.
_REACHED: Final = {"transport": 0.014, "transcriber": 0.011, "model": 0.006, "voice": 0.029, "vapi": 0.05}
_RANG: Final = {"transport": 0.0041}
#: What each part is measured by.
_MEASURES: Final[Mapping[str, Mapping[str, Any]]] = {
    "transport": {"provider": "twilio", "minutes": 1},
    "transcriber": {"transcriber": {"provider": "deepgram"}, "minutes": 1},
    "model": {"model": {"model": "gpt-4o"}, "promptTokens": 400, "completionTokens": 60, "cachedPromptTokens": 0},
    "voice": {"voice": {"provider": "openai"}, "characters": 160},
    "vapi": {"subType": "normal", "minutes": 1},
}
#: What is said when nobody said what is to be said.
_HELLO: Final = "Hello?"
_WELL: Final = "Yes, that is fine. Thank you."


def findings(record: Record) -> dict[str, Any]:
    """The members of an end-of-call report besides its type, time and call. Links to recordings differ each time that
    they are told, as VAPI's do."""
    reached = bool(record.facts["reached"])
    parts = _REACHED if reached else _RANG if record.facts.get("rang") else {}
    cost = round(sum(parts.values()), 4)
    told: dict[str, Any] = {
        "endedAt": _instant(record),
        "cost": cost,
        "costs": [{"type": name, **_MEASURES[name], "cost": one} for name, one in parts.items()],
        "artifact": _artifact(record) if reached else {"transcript": "", "messages": []},
        "analysis": _analysis(record) if reached else {"summary": "", "successEvaluation": "false"},
    }
    if reached:
        told["startedAt"] = _instant(record, SECONDS)
    return told


def _lines(record: Record) -> list[tuple[str, str]]:
    """What was said, by whom."""
    first = record.entry.message.get("assistantOverrides", {}).get("firstMessage") or "Hello!"
    return [("bot", str(first)), ("user", _HELLO), ("bot", "Is it a good time?"), ("user", _said(record))]


def _said(record: Record) -> str:
    return str(record.facts.get("said") or _WELL)


def _artifact(record: Record) -> dict[str, Any]:
    names = {"bot": "AI", "user": "User"}
    link, signature = f"https://storage.vapi.ai/{record.entry.ref}", secrets.token_hex(8)
    lines = _lines(record)
    return {
        "transcript": "".join(f"{names[who]}: {text}\n" for who, text in lines),
        "messages": [_message(record, place, *line) for place, line in enumerate(lines)],
        "recordingUrl": f"{link}.wav",
        "recording": {"stereoUrl": f"{link}-stereo.wav", "mono": {"combinedUrl": f"{link}-mono.wav"}},
        "presignedMonoUrl": f"{link}-mono.wav?sig={signature}",
        "presignedUrlsExpiresAt": _instant(record, -3600),
    }


def _message(record: Record, place: int, who: str, text: str) -> dict[str, Any]:
    began, seconds = int(record.entry.at.timestamp() * 1000), 2 * place
    times = {"time": began + seconds * 1000, "endTime": began + seconds * 1000 + 1500, "secondsFromStart": seconds}
    return {"role": who, "message": text, **times}


def _analysis(record: Record) -> dict[str, Any]:
    return {
        "summary": f'The call was taken. The customer said: "{_said(record)}"',
        "structuredData": {"outcome": "talked"},
        "successEvaluation": "false" if record.facts.get("said") else "true",
    }


def _instant(record: Record, seconds_before: int = 0) -> str:
    at = max(record.entry.at, record.updated_at - timedelta(seconds=seconds_before))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
