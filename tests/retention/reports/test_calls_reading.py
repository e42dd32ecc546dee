"""What VAPI says of a call, as evidence: pure."""

from datetime import timedelta
from typing import Any

import pytest

from retention.engine.queue import Work
from retention.inbound.outcome import Ignored
from retention.jsontext import dumps, loads
from retention.keyring import Keyring
from retention.reports.evidence import Evidence, Suppress
from retention.reports.vapi import MAX_STRUCTURED, CallTold, read
from retention.templates.links import Callback, sign
from tests.retention.reports.callwords import CALL_ID, NUMBER, TALK, call_object, event, report, silent, status
from tests.start import START

KEYRING = Keyring(lambda: "root secret of the tests")
WORK = "01khrjc1jsk2z0w8v6yq4n3m5t.01khrjc1jtb7d9f2g4h6j8k0mn.1.01khrjc1jtb7d9f2g4h6j8k0mz"
KEY = sign(KEYRING, Callback("SequenceStepExecution", WORK))


def told(message: dict[str, Any], **more: Any) -> CallTold:
    found = read(event(message, **more), KEYRING)
    assert isinstance(found, CallTold), found
    return found


def evidence(message: dict[str, Any], **more: Any) -> dict[str, Evidence]:
    return {one.what: one for one in told(message, **more).report.evidence}


def test_a_report_tells_everything_about_a_call() -> None:
    found = told(report(KEY))

    assert found.report.work == Work("SequenceStepExecution", WORK)
    assert (found.report.channel, found.report.ref, found.report.suppress) == ("CALL", CALL_ID, None)
    assert found.transcript == TALK
    answered, ended = found.report.evidence
    why = {"endedReason": "customer-ended-call", "endedClass": "reached"}
    assert answered == Evidence("answered", START + timedelta(seconds=5), why)
    assert (ended.what, ended.at) == ("ended", START + timedelta(seconds=190))
    assert ended.facts == {
        **why,
        "text": "The call was answered (customer-ended-call).",
        "durationSeconds": 185,
        "cost": "0.2741",
        "summary": "Ada wants to hear more.",
        "successEvaluation": "true",
        "recordingUrl": "https://storage.vapi.example/mono.wav",
        "transcriptBytes": len(TALK),
    }


def test_nobody_took_the_call_and_it_cost_something() -> None:
    found = evidence(silent(KEY, "customer-did-not-answer"))

    assert set(found) == {"unanswered", "ended"}
    assert found["ended"].facts["cost"] == "0.0031"
    assert "durationSeconds" not in found["ended"].facts


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("customer-ended-call", "answered"),
        ("voicemail", "unanswered"),
        ("assistant-not-found", "undelivered"),
        ("brand-new", "undelivered"),
    ],
)
def test_a_status_tells_how_a_call_ended_before_its_report_does(reason: str, what: str) -> None:
    (found,) = told(status(KEY, "ended", after=60, endedReason=reason)).report.evidence

    assert (found.what, found.at) == (what, START + timedelta(seconds=60))


@pytest.mark.parametrize("told_status", ["scheduled", "queued", "ringing", "in-progress", "forwarding"])
def test_a_call_that_goes_on_was_taken_and_nothing_else_is_known(told_status: str) -> None:
    assert told(status(KEY, told_status)).report.evidence == ()


@pytest.mark.parametrize(
    "message",
    [
        {**status(KEY, "ringing"), "type": "hang"},
        {**status(KEY, "ringing"), "type": "conversation-update"},
        status(KEY, "not-found"),
        status(KEY, "deletion-failed"),
        {**status(KEY, "ringing"), "status": ["ringing"]},
        {"type": "call.deleted", "call": call_object(KEY)},
    ],
)  # fmt: skip
def test_what_tells_nothing_is_ignored(message: dict[str, Any]) -> None:
    assert read(event(report(KEY))._replace(content=message), KEYRING) == Ignored("nothing_told")


@pytest.mark.parametrize(
    "key", [None, "", "x" * 40, KEY[:-1], KEY.swapcase(), sign(Keyring(lambda: "another"), Callback("a", "b"))]
)
def test_a_call_that_is_not_ours_is_ignored(key: str | None) -> None:
    assert read(event(report(key)), KEYRING) == Ignored("not_ours")


@pytest.mark.parametrize("content", [None, [], "text", {}, {"call": None}, {"call": {"assistantOverrides": []}}])
def test_nonsense_is_ignored(content: Any) -> None:
    assert read(event(report(KEY))._replace(content=content), KEYRING) == Ignored("not_ours")


def test_a_preview_counts_for_nothing() -> None:
    key = sign(KEYRING, Callback("SequenceStepExecution", WORK, preview=True))

    assert read(event(report(key)), KEYRING) == Ignored("preview")


def test_members_of_a_strange_form_are_left_out_and_the_rest_counts() -> None:
    strange = report(
        KEY, cost="much", startedAt="soon", endedAt=True, timestamp=[], analysis=[], artifact={"transcript": 5}
    )

    found = evidence(strange)

    assert found["ended"].at == START + timedelta(seconds=200)
    assert set(found["ended"].facts) == {"endedReason", "endedClass", "text"}


