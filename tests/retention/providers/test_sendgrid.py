"""E-mail by SendGrid: what is asked, what the answers mean, and how a message is found again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.providers.outcomes import SET_UP_PAUSE, Unauthorized
from retention.providers.port import Accepted, Blind, EmailBody, Found, Lookup, Missing, NotAccepted, Rejected, Unclear
from tests.retention.providers.double import BODIES, CORRELATION, TO, Asked, a_trace, an_order, double, said
from tests.start import START

REF = "dlLPRrl_RNqfxVWYbuYhPg"
IDENTIFIER = f"{REF}.recvd-7f8b9c-abcde-1-65A0B1C2-1.0"
TAKEN = said(202, X_Message_Id=REF)


def test_a_message_is_asked_for_as_sendgrid_wants_it(clock: ManualClock) -> None:
    with double("sendgrid", clock, TAKEN) as sendgrid:
        outcome = sendgrid.wired().send(an_order("EMAIL"))

    assert outcome == Accepted(REF)
    (asked,) = sendgrid.asked
    assert (asked.method, asked.path) == ("POST", "/v3/mail/send")
    assert asked.headers["Authorization"] == "Bearer SG.sendgrid-key"
    assert asked.json == {
        "personalizations": [
            {"to": [{"email": "ada@example.com"}], "custom_args": {"x": "signed.key-1_2", "c": CORRELATION}}
        ],
        "from": {"email": "hello@shop.example", "name": "The Shop"},
        "subject": "Hello, Ada",
        "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
        "headers": {
            "Message-ID": f"<{CORRELATION}@shop.example>",
            "List-Unsubscribe": "<https://us.example/u/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "categories": ["retention-center"],
        "tracking_settings": {"subscription_tracking": {"enable": False}},
    }


def test_an_empty_part_and_an_empty_name_are_left_out(clock: ManualClock) -> None:
    body = EmailBody("Caf\u00e9 \U0001f642", "<p>Hi</p>", "", "https://us.example/u/t")
    with double("sendgrid", clock, TAKEN) as sendgrid:
        sendgrid.wired(fromName=None).send(an_order("EMAIL", body=body))

    asked = sendgrid.asked[0].json
    assert asked["from"] == {"email": "hello@shop.example"}
    assert asked["content"] == [{"type": "text/html", "value": "<p>Hi</p>"}]
    assert asked["subject"] == "Caf\u00e9 \U0001f642"


def test_nothing_of_the_lead_is_where_it_would_outlive_it(clock: ManualClock) -> None:
    with double("sendgrid", clock, TAKEN) as sendgrid:
        sendgrid.wired().send(an_order("EMAIL", name="Ada"))

    asked = sendgrid.asked[0].json
    stored = str([asked["categories"], asked["personalizations"][0]["custom_args"]])
    assert TO["EMAIL"] not in stored
    assert "Ada" not in stored


@pytest.mark.parametrize("status", [200, 202])
def test_a_success_without_an_id_is_a_success(clock: ManualClock, status: int) -> None:
    with double("sendgrid", clock, said(status)) as sendgrid:
        assert sendgrid.wired().send(an_order("EMAIL")) == Accepted(None)


def errors(field: str | None) -> dict[str, Any]:
    return {"errors": [{"message": f"{TO['EMAIL']} is not ...", "field": field, "help": None}]}


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry_after"),
    [
        (400, errors("personalizations.0.to.0.email"), Rejected, None),
        (400, errors("subject"), Rejected, None),
        (400, errors(None), Rejected, None),
        (400, {"errors": "none"}, Rejected, None),
        (400, errors("from"), NotAccepted, SET_UP_PAUSE),
        (400, errors("from.email"), NotAccepted, SET_UP_PAUSE),
        (400, errors("from_there"), Rejected, None),
        (401, errors(None), Unauthorized, SET_UP_PAUSE),
        (403, errors("from"), NotAccepted, SET_UP_PAUSE),
        (403, errors(None), NotAccepted, SET_UP_PAUSE),
        (404, None, NotAccepted, SET_UP_PAUSE),
        (405, None, NotAccepted, SET_UP_PAUSE),
        (413, b"<html>nginx</html>", Rejected, None),
        (415, None, NotAccepted, SET_UP_PAUSE),
        (429, errors(None), NotAccepted, 7.0),
        (500, errors(None), Unclear, None),
        (502, b"<html>", Unclear, None),
        (503, None, Unclear, None),
    ],
)
def test_a_refusal_says_what_becomes_of_the_message(
    clock: ManualClock, status: int, body: Any, kind: type, retry_after: float | None
) -> None:
    with double("sendgrid", clock, said(status, body, Retry_After="7")) as sendgrid:
        outcome = sendgrid.wired().send(an_order("EMAIL"))

    assert type(outcome) is kind
    assert not isinstance(outcome, Accepted)
    assert (outcome.code, getattr(outcome, "retry_after", None)) == (str(status), retry_after)
    assert getattr(outcome, "suppress", None) is None
    assert TO["EMAIL"] not in outcome.detail
    assert len(sendgrid.asked) == 1


# --- look-ups -----------------------------------------------------------------------------------------------------


def row(at: datetime | str = START, **changed: Any) -> dict[str, Any]:
    own = {
        "from_email": "hello@shop.example",
        "sg_message_id": IDENTIFIER,
        "subject": "Hello, Ada",
        "to_email": TO["EMAIL"],
        "status": "delivered",
        "sg_message_id_created_at": at if isinstance(at, str) else at.isoformat(),
    }
    return {**own, **changed}


class Logs:
    """SendGrid's logs: what a search shows, and what each message shows alone."""

    def __init__(self, rows: list[Any], alone: Mapping[str, Any]) -> None:
        self._rows = rows
        self._alone = alone

    def __call__(self, asked: Asked) -> bytes:
        if asked.method == "POST":
            return said(200, {"messages": self._rows})
        shown = self._alone.get(asked.path.rpartition("/")[2], 404)
        return said(shown) if isinstance(shown, int) else said(200, shown)


