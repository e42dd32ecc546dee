"""The sandbox takes, refuses and lists text messages as Twilio does."""

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import MESSAGES, Asking, Receiver, until_true
from tools.sandbox.accounts import TWILIO_ACCOUNT, TWILIO_NUMBER
from tools.sandbox.running import Sandbox


def test_a_message_that_was_accepted_is_in_the_ledger(ask: Asking, sandbox: Sandbox) -> None:
    callback = "https://here.example/webhooks/twilio/status?x=key-of-ours#rp=all&rc=5"

    answer = ask.text("+12025550100", StatusCallback=callback)

    assert (answer.status, answer.json()["status"]) == (201, "queued")
    (entry,) = sandbox.ledger()
    assert (entry.provider, entry.to, entry.key, entry.ref) == (
        "twilio",
        "+12025550100",
        "key-of-ours",
        answer.json()["sid"],
    )
    assert entry.message["Body"] == "Hello!"


def test_the_fingerprint_tells_other_texts_apart_and_nothing_else(ask: Asking, sandbox: Sandbox) -> None:
    ask.text("+12025550100", Body="One")
    ask.text("+12025550101", Body="One", StatusCallback="https://here.example/?x=2")
    ask.text("+12025550100", Body="Two")

    first, same, other = (entry.digest for entry in sandbox.ledger())
    assert first == same != other


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "2025550100"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "", "MessagingServiceSid": "MG1"}, 21701),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"StatusCallback": "https://my_host.example/"}, 21609),
    ],
)
def test_a_wrong_message_is_refused_with_twilios_code(
    ask: Asking, sandbox: Sandbox, form: dict[str, str], code: int
) -> None:
    answer = ask.form(form)

    assert (answer.status, answer.json()["code"]) == (400, code)
    assert sandbox.ledger() == []


def test_json_has_no_parameters(ask: Asking) -> None:
    headers = {"Authorization": "Basic none", "Content-Type": "application/json"}
    assert ask.ask("POST", MESSAGES, b'{"To": "+12025550100"}', headers).json()["code"] == 20003


def test_other_credentials_are_refused(ask: Asking, sandbox: Sandbox) -> None:
    answer = ask.ask("POST", MESSAGES, b"To=%2B12025550100", {"Authorization": "Basic bm9ib2R5Om5vbmU="})

    assert (answer.status, answer.json()["code"]) == (401, 20003)
    assert sandbox.ledger() == []


def test_a_list_is_filtered_and_comes_in_pages_the_newest_first(ask: Asking, sandbox: Sandbox) -> None:
    for number in (1, 2, 3):
        ask.text("+12025550100", Body=f"Text {number}")
    ask.text("+12025550199")

    first = ask.twilio("GET", f"{MESSAGES}?To=%2B12025550100&From=%2B15005550006&PageSize=2").json()
    second = ask.twilio("GET", first["next_page_uri"]).json()

    assert [one["body"] for one in first["messages"] + second["messages"]] == ["Text 3", "Text 2", "Text 1"]
    assert second["next_page_uri"] is None
    assert ask.twilio("GET", f"{MESSAGES}?From=%2B15005550007").json()["messages"] == []


def test_a_list_by_date_of_sending_leaves_out_what_still_waits(
    ask: Asking, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.faults({"kind": "outcome", "outcome": "queued", "times": 1})
    ask.text(Body="waits")
    sent = ask.text(Body="sent").json()["sid"]
    until_true(lambda: ask.twilio("GET", MESSAGES.replace(".json", f"/{sent}.json")).json()["status"] == "delivered")
    day = clock.now().date().isoformat()

    def bodies(query: str) -> list[str]:
        return [one["body"] for one in ask.twilio("GET", f"{MESSAGES}?{query}").json()["messages"]]

    assert bodies("") == ["sent", "waits"]
    assert bodies(f"DateSent={day}") == bodies(f"DateSent%3E={day}") == bodies(f"DateSent%3C={day}") == ["sent"]
    assert bodies("DateSent%3E=2999-01-01") == []
    at = clock.now().replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert bodies(f"DateSent%3E={at}") == bodies(f"DateSent%3C={at}") == ["sent"]


def test_records_carry_the_time_of_the_clock_that_was_given(ask: Asking, sandbox: Sandbox, clock: ManualClock) -> None:
    clock.advance(86_400)
    ask.text()

    assert sandbox.ledger()[0].at == clock.now()


def test_a_receiver_who_says_stop_gets_no_further_text(ask: Asking, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults({"kind": "reply", "text": "Stop", "to": "+12025550100"})
    ask.text("+12025550100")

    (told,) = receiver.wait_for(1)

    assert told.path == "/webhooks/twilio/inbound"
    assert b"Body=Stop" in told.body
    assert b"FromCity=&" in told.body
    assert ask.text("+12025550100").json()["code"] == 21610
    assert ask.text("+12025550101").status == 201


def test_the_account_can_be_read_as_a_check(ask: Asking) -> None:
    assert ask.twilio("GET", f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}.json").json()["status"] == "active"
    assert ask.twilio("GET", "/2010-04-01/Accounts/AC0.json").status == 404


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, "1"),
        ("a" * 161, "2"),
        ("€" * 80, "1"),
        ("€" * 81, "2"),
        ("я" * 70, "1"),
        ("я" * 71, "2"),
        ("😀" * 36, "2"),
    ],
)
def test_a_long_text_goes_in_segments(ask: Asking, text: str, segments: str) -> None:
    assert ask.text(Body=text, From=TWILIO_NUMBER).json()["num_segments"] == segments
