"""A team names its own address; it cannot make us ask one that is inside."""

import pytest

from retention.clock import ManualClock
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations, RefusedAddressError
from retention.providers.http import HttpClient, NotSent
from tests.retention.providers.listener import CountingDialer

ANYWHERE = Destinations((), ["http://127.0.0.1:4602"], anywhere=True)

REFUSED = [
    "http://hooks.example.com/x",
    "ftp://hooks.example.com/x",
    "https://hooks.example.com:8443/x",
    "https://hooks.example.com:80/x",
    "https://user@hooks.example.com/x",
    "https://hooks.example.com@10.0.0.1/x",
    "https://hooks.example.com#@10.0.0.1/x",
    "https://hooks.example.com\\@10.0.0.1/x",
    "https://hooks.example.com",
    "https://HOOKS.example.com/x",
    "https://hooks.example.com./x",
    "https://-hooks.example.com/x",
    "https://hooks..example.com/x",
    "https://localhost/x",
    "https://intranet/x",
    "https://x.localhost/x",
    "https://printer.local/x",
    "https://metadata.google.internal/x",
    "https://127.0.0.1/x",
    "https://8.8.8.8/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0x7f.1/x",
    "https://017700000001/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://127.0.0.1:4602/x",
    "http://127.0.0.1:4602@hooks.example.com/x",
    "http://127.0.0.1:46021/x",
    "http://127.0.0.1/x",
    "https://hooks.example.com/x y",
    "https://hooks.example.com/{x}",
    "https://hooks.example.com/\r\nHost: x",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_plainly_public_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        ANYWHERE.of(url)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://hooks.example.com/", "hooks.example.com", "/"),
        ("https://hooks.example.com:443/a/b?c=d&e=%20", "hooks.example.com", "/a/b?c=d&e=%20"),
        ("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", "/x"),
        ("http://127.0.0.1:4602/x", "127.0.0.1", "/x"),
    ],
)
def test_a_public_address_is_taken_and_what_the_deployment_allows(url: str, host: str, target: str) -> None:
    found = ANYWHERE.of(url)

    assert (found.origin.host, found.target) == (host, target)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.0.0.7"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["fd00:ec2::254"],
        ["93.184.216.34", "10.0.0.7"], [],
    ],
)  # fmt: skip
def test_a_public_name_that_leads_inside_is_not_even_dialed(clock: ManualClock, addresses: list[str]) -> None:
    dialer = CountingDialer()
    client = HttpClient(clock, ANYWHERE, resolve=lambda name, port: addresses, dial=dialer)

    reply = client.exchange("POST", "https://rebound.example.com/x", Deadline(5), body=b"{}")

    assert isinstance(reply, NotSent)
    assert reply.code == "address_refused"
    assert dialer.dialed == []


def test_only_what_is_asked_for_may_be_anywhere() -> None:
    with pytest.raises(RefusedAddressError):
        Destinations(["api.twilio.com"]).of("https://hooks.example.com/")
