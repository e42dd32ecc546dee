"""Text messages by Twilio: what is asked, what the answers mean, and how a message is found again."""

from base64 import b64decode
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.providers.outcomes import SET_UP_PAUSE, Unauthorized
from retention.providers.port import Accepted, Blind, Found, Lookup, Missing, NotAccepted, Rejected, Unclear
from retention.providers.twilio_codes import CODES
from tests.retention.providers.double import ACCOUNT, TO, Asked, a_trace, an_order, double, said
from tests.start import START

SID = "SM" + "1" * 32
CREATED = said(201, {"sid": SID, "num_segments": "2", "status": "queued"})
WORDS = "Hello Ada & co, 100 %: caf\u00e9 \U0001f642"


def test_a_message_is_asked_for_as_twilio_wants_it(clock: ManualClock) -> None:
    with double("twilio", clock, CREATED) as twilio:
        outcome = twilio.wired().send(an_order("SMS"))

    assert outcome == Accepted(SID, {"segments": 2, "status": "queued"})
    (asked,) = twilio.asked
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode() == f"{ACCOUNT}:twilio-token"
    assert asked.form == {
        "To": "+15551234567",
        "From": "+15559990000",
        "Body": WORDS,
        "ValidityPeriod": "14400",
        "StatusCallback": "https://us.example/webhooks/it?x=signed.key-1_2#rp=all&rc=5",
    }


def test_a_messaging_service_takes_the_place_of_a_number(clock: ManualClock) -> None:
    service = "MG" + "a" * 32
    with double("twilio", clock, CREATED) as twilio:
        twilio.wired(fromNumber=None, messagingServiceSid=service).send(an_order("SMS"))

    form = twilio.asked[0].form
    assert (form["MessagingServiceSid"], "From" in form) == (service, False)


@pytest.mark.parametrize(
    ("setting", "ours", "called"),
    [
        (None, None, None),
        (None, "https://us.example/t", "https://us.example/t?x=signed.key-1_2#rp=all&rc=5"),
        ("https://own.example/t?a=b", None, "https://own.example/t?a=b&x=signed.key-1_2#rp=all&rc=5"),
        ("https://own.example/t", "https://us.example/t", "https://own.example/t?x=signed.key-1_2#rp=all&rc=5"),
    ],
)
def test_reports_go_where_the_integration_says_or_to_this_stack(
    clock: ManualClock, setting: str | None, ours: str | None, called: str | None
) -> None:
    with double("twilio", clock, CREATED) as twilio:
        twilio.wired(webhookUrl=setting).send(an_order("SMS", callback_url=ours))

    assert twilio.asked[0].form.get("StatusCallback") == called


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        ({"sid": SID, "num_segments": "0", "status": "accepted"}, {"status": "accepted"}),
        ({"sid": SID}, {}),
        ({"sid": SID, "num_segments": None, "status": 7}, {}),
    ],
)
def test_what_twilio_says_besides_belongs_into_the_result(clock: ManualClock, answer: Any, facts: Any) -> None:
    with double("twilio", clock, said(201, answer)) as twilio:
        assert twilio.wired().send(an_order("SMS")) == Accepted(SID, facts)


@pytest.mark.parametrize("answer", [b"", b"[]", b"{", b'{"sid": 7}', b"<html>"])
def test_a_success_that_cannot_be_read_is_a_success(clock: ManualClock, answer: bytes) -> None:
    with double("twilio", clock, said(201, answer)) as twilio:
        assert twilio.wired().send(an_order("SMS")) == Accepted(None, {})


# --- refusals -----------------------------------------------------------------------------------------------------

#: Each row of the table of codes: what becomes of the message, and of the address. Written by hand from Twilio's pages.
MEANINGS = {
    14107: "wait",
    20003: "set_up",
    20005: "set_up",
    20404: "set_up",
    20429: "wait",
    21211: "refused INVALID_NUMBER",
    21212: "set_up",
    21217: "refused INVALID_NUMBER",
    21408: "set_up",
    21602: "refused",
    21603: "set_up",
    21604: "refused",
    21606: "set_up",
    21608: "set_up",
    21610: "refused OPT_OUT",
    21611: "wait",
    21612: "refused",
    21614: "refused",
    21617: "refused",
    21635: "refused",
    21659: "set_up",
    21660: "set_up",
    21703: "set_up",
    21705: "set_up",
    30001: "wait",
    30002: "set_up",
    30003: "wait",
    30004: "refused",
    30005: "refused",
    30006: "refused",
    30007: "refused",
    30008: "wait",
    30032: "set_up",
    30034: "set_up",
    30036: "refused",
    30410: "refused",
    30450: "refused",
    30610: "wait",
    30640: "refused COMPLAINT",
    63038: "wait",
}


def test_every_row_of_the_table_is_tested() -> None:
    assert MEANINGS.keys() == CODES.keys()


