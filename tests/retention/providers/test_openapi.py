"""The check of outbound requests has teeth: what the providers would refuse, or silently ignore, is a violation."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.retention.providers.double import ACCOUNT
from tests.retention.providers.openapi import violations

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
BASIC = {
    "Authorization": "Basic " + b64encode(b"AC:token").decode(),
    "Content-Type": "application/x-www-form-urlencoded",
}
BEARER = {"Authorization": "Bearer key", "Content-Type": "application/json"}
FORM = {"To": "+15551234567", "From": "+15559990000", "Body": "Hi"}
MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "ada@example.com"}], "custom_args": {"x": "1"}}],
    "from": {"email": "us@example.com"},
    "subject": "Hi",
    "content": [{"type": "text/plain", "value": "Hi"}],
}
CALL: dict[str, Any] = {"phoneNumberId": "n", "assistantId": "a", "customer": {"number": "+15551234567"}, "name": "n"}


def sms(*, path: str = MESSAGES, headers: dict[str, str] = BASIC, **changed: Any) -> list[str]:
    fields = {name: value for name, value in {**FORM, **changed}.items() if value is not None}
    return violations("twilio", "POST", path, headers, urlencode(fields, doseq=True).encode())


def mail(**changed: Any) -> list[str]:
    fields = {name: value for name, value in {**MAIL, **changed}.items() if value is not None}
    return violations("sendgrid", "POST", "/v3/mail/send", BEARER, json.dumps(fields).encode())


def call(**changed: Any) -> list[str]:
    return violations("vapi", "POST", "/call", BEARER, json.dumps({**CALL, **changed}).encode())


def test_right_requests_have_no_violations() -> None:
    assert sms() == mail() == call() == []
    assert sms(MediaUrl=["https://example.com/a.png", "https://example.com/b.png"]) == []
    assert violations("twilio", "GET", f"{MESSAGES}?To=%2B1555&PageSize=50", BASIC, b"") == []
    assert violations("twilio", "DELETE", f"{MESSAGES[:-5]}/SM{'0' * 32}.json", BASIC, b"") == []
    assert violations("vapi", "DELETE", "/call/11111111-2222-4333-8444-555555555555", BEARER, b"{}") == []
    assert violations("sendgrid", "POST", "/v3/recipients/erasejob", BEARER, b'{"email_addresses": ["a@b.co"]}') == []
    assert violations("vapi", "GET", "/call?limit=20&createdAtGe=2026-02-18T12:00:00.000Z", BEARER, b"") == []


@pytest.mark.parametrize(
    "wrong",
    [
        sms(To=None),
        sms(Mesage="x"),
        sms(MessagingServiceSid="MGxx"),
        sms(ValidityPeriod="abc"),
        sms(StatusCallback="not an address"),
        sms(ScheduleType="later"),
        sms(Body=["a", "b"]),
        sms(path="/2010-04-01/Accounts/nope/Messages.json"),
        sms(path="/2010-04-01/Messages.json"),
        sms(path=f"{MESSAGES}?To=1"),
        sms(headers={**BASIC, "Content-Type": "application/json"}),
        sms(headers={**BASIC, "Authorization": "Bearer x"}),
        sms(headers={**BASIC, "Authorization": "Basic !"}),
        sms(headers={**BASIC, "Authorization": "Basic " + b64encode(b"nobody").decode()}),
        sms(headers={}),
        violations("twilio", "DELETE", MESSAGES, BASIC, b""),
        violations("twilio", "GET", f"{MESSAGES}?PageSize=5000", BASIC, b""),
        violations("twilio", "GET", f"{MESSAGES}?Too=1", BASIC, b""),
        violations("twilio", "GET", MESSAGES, BASIC, b"x"),
        mail(**{"from": None}),
        mail(personalizations=[{"too": []}]),
        mail(personalizations=[{"to": [{"email": "nobody"}]}]),
        mail(personalizations=[{"to": [{"mail": "ada@example.com"}]}]),
        mail(content=[{"type": "text/plain", "value": ""}]),
        mail(categories=[str(number) for number in range(11)]),
        mail(custom_args={"x": "1"}),
        mail(tracking_settings={"subscription_tracking": {"enabled": False}}),
        violations("sendgrid", "POST", "/v3/mail/send", BEARER, b"{"),
        violations("sendgrid", "POST", "/v3/logs", BEARER, b'{"query": "", "limit": 5000}'),
        call(metadata={"x": "1"}),
        call(name="x" * 41),
        call(customer={"number": "+15551234567", "external_id": "x"}),
        call(customer={"number": 5}),
        call(assistantOverrides={"variable_values": {}}),
        call(assistantOverrides={"serverMessages": ["everything"]}),
        call(assistantOverrides={"server": {"url": "https://us.example", "backoffPlan": {"maxRetries": 11}}}),
        call(assistantOverrides={"model": {"provider": "openai"}}),
        violations("twilio", "DELETE", f"{MESSAGES[:-5]}/CA{'0' * 32}.json", BASIC, b""),
        violations("sendgrid", "POST", "/v3/recipients/erasejob", BEARER, b'{"emails": ["a@b.co"]}'),
        violations("sendgrid", "POST", "/v3/recipients/erasejob", BEARER, b'{"email_addresses": []}'),
        violations("vapi", "DELETE", "/call/1", BEARER, b""),
        violations("vapi", "DELETE", "/call/1", BEARER, b'{"id": "1"}'),
        violations("vapi", "GET", "/call?limit=2000", BEARER, b""),
        violations("vapi", "GET", "/call?createdAtGe=yesterday", BEARER, b""),
        violations("vapi", "GET", "/phone-number/not-a-uuid/x", BEARER, b""),
    ],
)
def test_a_wrong_request_has_violations(wrong: list[str]) -> None:
    assert wrong
