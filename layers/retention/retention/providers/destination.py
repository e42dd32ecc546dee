"""Where requests may go: the providers' own hosts, and what the deployment allows besides; or any public host, where a
team names an address of its own.

Requests carry credentials and are made from inside the account, so an address that leads anywhere else is worth much to
whoever gets it in. Addresses are compared as text: what no parser reads, no parser can misread.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

#: https, a name, nothing before it and no port but 443 after it; then the path and the query, without a fragment.
_OWN: Final = re.compile(r"https://([a-z0-9.-]{1,253})(?::443)?(/[!-~]*)", re.ASCII)
#: What a deployment may allow: an origin, and perhaps the beginning of a path.
_ALLOWED: Final = re.compile(
    r"(https?)://([A-Za-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?((?:/[A-Za-z0-9._~-]+)*)/?", re.ASCII
)
#: A name that may be somebody's in public: two labels or more, the last one no number, so that it is no address.
_PUBLIC_NAME: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9])[a-z0-9-]{2,63}", re.ASCII
)
#: Names that lead nowhere in public. Source: RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of `internal`.
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid")
_TARGET: Final = re.compile(r"/[!-~]*", re.ASCII)
#: Characters that a path or a query has only percent-encoded.
_NEVER: Final = frozenset('\\#"<>^`{|}')
#: Prefixes of IPv6 behind which an IPv4 address stands, in its last four bytes. Source: RFC 6052, RFC 4291.
_TRANSLATED: Final = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "::/96"))
#: A prefix that networks translate as they like. Source: RFC 8215.
_TRANSLATED_LOCALLY: Final = ipaddress.ip_network("64:ff9b:1::/48")


class RefusedAddressError(ValueError):
    """This address is not one that requests may go to."""


@dataclass(frozen=True)
class Origin:
    """A place that connections are made to."""

    scheme: str
    #: As it stands in a URL, an IPv6 address in brackets.
    host: str
    port: int
    #: Whether the deployment allows it as it is, wherever it leads.
    trusted: bool

    @property
    def name(self) -> str:
        """The host without brackets."""
        return self.host.strip("[]")

    @property
    def authority(self) -> str:
        """What the Host header says."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return self.host if self.port == usual else f"{self.host}:{self.port}"


class Destination(NamedTuple):
    """Where one request goes."""

    origin: Origin
    #: Path and query.
    target: str


class Destinations:
    """The hosts of the providers, and the base URLs that a deployment allows besides.

    Args:
        anywhere: any host with a public name, too; what it resolves to is looked at for every connection (`admit`).
    """

    def __init__(self, hosts: Iterable[str], allowed: Iterable[str] = (), *, anywhere: bool = False) -> None:
        self._hosts = frozenset(hosts)
        self._allowed = [_allowed(url) for url in allowed]
        self._anywhere = anywhere

    def of(self, url: str) -> Destination:
        """Where a URL leads.

        Raises:
            RefusedAddressError: anywhere that requests may not go.
        """
        for base, origin in self._allowed:
            if url.startswith(base):
                target = url[len(base) :]
                if _TARGET.fullmatch(target) and not _NEVER & set(target):
                    prefix = base.partition("://")[2].partition("/")
                    return Destination(origin, prefix[1] + prefix[2] + target)
        found = _OWN.fullmatch(url)
        if found is None or not self._knows(found[1]) or _NEVER & set(found[2]):
            raise RefusedAddressError
        return Destination(Origin("https", found[1], 443, trusted=False), found[2])

    def _knows(self, host: str) -> bool:
        if host in self._hosts:
            return True
        return self._anywhere and bool(_PUBLIC_NAME.fullmatch(host)) and not host.endswith(_PRIVATE_NAMES)


def _allowed(url: str) -> tuple[str, Origin]:
    found = _ALLOWED.fullmatch(url)
    if found is None or not 0 < int(found[3] or 1) < 65_536:
        raise RefusedAddressError
    port = int(found[3] or {"http": 80, "https": 443}[found[1]])
    return url.rstrip("/"), Origin(found[1], found[2], port, trusted=True)


def admit(origin: Origin, addresses: Sequence[str]) -> Sequence[str]:
    """The addresses of an origin, as they were resolved, if a connection may be made to them.

    One that is not public condemns them all: a name that leads to both is not what it should be.

    Raises:
        RefusedAddressError: there is none, or the name leads inside.
    """
    if not addresses or not (origin.trusted or all(map(_is_public, addresses))):
        raise RefusedAddressError
    return addresses


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and any(address in network for network in _TRANSLATED):
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            # What carries an IPv4 address within is not global itself in every version of Python.
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast and address not in _TRANSLATED_LOCALLY
