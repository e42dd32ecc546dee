"""Why calls ended: every word that VAPI publishes is understood, and one that it does not ends the call, too."""

from pathlib import Path

import pytest

from retention.reports.ended import EndedClass, end_of, sentence_of

#: All values of `Call.endedReason` in VapiAI/docs@eabfa530, fern/apis/api/openapi.json (MIT, Copyright (c) 2025 Vapi).
PUBLISHED = (Path(__file__).parent / "ended_reasons.txt").read_text(encoding="utf-8").split()


def test_every_published_reason_is_understood() -> None:
    assert len(PUBLISHED) == 595
    assert [reason for reason in PUBLISHED if end_of(reason).kind == "unknown"] == []


@pytest.mark.parametrize(
    ("kind", "what", "reasons"),
    [
        ("reached", "answered", "customer-ended-call assistant-ended-call-with-hangup-task silence-timed-out"),
        (
            "reached",
            "answered",
            "assistant-said-end-call-phrase exceeded-max-duration call.in-progress.sip-completed-call",
        ),
        # Forwarded, however that went.
        ("reached", "answered", "assistant-forwarded-call call.forwarding.no-answer call.forwarding.operator-busy"),
        ("reached", "answered", "call.in-progress.error-warm-transfer-silence-timeout"),
        ("no_contact", "unanswered", "customer-busy customer-did-not-answer voicemail"),
        ("no_contact", "unanswered", "call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable"),
        ("no_contact", "unanswered", "call.in-progress.error-providerfault-outbound-sip-408-request-timeout"),
        ("bad_number", "undelivered", "twilio-reported-customer-misdialed"),
        ("bad_number", "undelivered", "call.in-progress.error-providerfault-outbound-sip-403-forbidden"),
        ("capacity", "undelivered", "call.start.error-subscription-concurrency-limit-reached"),
        ("capacity", "undelivered", "call.in-progress.error-vapifault-worker-not-available"),
        ("account", "undelivered", "call.start.error-subscription-frozen call.start.error-fraud-check-failed"),
        ("configuration", "undelivered", "assistant-not-found call.start.error-get-phone-number"),
        ("configuration", "undelivered", "pipeline-error-openai-401-incorrect-api-key"),
        (
            "transient",
            "undelivered",
            "twilio-failed-to-connect-call phone-call-provider-closed-websocket worker-shutdown",
        ),
        ("transient", "undelivered", "call.in-progress.error-vapifault-worker-died pipeline-error-openai-llm-failed"),
        ("transient", "undelivered", "assistant-join-timed-out"),
        ("cancelled", "undelivered", "manually-canceled scheduled-call-deleted call-deleted"),
        ("unknown", "undelivered", "quantum-entanglement-lost error"),
    ],
)
def test_what_an_end_says(kind: EndedClass, what: str, reasons: str) -> None:
    for reason in reasons.split():
        end = end_of(reason)
        assert (end.kind, end.what) == (kind, what), reason


def test_only_a_number_that_cannot_be_dialled_is_one_not_to_use_again() -> None:
    assert [reason for reason in PUBLISHED if end_of(reason).bad_number] == ["twilio-reported-customer-misdialed"]


def test_an_unknown_word_ends_a_call_by_what_was_said_in_it() -> None:
    assert end_of("ended-in-a-new-way", talked=True).what == "answered"
    assert end_of("ended-in-a-new-way").what == "undelivered"
    # A word that is known is not overruled: a voicemail talks, too.
    assert end_of("voicemail", talked=True).what == "unanswered"


def test_every_end_reads_as_a_sentence() -> None:
    for reason in (*PUBLISHED, "", "no-report", "new"):
        text = sentence_of(reason, end_of(reason).kind)
        assert text[0].isupper()
        assert text.endswith(".")
    assert sentence_of("voicemail", "no_contact") == "A voicemail took the call."