@pytest.mark.parametrize(
    ("cost", "kept"), [("0.10", "0.1"), (0, "0"), (-1, None), (True, None), ("NaN", None), ("1e9", None)]
)
def test_a_cost_is_exact_or_left_out(cost: Any, kept: str | None) -> None:
    assert evidence(report(KEY, cost=cost))["ended"].facts.get("cost") == kept


def test_a_cost_with_many_digits_comes_through_the_queue_digit_by_digit() -> None:
    message = loads(dumps(report(KEY)).replace("0.2741", "0.12345678901234567"))

    assert evidence(message)["ended"].facts["cost"] == "0.12345678901234567"


def test_no_time_is_believed_that_is_still_to_come() -> None:
    found = evidence(report(KEY, endedAt="2099-01-01T00:00:00Z"), after=200)

    assert found["ended"].at == START + timedelta(seconds=200)


def test_what_was_noted_in_a_call_is_kept_as_long_as_it_is_small() -> None:
    outputs = {"id-1": {"name": "mood", "result": "good"}, "id-2": {"name": "size", "result": {"beds": 2}}}
    found = report(KEY, analysis={"structuredData": {"plan": "b"}}, artifact={"structuredOutputs": outputs})

    assert evidence(found)["ended"].facts["structuredData"] == {"plan": "b", "mood": "good", "size": {"beds": 2}}
    large = report(KEY, analysis={"structuredData": {"notes": "x" * MAX_STRUCTURED}})
    assert "structuredData" not in evidence(large)["ended"].facts


# --- asked to be left alone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"optOut": True},
        {"do_not_call": "yes"},
        {"doNotContact": "TRUE"},
        {"customer_opted_out": True},
        {"callResult": {"dnc_requested": True}},
        {"outcome": "do_not_call"},
        {"disposition": "Opted out"},
        {"tags": ["busy", "do-not-call"]},
        {"wantsToUnsubscribe": "true"},
        {"result": "Don't call again"},
    ],
)
@pytest.mark.parametrize("place", ["structuredData", "structuredDataMulti", "structuredOutputs"])
def test_an_opt_out_that_the_assistant_noted_counts(data: dict[str, Any], place: str) -> None:
    message = report(KEY)
    if place == "structuredOutputs":
        named = {f"id-{name}": {"name": name, "result": value} for name, value in data.items()}
        message["artifact"] = {**message["artifact"], "structuredOutputs": named}
    else:
        message["analysis"] = {place: data if place == "structuredData" else [{"key": data}]}

    assert told(message).report.suppress == Suppress(NUMBER, "OPT_OUT")


@pytest.mark.parametrize(
    "data",
    [
        {"optOut": False},
        {"doNotCall": "no"},
        {"optOutOffered": True},
        {"outcome": "call_again"},
        {"optOutReason": ""},
        {"do_not_call": None},
        {"outcome": "do not call before nine"},
    ],
)
def test_what_is_no_opt_out_stops_nobody(data: dict[str, Any]) -> None:
    assert told(report(KEY, analysis={"structuredData": data})).report.suppress is None


@pytest.mark.parametrize(
    ("transcript", "suppressed"),
    [
        ("AI: Hi Ann...\nUser: Please don't call me again.", True),
        ("AI: Shall I take you off our list?\nUser: Take me off your list.", True),
        # What the assistant says is not what the lead says.
        ("AI: Say stop calling me at any time.\nUser: I will think about it.", False),
        ("AI: Hello\nUser: I can't stop smiling.", False),
    ],
)
def test_an_opt_out_that_was_spoken_counts(transcript: str, suppressed: bool) -> None:
    found = told(report(KEY, artifact={"transcript": transcript})).report

    assert (found.suppress == Suppress(NUMBER, "OPT_OUT")) is suppressed


def test_the_messages_of_a_call_are_read_where_there_is_no_transcript() -> None:
    strange = {"role": ["tool"], "message": {}}
    said = [{"role": "bot", "message": "Hello"}, strange, {"role": "user", "message": "Please stop calling me."}]

    assert told(report(KEY, artifact={"messages": said})).report.suppress == Suppress(NUMBER, "OPT_OUT")
    said = [{"role": "bot", "message": "Say: stop calling me."}, {"role": "user", "message": "No."}]
    assert told(report(KEY, artifact={"messages": said})).report.suppress is None


def test_an_opt_out_on_a_voicemail_or_in_a_broken_call_counts_too() -> None:
    for reason in ("voicemail", "worker-shutdown", "brand-new"):
        message = report(KEY, reason, artifact={"transcript": "User: Do not call this number again."})
        assert told(message).report.suppress == Suppress(NUMBER, "OPT_OUT")


def test_a_number_that_does_not_exist_is_not_used_again() -> None:
    assert told(silent(KEY, "twilio-reported-customer-misdialed")).report.suppress == Suppress(NUMBER, "INVALID_NUMBER")
    forbidden = silent(KEY, "call.in-progress.error-providerfault-outbound-sip-403-forbidden")
    assert told(forbidden).report.suppress is None
