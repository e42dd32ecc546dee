"""What VAPI tells of calls, in the table: one effect in whatever order it comes, however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.engine import slots
from retention.engine.slots import ProviderSlots
from retention.inbound.outcome import DUPLICATE, Applied, Ignored
from retention.receiving.event import Event
from retention.reports.calls import CallReports
from retention.reports.transcripts import MAX_BYTES, find_transcript
from tests import integrity
from tests.api_client import ApiClient
from tests.retention.reports import callwords
from tests.retention.reports.callwords import TALK, about, report, silent, status
from tests.retention.reports.sends import Sent, sent, shuffled
from tests.start import START
from tools.bench_engine.cost import counting


def history(made: Sent, reason: str, **more: Any) -> list[Event]:
    """All that is told of a call, in its order."""
    key = made.callback
    ended = report(key, reason, **more) if reason == "customer-ended-call" else silent(key, reason, **more)
    told = [
        status(key, "ringing"),
        status(key, "in-progress", after=5),
        status(key, "ended", after=191, endedReason=reason),
    ]
    return [about(made, message) for message in (*told, ended)]


def places(app: Application) -> list[str]:
    found = app.core.store.find(ProviderSlots, slots.slots_key("vapi"))
    return [] if found is None else sorted(found.holders)


def test_a_call_that_was_taken_is_a_success_with_all_that_is_known_of_it(app: Application, call: Sent) -> None:
    for event in history(call, "customer-ended-call"):
        CallReports(app.core).apply(event)

    attempt, execution = call.attempt, call.execution
    assert (attempt.status, attempt.duration, attempt.cost) == ("SUCCESS", 185, Decimal("0.2741"))
    assert attempt.completed_at == START + timedelta(seconds=190)
    assert attempt.result == "Ada wants to hear more."
    assert execution.status == "DELIVERED"
    told = {"endedReason": "customer-ended-call", "endedClass": "reached", "durationSeconds": 185}
    assert told.items() <= execution.result.items()
    assert (call.lead.status, call.contact.stop_reason) == ("IN_PROGRESS", None)
    assert places(app) == []
    assert integrity.problems(app) == []


@pytest.mark.parametrize("reason", ["customer-did-not-answer", "customer-busy", "voicemail"])
def test_a_call_that_nobody_took_is_no_answer_and_has_its_cost(app: Application, call: Sent, reason: str) -> None:
    for event in history(call, reason):
        CallReports(app.core).apply(event)

    assert (call.attempt.status, call.attempt.cost, call.attempt.duration) == ("NO_ANSWER", Decimal("0.0031"), None)
    assert call.execution.status == "SENT"
    assert call.lead.status != "IN_PROGRESS"


def test_a_word_that_nobody_knows_does_not_leave_a_call_in_progress(app: Application, call: Sent) -> None:
    CallReports(app.core).apply(about(call, status(call.callback, "ended", endedReason="new-in-2027")))

    assert (call.attempt.status, call.execution.status) == ("FAILED", "FAILED")
    assert call.execution.result["reason"] == "undelivered"


def test_the_end_is_known_before_the_report_and_the_report_adds_to_it(app: Application, call: Sent) -> None:
    *_, ended, whole = history(call, "customer-did-not-answer")

    CallReports(app.core).apply(ended)
    assert (call.attempt.status, call.attempt.cost, places(app)) == ("NO_ANSWER", None, [])
    CallReports(app.core).apply(whole)
    assert (call.attempt.status, call.attempt.cost) == ("NO_ANSWER", Decimal("0.0031"))


@pytest.mark.parametrize("reason", ["customer-ended-call", "voicemail", "new-in-2027"])
def test_any_order_of_what_is_told_gives_the_same_state(app: Application, reason: str) -> None:
    seen: set[str] = set()
    for order in permutations(range(4)):
        call = sent(app, "CALL")
        told = history(call, reason)
        for at in order:
            CallReports(app.core).apply(told[at])
        seen.add(repr(call.seen()).replace(call.ref, "REF"))

    assert len(seen) == 1


def test_46_copies_of_everything_in_any_order_have_one_effect(app: Application, call: Sent) -> None:
    before = call.contact.version
    said = {"transcript": "AI: Hello\nUser: Please stop calling me."}
    told = history(call, "customer-ended-call", artifact=said)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(CallReports(app.core).apply, shuffled(told * 46, "calls")))

    effects = [one for one in outcomes if isinstance(one, Applied)]
    # The status and the report, each once: unless the report came first and left nothing to add.
    assert 1 <= len(effects) <= 2
    assert call.contact.version == before + len(effects)
    assert call.contact.stop_reason == "OPT_OUT"
    assert call.suppression() is not None
    assert integrity.problems(app) == []


def test_a_report_takes_two_requests_to_the_table_and_a_copy_one(app: Application, call: Sent) -> None:
    *_, whole = history(call, "customer-ended-call")

    with counting(app) as first:
        assert isinstance(CallReports(app.core).apply(whole), Applied)
    with counting(app) as second:
        assert CallReports(app.core).apply(whole) == DUPLICATE

    assert first.requests == ["BatchGetItem", "TransactWriteItems"]
    assert second.requests == ["BatchGetItem"]


def test_a_report_about_another_call_with_the_same_key_changes_nothing(app: Application, call: Sent) -> None:
    other = callwords.event(report(call.callback))

    assert CallReports(app.core).apply(other) == Ignored("other_message")
    assert call.attempt.status == "IN_PROGRESS"


# --- the number ---------------------------------------------------------------------------------------------------


def test_an_opt_out_that_was_spoken_stops_the_lead_in_the_same_transaction(app: Application, call: Sent) -> None:
    said = {"transcript": "AI: Hi Ann...\nUser: Please don't call me again."}

    with counting(app) as cost:
        CallReports(app.core).apply(about(call, report(call.callback, artifact=said)))

    assert cost.count("TransactWriteItems") == 1
    suppression = call.suppression()
    assert suppression is not None
    assert suppression.reason == "OPT_OUT"
    assert (call.contact.stop_reason, call.attempt.status) == ("OPT_OUT", "SUCCESS")


def test_a_number_that_does_not_exist_is_suppressed(app: Application, call: Sent) -> None:
    CallReports(app.core).apply(about(call, silent(call.callback, "twilio-reported-customer-misdialed")))

    suppression = call.suppression()
    assert suppression is not None
    assert suppression.reason == "INVALID_NUMBER"
    assert call.attempt.status == "FAILED"


# --- the transcript -----------------------------------------------------------------------------------------------


def test_what_was_said_is_read_apart_from_the_attempt(app: Application, api: ApiClient, call: Sent) -> None:
    path = f"/v1/contact-attempts/{call.id}/transcript"
    assert api.get(path).status == 404

    CallReports(app.core).apply(about(call, report(call.callback)))

    shown = api.get(path).json
    assert (shown["text"], shown["truncated"], shown["contactAttemptId"]) == (TALK, False, call.id)
    assert TALK not in repr(call.attempt)


def test_a_timeline_does_not_read_past_transcripts(app: Application, api: ApiClient, call: Sent) -> None:
    CallReports(app.core).apply(about(call, report(call.callback)))
    read: list[str] = []
    events = app.core.store._low.client.meta.events

    def after(parsed: dict[str, Any], **_: Any) -> None:
        read.extend(item["kind"]["S"] for item in parsed["Items"])

    events.register("after-call.dynamodb.Query", after)
    try:
        entries = api.get(f"/v1/leads/{call.lead_id}/timeline").json["data"]
    finally:
        events.unregister("after-call.dynamodb.Query", after)

    assert "answered" in {entry["status"] for entry in entries}
    assert "ContactAttempt" in read
    assert "Transcript" not in read


def test_a_long_transcript_is_kept_to_its_limit(app: Application, call: Sent) -> None:
    CallReports(app.core).apply(about(call, report(call.callback, artifact={"transcript": "User: ähm\n" * 10_000})))

    kept = find_transcript(app.core, call.id)
    assert kept.truncated
    assert MAX_BYTES - 4 < len(kept.text.encode()) <= MAX_BYTES


@pytest.mark.parametrize("path", ["/v1/contact-attempts/{call.id}", "/v1/leads/{call.lead_id}"])
def test_a_transcript_goes_with_the_attempt_and_with_the_lead(
    app: Application, api: ApiClient, call: Sent, path: str
) -> None:
    CallReports(app.core).apply(about(call, report(call.callback)))

    assert api.delete(path.format(call=call)).status == 204
    assert api.get(f"/v1/contact-attempts/{call.id}/transcript").status == 404
    assert integrity.problems(app) == []


# --- places -------------------------------------------------------------------------------------------------------


def test_calls_that_end_and_calls_that_begin_at_once_lose_no_place(app: Application) -> None:
    calls = [sent(app, "CALL") for _ in range(10)]
    for one in calls:
        assert slots.take(app.core, "vapi", one.id, places=10, lease_seconds=900)

    def end(one: Sent) -> bool:
        return isinstance(CallReports(app.core).apply(about(one, report(one.callback))), Applied)

    def begin(name: int) -> bool:
        return slots.take(app.core, "vapi", f"new-{name}", places=10, lease_seconds=900)

    with ThreadPoolExecutor(8) as pool:
        ended = [pool.submit(end, one) for one in calls]
        begun = [pool.submit(begin, name) for name in range(10)]

    assert all(one.result() for one in ended)
    assert places(app) == sorted(f"new-{name}" for name, one in enumerate(begun) if one.result())


def test_a_call_to_a_lead_that_was_deleted_meanwhile_gives_its_place_back(
    app: Application, api: ApiClient, call: Sent
) -> None:
    other = sent(app, "CALL")
    slots.take(app.core, "vapi", other.id, places=10, lease_seconds=900)
    assert api.delete(f"/v1/leads/{call.lead_id}").status == 204

    assert CallReports(app.core).apply(callwords.event(report(call.callback))) == Ignored("gone")

    assert places(app) == [other.id]
