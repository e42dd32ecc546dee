"""No request goes anywhere but to the providers' own hosts, at public addresses, or to what the deployment allows."""

import pytest

from retention.clock import ManualClock
from retention.integrations.providers import HOSTS
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations, Origin, RefusedAddressError, admit
from retention.providers.http import HttpClient, NotSent
from tests.retention.providers.listener import CountingDialer

SANDBOX = "http://127.0.0.1:4602"
OURS = Destinations(HOSTS, [SANDBOX, "https://proxy.example.com/providers/", "http://Sand_Box:80"])

REFUSED = [
    # Another scheme, or none.
    "http://api.twilio.com/x",
    "ftp://api.twilio.com/x",
    "file:///etc/passwd",
    "gopher://api.twilio.com/x",
    "javascript:alert(1)",
    "data:text/plain,x",
    "HTTPS://api.twilio.com/x",
    "https:/api.twilio.com/x",
    "https:api.twilio.com/x",
    "https:///api.twilio.com/x",
    "//api.twilio.com/x",
    "api.twilio.com/x",
    "/x",
    "",
    " https://api.twilio.com/x",
    "\thttps://api.twilio.com/x",
    "\nhttps://api.twilio.com/x",
    "https\u003a\uff0f\uff0fapi.twilio.com/x",
    # Another host, however it is written.
    "https://example.com/x",
    "https://twilio.com/x",
    "https://evil.api.twilio.com/x",
    "https://api.twilio.com.example.com/x",
    "https://api-twilio.com/x",
    "https://apixtwilio.com/x",
    "https://api.twilio.com./x",
    "https://api.twilio\uff0ecom/x",
    "https://api.tw\u0131lio.com/x",
    "https://api%2etwilio.com/x",
    "https://api.twilio.com%2f@example.com/x",
    "https://api.twilio.com\\@example.com/x",
    "https://example.com#api.twilio.com/x",
    "https://example.com?api.twilio.com/x",
    "https://example.com/https://api.twilio.com/x",
    "https://API.TWILIO.COM/x",
    # Somebody before it, or another port after it.
    "https://user@api.twilio.com/x",
    "https://user:password@api.twilio.com/x",
    "https://api.twilio.com@example.com/x",
    "https://api.twilio.com:80/x",
    "https://api.twilio.com:8443/x",
    "https://api.twilio.com:4433/x",
    "https://api.twilio.com:443@example.com/x",
    "https://api.twilio.com:/x",
    "https://api.twilio.com:0443/x",
    # Addresses instead of names.
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://0x7f.1/x",
    "https://0x7f000001/x",
    "https://2130706433/x",
    "https://017700000001/x",
    "https://0/x",
    "https://0.0.0.0/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::]/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://[fd00:ec2::254]/x",
    "https://\u2460\u2461\u2466.0.0.1/x",
    "https://localhost/x",
    "https://169.254.170.2/x",
    # A target that says more than a path and a query.
    "https://api.twilio.com",
    "https://api.twilio.com/x#y",
    "https://api.twilio.com/x y",
    "https://api.twilio.com/x\r\nHost: example.com",
    "https://api.twilio.com/x\\..",
    "https://api.twilio.com/\u00e4",
    "https://api.twilio.com\t/x",
    # What is almost allowed.
    "http://127.0.0.1:46021/x",
    "http://127.0.0.1:4602",
    "http://127.0.0.1:4602@example.com/x",
    "http://127.0.0.1/x",
    "http://localhost:4602/x",
    "https://127.0.0.1:4602/x",
    "https://proxy.example.com/x",
    "https://proxy.example.com/providersx/y",
    "http://proxy.example.com/providers/x",
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_request_goes_nowhere_else(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        OURS.of(url)


def test_there_are_many_ways_to_write_an_address() -> None:
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("port", ["", ":443"])
def test_a_request_goes_to_the_hosts_of_providers(host: str, port: str) -> None:
    found = OURS.of(f"https://{host}{port}/2010-04-01/x.json?To=%2B1&y=a~b")

    assert (found.origin.scheme, found.origin.host, found.origin.port, found.origin.trusted) == (
        "https",
        host,
        443,
        False,
    )
    assert (found.target, found.origin.authority) == ("/2010-04-01/x.json?To=%2B1&y=a~b", host)


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        (f"{SANDBOX}/call", "127.0.0.1:4602", "/call"),
        ("https://proxy.example.com/providers/call", "proxy.example.com", "/providers/call"),
        ("http://Sand_Box:80/call", "Sand_Box", "/call"),
    ],
)
def test_a_request_goes_to_what_the_deployment_allows(url: str, authority: str, target: str) -> None:
    found = OURS.of(url)

    assert (found.origin.authority, found.target, found.origin.trusted) == (authority, target, True)


@pytest.mark.parametrize("url", ["127.0.0.1:4602", "ftp://x", "http://x:99999", "http://a@b", "http://", "http://x?y"])
def test_a_deployment_cannot_allow_what_is_no_address(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        Destinations((), [url])


PUBLIC = Origin("https", "api.twilio.com", 443, trusted=False)
ALLOWED = Origin("http", "127.0.0.1", 4602, trusted=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "api.twilio.com",
        "",
    ],
)
def test_an_address_inside_is_no_provider(address: str) -> None:
    for addresses in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        with pytest.raises(RefusedAddressError):
            admit(PUBLIC, addresses)


@pytest.mark.parametrize(
    "addresses", [["93.184.216.34"], ["2606:4700::1111"], ["::ffff:93.184.216.34"], ["1.1.1.1", "2606:4700::1111"]]
)
def test_a_public_address_may_be_a_provider(addresses: list[str]) -> None:
    assert admit(PUBLIC, addresses) == addresses


def test_a_name_without_addresses_is_nobody() -> None:
    for origin in (PUBLIC, ALLOWED):
        with pytest.raises(RefusedAddressError):
            admit(origin, [])


def test_what_the_deployment_allows_may_lie_inside() -> None:
    assert admit(ALLOWED, ["127.0.0.1"]) == ["127.0.0.1"]


@pytest.mark.parametrize("url", ["https://example.com/x", "https://api.twilio.com/x"])
def test_a_refused_address_is_not_even_connected_to(clock: ManualClock, url: str) -> None:
    dialer = CountingDialer()
    client = HttpClient(clock, OURS, resolve=lambda *_: ["169.254.169.254"], dial=dialer)

    reply = client.exchange("GET", url, Deadline(30))

    assert isinstance(reply, NotSent)
    assert (reply.code, dialer.dialed) == ("address_refused", [])