@pytest.mark.parametrize(("code", "meaning"), MEANINGS.items())
def test_a_code_says_what_becomes_of_the_message(clock: ManualClock, code: int, meaning: str) -> None:
    body = {"code": code, "message": f"The number {TO['SMS']} is ...", "status": 400}
    with double("twilio", clock, said(400, body, Retry_After="7")) as twilio:
        outcome = twilio.wired().send(an_order("SMS"))

    word, _, suppress = meaning.partition(" ")
    if word == "refused":
        assert isinstance(outcome, Rejected)
        assert (outcome.suppress or "") == suppress
    else:
        assert isinstance(outcome, NotAccepted)
        assert outcome.retry_after == (7.0 if word == "wait" else SET_UP_PAUSE)
    assert outcome.code == str(code)
    assert TO["SMS"] not in outcome.detail, "a provider's own words may hold the address"


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, None, Rejected, "400"),
        (400, {"code": 99999}, Rejected, "99999"),
        (400, {"code": "21610"}, Rejected, "400"),
        (401, {"code": 20003}, Unauthorized, "20003"),
        (401, None, Unauthorized, "401"),
        (402, None, NotAccepted, "402"),
        (403, None, NotAccepted, "403"),
        (404, {"code": 20404}, NotAccepted, "20404"),
        (405, None, NotAccepted, "405"),
        (408, None, Unclear, "408"),
        (409, None, Unclear, "409"),
        (413, b"<html>", Rejected, "413"),
        (418, None, Rejected, "418"),
        (425, None, NotAccepted, "425"),
        (429, None, NotAccepted, "429"),
        (429, {"code": 20429}, NotAccepted, "20429"),
        (301, None, NotAccepted, "301"),
        (307, None, NotAccepted, "307"),
        (500, None, Unclear, "500"),
        (500, {"code": 20500}, Unclear, "20500"),
        (500, {"code": 21610}, Unclear, "21610"),
        (502, b"<html>", Unclear, "502"),
        (503, None, Unclear, "503"),
        (600, None, Unclear, "600"),
    ],
)
def test_a_status_says_what_becomes_of_the_message(
    clock: ManualClock, status: int, body: Any, kind: type, code: str
) -> None:
    with double("twilio", clock, said(status, body)) as twilio:
        outcome = twilio.wired().send(an_order("SMS"))

    assert type(outcome) is kind
    assert not isinstance(outcome, Accepted)
    assert outcome.code == code
    assert len(twilio.asked) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "30"}, 30.0),
        ({"Retry_After": "999999"}, 3600.0),
        (
            {"Retry_After": "Wed, 18 Feb 2026 12:00:45 GMT", "Date": "Wed, 18 Feb 2026 12:00:00 GMT"},
            45.0,
        ),
        ({"Retry_After": "Wed, 18 Feb 2026 11:00:00 GMT", "Date": "Wed, 18 Feb 2026 12:00:00 GMT"}, 0.0),
        ({"Retry_After": "Wed, 18 Feb 2026 12:00:45 GMT"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({}, None),
    ],
)
def test_twilio_may_say_how_long_to_wait(clock: ManualClock, headers: dict[str, str], seconds: float | None) -> None:
    with double("twilio", clock, said(429, {"code": 20429}, **headers)) as twilio:
        outcome = twilio.wired().send(an_order("SMS"))

    assert isinstance(outcome, NotAccepted)
    assert outcome.retry_after == seconds


def test_silence_leaves_open_what_became_of_the_message(clock: ManualClock) -> None:
    with double("twilio", clock, b"") as twilio:
        outcome = twilio.wired().send(an_order("SMS"))

    assert outcome == Unclear("connection_lost", "Twilio: the connection broke before an answer came")


def test_where_nobody_is_nothing_was_taken(clock: ManualClock) -> None:
    with double("twilio", clock) as twilio:
        adapter = twilio.wired()
    outcome = adapter.send(an_order("SMS"))

    assert isinstance(outcome, NotAccepted)
    assert outcome.code == "connect_failed"


# --- look-ups -----------------------------------------------------------------------------------------------------


def message(at: datetime = START, **changed: Any) -> dict[str, Any]:
    own = {
        "sid": SID,
        "direction": "outbound-api",
        "to": TO["SMS"],
        "body": WORDS,
        "num_segments": "1",
        "status": "delivered",
        "date_created": format_datetime(at),
    }
    return {**own, **changed}


def page(*messages: Any, following: str | None = None) -> bytes:
    return said(200, {"messages": list(messages), "next_page_uri": following})


def look_up(clock: ManualClock, *answers: bytes, **trace: Any) -> tuple[Lookup, list[Asked]]:
    with double("twilio", clock, *answers) as twilio:
        return twilio.wired().look_up(a_trace("SMS", **trace)), twilio.asked