OURS = {"custom_args": {"x": "key", "c": CORRELATION}}
ANOTHER = {"custom_args": {"x": "key", "c": "another"}}
FOREIGN = {"custom_args": {"their": "own"}}


def look_up(clock: ManualClock, rows: list[Any], alone: Mapping[str, Any], **trace: Any) -> tuple[Lookup, list[Asked]]:
    with double("sendgrid", clock, Logs(rows, alone)) as sendgrid:
        return sendgrid.wired().look_up(a_trace("EMAIL", **trace)), sendgrid.asked


def test_a_message_is_found_by_its_correlation(clock: ManualClock) -> None:
    other = row(sg_message_id="another", subject="Hello, Ada")

    found, asked = look_up(clock, [other, row()], {"another": ANOTHER, IDENTIFIER: OURS})

    assert found == Found(REF, {"status": "delivered"})
    query = (
        "to_email = 'ada@example.com' AND sg_message_id_created_at >= TIMESTAMP \"2026-02-18T11:59:55Z\""
        ' AND sg_message_id_created_at < TIMESTAMP "2026-02-18T12:04:56Z"'
    )
    assert asked[0].json == {"query": query, "limit": 1000}


@pytest.mark.parametrize(
    ("identifier", "ref"),
    [
        (IDENTIFIER, REF),
        (f"{REF}.filterdrecv-p3iad2-abc-18-5D.0", REF),
        (REF, REF),
        ("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "14c5d75ce93.dfd.64b469"),
        ("short", "short"),
    ],
)
def test_its_id_is_the_one_that_the_answer_to_the_request_shows(clock: ManualClock, identifier: str, ref: str) -> None:
    found, _ = look_up(clock, [row(sg_message_id=identifier)], {identifier: OURS})

    assert isinstance(found, Found)
    assert found.ref == ref
    assert look_up(clock, [row(sg_message_id=identifier)], {identifier: OURS}, known_refs={ref})[0] == Missing()


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (START - timedelta(seconds=6), Missing),
        (START - timedelta(seconds=5), Found),
        (START, Found),
        (START + timedelta(milliseconds=294_999), Found),
        (START + timedelta(seconds=295), Missing),
        (START + timedelta(milliseconds=295_001), Missing),
        ("2026-02-18T12:00:00Z", Found),
        ("2026-02-18T12:00:00", Found),
        ("2026-02-18T13:00:00+01:00", Found),
        ("some time", Found),
    ],
)
def test_only_the_time_in_question_counts(clock: ManualClock, at: Any, found: type) -> None:
    assert isinstance(look_up(clock, [row(at)], {IDENTIFIER: OURS})[0], found)


