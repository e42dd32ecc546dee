"""Connections to providers are secured, to the very address that was looked at, under the name that was asked for."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from retention.clock import ManualClock
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.http import Answer, HttpClient, NotSent, Reply, public_roots
from tests.retention.providers.certificates import Authority
from tests.retention.providers.listener import Act, CountingDialer, Visit, listening

NAME = "api.twilio.com"
PUBLIC = "93.184.216.34"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def securely(context: ssl.SSLContext, seen: list[str], requests: list[bytes]) -> Act:
    """A server that takes TLS only, and notes which name was asked for."""

    def hello(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        seen.append(name or "")

    context.sni_callback = hello

    def act(visit: Visit) -> None:
        with context.wrap_socket(visit.sock, server_side=True) as secure:
            requests.append(secure.recv(65_536))
            secure.sendall(OK)

    return act


def ask(clock: ManualClock, act: Act, authority: Authority, seconds: float = 30.0) -> tuple[Reply, CountingDialer]:
    with listening(act) as listener:
        dialer = CountingDialer(instead=listener.port)
        client = HttpClient(
            clock, Destinations([NAME]), resolve=lambda *_: [PUBLIC], dial=dialer, tls=authority.trusting
        )
        reply = client.exchange("POST", f"https://{NAME}/x", Deadline(seconds), body=b"secret")
        client.close()
    return reply, dialer


def test_the_name_is_asked_for_at_the_address_that_was_looked_at(clock: ManualClock, authority: Authority) -> None:
    seen: list[str] = []
    requests: list[bytes] = []

    reply, dialer = ask(clock, securely(authority.serving(NAME), seen, requests), authority)

    assert isinstance(reply, Answer)
    assert (dialer.dialed, seen) == ([PUBLIC], [NAME])
    assert b"\r\nHost: api.twilio.com\r\n" in requests[0]


@pytest.mark.parametrize("wrong", ["name", "authority", "expired"])
def test_a_server_that_is_not_who_it_should_be_sees_nothing(
    clock: ManualClock, authority: Authority, tmp_path: Path, wrong: str
) -> None:
    requests: list[bytes] = []
    signer = Authority(tmp_path, "Somebody else") if wrong == "authority" else authority
    shown = signer.serving("api.example.com" if wrong == "name" else NAME, expired=wrong == "expired")

    reply, _ = ask(clock, securely(shown, [], requests), authority)

    assert isinstance(reply, NotSent)
    assert (reply.code, requests) == ("tls_failed", [])


def test_a_server_without_tls_sees_nothing_of_the_request(clock: ManualClock, authority: Authority) -> None:
    heard: list[bytes] = []

    def act(visit: Visit) -> None:
        heard.append(visit.sock.recv(65_536))
        visit.say(OK)

    reply, _ = ask(clock, act, authority)

    assert isinstance(reply, NotSent)
    assert reply.code == "tls_failed"
    assert b"secret" not in heard[0]


def test_a_server_that_closes_before_it_is_known_was_sent_nothing(clock: ManualClock, authority: Authority) -> None:
    def act(visit: Visit) -> None:
        # Not before it was greeted: a connection that is gone by then leaves a socket of Python's own to its collector.
        visit.sock.recv(1)
        visit.reset()

    reply, _ = ask(clock, act, authority)

    assert isinstance(reply, NotSent)


def test_the_deadline_ends_a_handshake_that_drips(clock: ManualClock, authority: Authority) -> None:
    def act(visit: Visit) -> None:
        visit.drip(b"\x16\x03\x03\x40\x00" + b"\x00" * 60_000)

    reply, _ = ask(clock, act, authority, seconds=0.4)

    assert isinstance(reply, NotSent)
    assert reply.code in ("connect_timeout", "tls_failed")


def test_the_roots_of_the_public_verify_who_is_there() -> None:
    context = public_roots()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50


def test_a_name_that_changes_its_mind_is_looked_at_each_time(clock: ManualClock, authority: Authority) -> None:
    """Rebinding: public when it is looked at, inside when it is called. It is asked once for each connection."""
    requests: list[bytes] = []
    answers: list[Sequence[str]] = [[PUBLIC], ["127.0.0.1"], [PUBLIC, "169.254.169.254"]]
    asked = iter(answers)
    with listening(securely(authority.serving(NAME), [], requests)) as listener:
        dialer = CountingDialer(instead=listener.port)
        client = HttpClient(
            clock, Destinations([NAME]), resolve=lambda *_: next(asked), dial=dialer, tls=authority.trusting
        )
        replies = [client.exchange("POST", f"https://{NAME}/x", Deadline(30), body=b"") for _ in answers]
        client.close()

    assert [type(reply) for reply in replies] == [Answer, NotSent, NotSent]
    assert [reply.code for reply in replies if isinstance(reply, NotSent)] == ["address_refused"] * 2
    assert dialer.dialed == [PUBLIC]
    assert len(requests) == 1