def test_a_message_is_found_by_its_address_time_and_words(clock: ManualClock) -> None:
    found, asked = look_up(clock, page(message(sid="SM" + "2" * 32, body="Another"), message()))

    assert found == Found(SID, {"segments": 1, "status": "delivered"})
    assert asked[0].query == {"To": TO["SMS"], "PageSize": "200"}, "the sender may have changed, the day is not set"


@pytest.mark.parametrize(("unit", "facts"), [("USD", {"price": "0.00830"}), ("EUR", {}), (None, {})])
def test_the_records_tell_the_price_once_there_is_one(clock: ManualClock, unit: Any, facts: dict[str, Any]) -> None:
    found, _ = look_up(clock, page(message(price="-0.00830", price_unit=unit)))

    assert found == Found(SID, {"segments": 1, "status": "delivered", **facts})


def test_white_space_does_not_matter(clock: ManualClock) -> None:
    found, _ = look_up(clock, page(message(body=f"  {WORDS}\n")))

    assert isinstance(found, Found)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        # Shown in whole seconds: what began in the second of `since` may have been accepted after it.
        (START - timedelta(seconds=6), Missing),
        (START - timedelta(seconds=5), Found),
        (START, Found),
        (START + timedelta(seconds=294), Found),
        (START + timedelta(seconds=295), Missing),
        (START + timedelta(days=1), Missing),
    ],
)
def test_only_the_time_in_question_counts(clock: ManualClock, at: datetime, found: type) -> None:
    assert isinstance(look_up(clock, page(message(at)))[0], found)


def test_seconds_are_rounded_towards_finding(clock: ManualClock) -> None:
    since = START.replace(microsecond=900_000)

    found, _ = look_up(clock, page(message(START)), since=since)

    assert isinstance(found, Found), "12:00:00 may have been 12:00:00.950"


@pytest.mark.parametrize(
    "nothing",
    [
        [],
        [message(sid="known")],
        [message(direction="inbound")],
        [message(START - timedelta(days=3), body="Something else")],
    ],
)
def test_what_is_not_there_was_not_accepted(clock: ManualClock, nothing: list[Any]) -> None:
    assert look_up(clock, page(*nothing))[0] == Missing()


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Sent from your Twilio trial account - " + WORDS},
        {"body": ""},
        {"body": None},
        {"sid": None},
        {"body": "Something else", "date_created": None},
        {"body": "Something else", "date_created": "yesterday"},
        {"body": "Something else", "date_created": format_datetime(START.replace(tzinfo=None))},
    ],
)
def test_a_message_that_may_be_ours_is_never_taken_for_another(clock: ManualClock, other: Any) -> None:
    assert isinstance(look_up(clock, page(message(**other)))[0], Blind)


def test_every_page_is_read(clock: ManualClock) -> None:
    following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=%2B1&PageSize=200&Page=1&PageToken=PASM1"

    found, asked = look_up(clock, page(message(START - timedelta(days=1)), following=following), page(message()))

    assert isinstance(found, Found)
    assert [one.path for one in asked[1:]] == [following]


@pytest.mark.parametrize(
    "following", ["https://elsewhere.example/x", "/2010-04-01/Accounts/other/Messages.json?x", "//x", 7]
)
def test_a_next_page_is_read_nowhere_else(clock: ManualClock, following: Any) -> None:
    found, asked = look_up(clock, page(following=following))

    assert isinstance(found, Blind)
    assert len(asked) == 1


def test_pages_without_end_are_given_up(clock: ManualClock) -> None:
    following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"

    assert isinstance(look_up(clock, page(following=following))[0], Blind)


@pytest.mark.parametrize(
    "answer", [b"", said(500), said(429), said(404), said(200, b"<html>"), said(200, {"messages": None}), said(302)]
)
def test_records_that_cannot_be_read_prove_nothing(clock: ManualClock, answer: bytes) -> None:
    assert isinstance(look_up(clock, answer)[0], Blind)


# --- checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "ok", "detail"),
    [
        (said(200, {"status": "active"}), True, "Twilio knows the account."),
        (said(200, {"status": "suspended"}), False, "Twilio knows the account, but it is not active."),
        (said(401), False, "Twilio: it does not take the credentials (401)."),
        (said(503), False, "Twilio answered 503."),
        (b"", False, "Twilio: the connection broke before an answer came."),
    ],
)
def test_an_account_is_checked_by_reading_it(clock: ManualClock, answer: bytes, ok: bool, detail: str) -> None:
    with double("twilio", clock, answer) as twilio:
        checked = twilio.wired().check()

    assert (checked.ok, checked.detail) == (ok, detail)
    assert [(one.method, one.path) for one in twilio.asked] == [("GET", f"/2010-04-01/Accounts/{ACCOUNT}.json")]
