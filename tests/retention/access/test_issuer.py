"""When the issuer of tokens is asked for its keys, and which it may give."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from retention.access.issuer import IssuerKeys, IssuerUnavailableError, https_get
from retention.clock import ManualClock
from tests.issuer import EC_KEY, ISSUER, OTHER_RSA_KEY, RSA_KEY, Issuer, published
from tests.start import START


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def test_keys_are_asked_for_once_in_ten_minutes(clock: ManualClock) -> None:
    issuer = Issuer()
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)

    for _ in range(3):
        assert keys.find("one") is not None
        assert keys.find("two") is not None
        clock.advance(199)
    assert len(issuer.asked) == 2
    clock.advance(3)
    assert keys.find("one") is not None
    assert len(issuer.asked) == 4


def test_a_new_key_is_found_at_once_and_a_made_up_one_does_not_make_us_ask_all_the_time(clock: ManualClock) -> None:
    issuer = Issuer()
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)
    assert keys.find("one") is not None
    clock.advance(31)

    issuer.keys.append(published(OTHER_RSA_KEY, "three"))
    assert keys.find("three") is not None
    asked = len(issuer.asked)
    for number in range(100):
        assert keys.find(f"made-up-{number}") is None

    assert len(issuer.asked) == asked
    clock.advance(31)
    assert keys.find("made-up") is None
    assert len(issuer.asked) == asked + 2


def test_a_withdrawn_key_is_forgotten_within_ten_minutes(clock: ManualClock) -> None:
    issuer = Issuer()
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)
    assert keys.find("one") is not None

    del issuer.keys[0]
    clock.advance(600)

    assert keys.find("one") is None


def test_known_keys_are_used_for_an_hour_while_the_issuer_is_down(clock: ManualClock) -> None:
    issuer = Issuer()
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)
    assert keys.find("one") is not None

    issuer.down = True
    clock.advance(3599)
    assert keys.find("one") is not None
    clock.advance(1)
    with pytest.raises(IssuerUnavailableError):
        keys.find("one")


def test_an_issuer_that_is_down_is_not_asked_by_every_request_while_keys_are_known(clock: ManualClock) -> None:
    issuer = Issuer()
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)
    keys.find("one")
    issuer.down = True
    clock.advance(601)

    for _ in range(10):
        assert keys.find("one") is not None

    assert len(issuer.asked) == 3


def test_an_issuer_that_comes_back_is_believed_at_once(clock: ManualClock) -> None:
    issuer = Issuer(down=True)
    keys = IssuerKeys(ISSUER, clock, issuer.fetch)
    with pytest.raises(IssuerUnavailableError):
        keys.find("one")

    issuer.down = False

    assert keys.find("one") is not None


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://evil.example.com/", "jwks_uri": "https://login.example.com/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://login.example.com/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": 7},
        {"issuer": ISSUER},
        [],
    ],
)
def test_a_configuration_that_is_not_the_issuers_is_not_believed(clock: ManualClock, configuration: Any) -> None:
    issuer = Issuer(configuration=configuration)

    with pytest.raises(IssuerUnavailableError):
        IssuerKeys(ISSUER, clock, issuer.fetch).find("one")

    assert len(issuer.asked) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {},
        "a key",
        {"kty": "oct", "kid": "one", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "one"},
        {"kty": "RSA", "kid": "one", "n": 1, "e": None},
        {"kty": "RSA", "kid": "one", "n": "AA", "e": "AA"},
        {**published(RSA_KEY, None), "kid": ["one"]},
        published(RSA_KEY, "one", use="enc"),
        published(RSA_KEY, "one", alg="RS512"),
        published(EC_KEY, "one", crv="P-384"),
    ],
)
def test_keys_that_cannot_sign_as_we_accept_it_are_left_out(clock: ManualClock, entry: Any) -> None:
    alone = Issuer(keys=[entry])
    with pytest.raises(IssuerUnavailableError):
        IssuerKeys(ISSUER, clock, alone.fetch).find("one")

    among_others = Issuer(keys=[entry, published(OTHER_RSA_KEY, "good")])
    keys = IssuerKeys(ISSUER, clock, among_others.fetch)
    assert keys.find("good") is not None
    assert keys.find("one") is None


@pytest.mark.parametrize("url", ["http://example.com/", "file:///etc/passwd", "ftp://example.com/", "//example.com"])
def test_nothing_is_fetched_but_over_https(url: str) -> None:
    with pytest.raises(OSError, match="not https"):
        https_get(url, 1)


@pytest.fixture
def plain_server() -> Iterator[int]:
    """A server that speaks no TLS."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        yield server.server_port
        thread.join()


def test_an_issuer_without_tls_counts_as_unreachable(plain_server: int) -> None:
    with pytest.raises(OSError, match=r"SSL|ssl"):
        https_get(f"https://127.0.0.1:{plain_server}/", 30)
