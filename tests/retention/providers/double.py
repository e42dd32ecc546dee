"""A provider on the loopback that says what it is told, and holds every request against the published description."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from retention.clock import ManualClock
from retention.config import Settings
from retention.fields import Channel
from retention.integrations.providers import HOSTS, PROVIDERS
from retention.providers.destination import Destinations
from retention.providers.digest import digest_of
from retention.providers.directory import WIRED, Wired
from retention.providers.http import HttpClient
from retention.providers.port import Body, CallBody, EmailBody, Order, TextBody, Trace
from tests.retention.providers.listener import Listener, Visit
from tests.retention.providers.openapi import violations
from tests.start import START

ACCOUNT = "AC" + "0123456789abcdef" * 2
#: Settings with which each provider is asked.
CONFIGS: dict[str, dict[str, Any]] = {
    "twilio": {"accountSid": ACCOUNT, "authToken": "twilio-token", "fromNumber": "+15559990000"},
    "sendgrid": {"apiKey": "SG.sendgrid-key", "fromEmail": "hello@shop.example", "fromName": "The Shop"},
    "vapi": {"apiKey": "vapi-key", "phoneNumberId": "11111111-2222-4333-8444-555555555555", "assistantId": "asst-1"},
}
BODIES: dict[Channel, Body] = {
    "SMS": TextBody("Hello Ada & co, 100 %: caf\u00e9 \U0001f642"),
    "EMAIL": EmailBody("Hello, Ada", "<p>Hello</p>", "Hello", "https://us.example/u/token"),
    "CALL": CallBody("Be kind.", "Hello Ada!", {}, {"firstName": "Ada"}),
}
TO: dict[Channel, str] = {"SMS": "+15551234567", "EMAIL": "ada@example.com", "CALL": "+15551234567"}
CORRELATION = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """Its body as a form, each field once."""
        fields = parse_qsl(self.body.decode(), keep_blank_values=True)
        assert len(fields) == len(dict(fields))
        return dict(fields)

    @property
    def query(self) -> dict[str, str]:
        """Its query."""
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))


#: What is said to a request: a whole HTTP answer.
Answering = Callable[[Asked], bytes]


def said(status: int, body: Any = None, **headers: str) -> bytes:
    """An HTTP answer; a body other than bytes becomes JSON."""
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {**headers, "Content-Length": str(len(text))}
    lines = [
        f"HTTP/1.1 {status} Said",
        *(f"{name.replace('_', '-')}: {value}" for name, value in named.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + text


class Double:
    """One provider."""

    def __init__(self, provider: str, clock: ManualClock) -> None:
        self.provider = provider
        self.asked: list[Asked] = []
        self.violations: list[str] = []
        self.answers: list[bytes | Answering] = []
        self._listener = Listener(self._act)
        self.url = self._listener.url
        self.http = HttpClient(clock, Destinations(HOSTS, [self.url]))

    def _act(self, visit: Visit) -> None:
        while data := visit.read_request():
            asked = _parsed(data)
            self.asked.append(asked)
            self.violations += violations(self.provider, asked.method, asked.path, asked.headers, asked.body)
            # The last answer stands for all that follow.
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            text = answer(asked) if callable(answer) else answer
            if not text:
                return
            visit.say(text)

    def wired(self, **settings: Any) -> Wired:
        """The provider's adapter, pointed here. A setting of None is left out."""
        config = {**CONFIGS[self.provider], "baseUrl": self.url, **settings}
        config = {name: value for name, value in config.items() if value is not None}
        allowing = Settings(table_name="none", allowed_provider_urls=self.url)
        return WIRED[self.provider](PROVIDERS[self.provider].parse(config, allowing), self.http)

    def close(self) -> None:
        """End it."""
        self.http.close()
        self._listener.close()


@contextmanager
def double(provider: str, clock: ManualClock, *answers: bytes | Answering) -> Iterator[Double]:
    """A provider for as long as it is needed; every request that it got must have been a right one."""
    it = Double(provider, clock)
    it.answers += answers
    try:
        yield it
    finally:
        it.close()
    assert it.violations == [], it.violations


def _parsed(data: bytes) -> Asked:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    return Asked(method, path, dict(line.split(": ", 1) for line in lines), body)


def an_order(channel: Channel, **changed: Any) -> Order:
    """A message, complete."""
    to, body = TO[channel], BODIES[channel]
    order = Order(
        work="lead.sequence.1.step",
        channel=channel,
        to=to,
        name="Ada",
        body=body,
        correlation=CORRELATION,
        callback_key="signed.key-1_2",
        callback_url="https://us.example/webhooks/it",
        digest=digest_of(to, body),
    )
    return order._replace(**changed)


def a_trace(channel: Channel, **changed: Any) -> Trace:
    """The trace of such a message, sent at START: from 5 s before until 5 minutes after."""
    order = an_order(channel)
    trace = Trace(
        channel=channel,
        to=order.to,
        correlation=order.correlation,
        digest=order.digest,
        at=START,
        since=START - timedelta(seconds=5),
        until=START + timedelta(seconds=295),
        known_refs=frozenset({"known"}),
    )
    return trace._replace(**changed)
