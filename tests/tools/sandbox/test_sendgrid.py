"""The sandbox takes, refuses and lists e-mails as SendGrid does."""

from typing import Any

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import Asking
from tools.sandbox.running import Sandbox


def test_a_mail_that_was_accepted_is_in_the_ledger(ask: Asking, sandbox: Sandbox) -> None:
    answer = ask.mail("ada@example.com", custom_args={"x": "key"}, headers={"Message-ID": "<corr@here.example>"})

    assert (answer.status, answer.body) == (202, b"")
    (entry,) = sandbox.ledger()
    assert (entry.ref, entry.to) == (answer.headers["x-message-id"], "ada@example.com")
    assert (entry.key, entry.correlation) == ("key", "<corr@here.example>")


def test_each_receiver_has_an_entry(ask: Asking, sandbox: Sandbox) -> None:
    ask.mail(personalizations=[{"to": [{"email": "ada@example.com"}]}, {"to": [{"email": "alan@example.com"}]}])

    assert [entry.to for entry in sandbox.ledger()] == ["ada@example.com", "alan@example.com"]


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "ada"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "a@b.co"}], "too": 1}]}, "personalizations.0"),
        ({"custom_args": {}, "personalizations": [{"to": [{"email": "a@b.co"}], "custom_args": {"x": 1}}]}, None),
        ({"from": {"name": "Ada"}}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]}, "content"),
        ({"categories": ["same", "same"]}, "categories"),
        ({"headers": {"X-SG-ID": "1"}}, "headers.X-SG-ID"),
        ({"headers": {"X-Ours": "one\r\nBcc: two"}}, "headers.X-Ours"),
        ({"subjekt": "Hello"}, "subjekt"),
    ],
)
def test_a_wrong_mail_is_refused_with_its_field(
    ask: Asking, sandbox: Sandbox, mail: dict[str, Any], field: str | None
) -> None:
    if "custom_args" in mail:
        field = "personalizations.0.custom_args"
        mail = {"personalizations": mail["personalizations"]}

    answer = ask.sendgrid(
        "POST",
        "/v3/mail/send",
        {
            "personalizations": [{"to": [{"email": "ada@example.com"}]}],
            "from": {"email": "us@example.com"},
            "subject": "Hello",
            "content": [{"type": "text/plain", "value": "Hello"}],
            **mail,
        },
    )

    assert answer.status == 400
    assert answer.json()["errors"][0]["field"] == field
    assert sandbox.ledger() == []


def test_another_key_is_refused(ask: Asking, sandbox: Sandbox) -> None:
    assert ask.ask("POST", "/v3/mail/send", b"{}", {"Authorization": "Bearer SG.other"}).status == 401
    assert sandbox.ledger() == []


def found(ask: Asking, query: str, limit: int = 10) -> list[str]:
    answer = ask.sendgrid("POST", "/v3/logs", {"query": query, "limit": limit})
    assert answer.status == 200, answer.body
    return [message["to_email"] for message in answer.json()["messages"]]


def test_the_logs_are_searched_by_receiver_subject_and_time(ask: Asking, clock: ManualClock) -> None:
    ask.mail("ada@example.com", subject='Say "hello"')
    clock.advance(60)
    ask.mail("ada@example.com", subject="Later")
    ask.mail("alan@example.com", subject="Later")
    at = clock.now().isoformat()

    assert found(ask, "") == ["alan@example.com", "ada@example.com", "ada@example.com"]
    assert found(ask, 'to_email = "ada@example.com"') == ["ada@example.com"] * 2
    assert found(ask, "to_email=\"ada@example.com\" AND subject='Later'") == ["ada@example.com"]
    assert found(ask, r'subject = "Say \"hello\""') == ["ada@example.com"]
    assert found(ask, f'sg_message_id_created_at < TIMESTAMP "{at}"') == ["ada@example.com"]
    assert found(ask, f'sg_message_id_created_at >= TIMESTAMP "{at}" AND status IN ("processed","delivered")', 1) == [
        "alan@example.com"
    ]


@pytest.mark.parametrize("query", ["to = 'x'", "subject = x", "subject = 'x' OR subject = 'y'", "subject > 'x'"])
def test_a_query_that_is_not_understood_is_refused(ask: Asking, query: str) -> None:
    assert ask.sendgrid("POST", "/v3/logs", {"query": query}).status == 400


def test_a_logged_mail_shows_what_was_sent_along_with_it(ask: Asking) -> None:
    ask.mail(custom_args={"x": "key"})
    (listed,) = ask.sendgrid("POST", "/v3/logs", {}).json()["messages"]

    shown = ask.sendgrid("GET", f"/v3/logs/{listed['sg_message_id']}").json()

    assert (shown["custom_args"], shown["subject"]) == ({"x": "key"}, "Your seat")
    assert ask.sendgrid("GET", "/v3/logs/none").status == 404


def test_the_scopes_can_be_read_as_a_check(ask: Asking) -> None:
    assert "mail.send" in ask.sendgrid("GET", "/v3/scopes").json()["scopes"]