@pytest.mark.parametrize("alone", [ANOTHER, FOREIGN, {"custom_args": {}}])
def test_a_message_without_our_correlation_is_not_ours(clock: ManualClock, alone: Any) -> None:
    assert look_up(clock, [row()], {IDENTIFIER: alone})[0] == Missing()


@pytest.mark.parametrize("alone", [404, 403, 500, 429, {}, {"custom_args": None}, []])
def test_where_a_message_does_not_show_it_the_subject_decides_or_nothing(clock: ManualClock, alone: Any) -> None:
    same, _ = look_up(clock, [row()], {IDENTIFIER: alone})
    other, _ = look_up(clock, [row(subject="Something else")], {IDENTIFIER: alone})

    assert isinstance(same, Found)
    assert isinstance(other, Blind), "it may be ours, changed on the way"


def test_what_is_not_there_was_not_accepted(clock: ManualClock) -> None:
    found, asked = look_up(clock, [], {})

    assert found == Missing()
    assert len(asked) == 1


def test_an_address_is_looked_for_as_given_and_in_lower_case(clock: ManualClock) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.method == "GET":
            return said(200, OURS)
        return said(200, {"messages": [row()] if "'ada@example.com'" in asked.json["query"] else []})

    trace = a_trace("EMAIL")._replace(to="Ada@example.com")
    with double("sendgrid", clock, answer) as sendgrid:
        found = sendgrid.wired().look_up(trace)

    assert isinstance(found, Found)
    assert len(sendgrid.asked) == 3


@pytest.mark.parametrize("address", ["o'brien@example.com", 'a"b@example.com', "a\\b@example.com"])
def test_an_address_that_would_end_a_query_is_not_asked_for(clock: ManualClock, address: str) -> None:
    found, asked = look_up(clock, [], {}, to=address)

    assert isinstance(found, Blind)
    assert asked == []


def test_too_many_messages_that_may_be_the_one_prove_nothing(clock: ManualClock) -> None:
    rows = [row(sg_message_id=f"id{number}") for number in range(9)]

    assert isinstance(look_up(clock, rows, {})[0], Blind)


def test_a_search_that_was_cut_off_proves_nothing(clock: ManualClock) -> None:
    long_ago = [row(START - timedelta(days=1), sg_message_id=f"id{number}") for number in range(1000)]

    assert look_up(clock, long_ago[1:], {})[0] == Missing()
    assert isinstance(look_up(clock, long_ago, {})[0], Blind), "there are no further pages to ask for"


@pytest.mark.parametrize("answer", [b"", said(403), said(404), said(429), said(500), said(200, {}), said(200, b"x")])
def test_logs_that_cannot_be_read_prove_nothing(clock: ManualClock, answer: bytes) -> None:
    with double("sendgrid", clock, answer) as sendgrid:
        assert isinstance(sendgrid.wired().look_up(a_trace("EMAIL")), Blind)


def test_the_subject_of_the_tests_is_the_one_that_is_sent() -> None:
    assert isinstance(BODIES["EMAIL"], EmailBody)
    assert BODIES["EMAIL"].subject == row()["subject"]


# --- checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "ok", "detail"),
    [
        (said(200, {"scopes": ["mail.send"]}), True, "SendGrid knows the key, and it may send e-mail."),
        (
            said(200, {"scopes": ["alerts.read"]}),
            False,
            "SendGrid knows the key, but it may not send e-mail (scope mail.send).",
        ),
        (said(401), False, "SendGrid: it does not take the credentials (401)."),
        (said(500), False, "SendGrid answered 500."),
    ],
)
def test_a_key_is_checked_by_what_it_may_do(clock: ManualClock, answer: bytes, ok: bool, detail: str) -> None:
    with double("sendgrid", clock, answer) as sendgrid:
        checked = sendgrid.wired().check()

    assert (checked.ok, checked.detail) == (ok, detail)
    assert [(one.method, one.path) for one in sendgrid.asked] == [("GET", "/v3/scopes")]
