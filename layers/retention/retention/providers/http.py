"""The one HTTP client. It asks once, and says exactly how far a request came.

No request is repeated, no redirect followed, no proxy looked for. Built on sockets and the standard library's reader of
answers: clients that were weighed (urllib3, which the AWS SDK brings) put time-outs on single operations, write a
request in pieces, and do not tell a request that was never written from one that was.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, NamedTuple

from retention.clock import Clock, machine_time
from retention.providers.connection import Connection, Deadline, Dialer, Resolver, addresses_of, connect, dial_tcp
from retention.providers.destination import Destination, Destinations, Origin, RefusedAddressError

#: Bytes of a body that are read; the rest is given up.
MAX_BODY: Final = 1024 * 1024
#: Seconds of the machine after which a connection without work is not used again: sooner than servers close it (Node's
#: default is 5 s), and a function that was frozen meanwhile comes back to connections that are long gone.
KEPT_SECONDS: Final = 4.0
#: Connections without work that are kept for one origin.
MOST_KEPT: Final = 16
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_HEADER_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)


class Answer(NamedTuple):
    """A status and headers that were read."""

    status: int
    #: By their names in lower case.
    headers: Mapping[str, str] = {}
    #: None: it broke off, came too slowly, or is longer than anybody should read.
    body: bytes | None = b""

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return None

    def member(self, name: str) -> Any:
        """A member of the object that the body is; None where it is none, or has no such member."""
        found = self.json()
        return found.get(name) if isinstance(found, dict) else None


class NotSent(NamedTuple):
    """Nothing of the request was written: the other side certainly has not seen it."""

    code: str
    detail: str


class NoAnswer(NamedTuple):
    """It was written, at least in part, and no status came back: nobody knows what became of it."""

    code: str
    detail: str


Reply = Answer | NotSent | NoAnswer


@lru_cache(maxsize=1)
def public_roots() -> ssl.SSLContext:
    """Verifies certificates and names, against the roots that the AWS SDK goes by."""
    from botocore.httpsession import get_cert_path

    return ssl.create_default_context(cafile=get_cert_path(True))


class HttpClient:
    """Asks providers. Safe to use from several threads; connections are kept for a few seconds."""

    def __init__(
        self,
        clock: Clock,
        destinations: Destinations,
        *,
        resolve: Resolver = addresses_of,
        dial: Dialer = dial_tcp,
        tls: Callable[[], ssl.SSLContext] = public_roots,
    ) -> None:
        self._clock = clock
        self._destinations = destinations
        self._resolve = resolve
        self._dial = dial
        self._tls = tls
        self._kept: dict[Origin, list[tuple[Connection, datetime]]] = {}
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        most: int = MAX_BODY,
    ) -> Reply:
        """Send one request and read its answer, all before the deadline.

        Args:
            most: bytes of the answer's body that are read.
        """
        try:
            destination = self._destinations.of(url)
            request = _request(method, destination, headers, body)
            connection = self._take(destination.origin) or self._connect(destination.origin, deadline)
            deadline.left()
        except RefusedAddressError:
            return NotSent("address_refused", "the address is not one that requests may go to")
        except TimeoutError:
            return NotSent("connect_timeout", "no connection was made in time")
        except ssl.SSLError:
            return NotSent("tls_failed", "the connection could not be secured")
        except OSError:
            return NotSent("connect_failed", "no connection could be made")
        return self._ask(connection, destination.origin, method, request, deadline, most)

    def _ask(
        self, connection: Connection, origin: Origin, method: str, request: bytes, deadline: Deadline, most: int
    ) -> Reply:
        """Write a request and read its answer. From here on, whatever goes wrong, it may have been seen."""
        reusable = False
        try:
            # A server may answer, such as that it is too large, before it has read everything.
            with suppress(ConnectionError):
                connection.write(request, deadline)
            with connection.answer(method, deadline) as response:
                body, whole = _body(response, most)
                reusable = whole and not response.will_close
                named = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, named, body)
        except TimeoutError:
            return NoAnswer("timeout", "no answer came in time")
        except HTTPException as error:
            lost = isinstance(error, OSError)
            return NoAnswer(*_LOST) if lost else NoAnswer("broken_answer", "the answer could not be read")
        except OSError:
            return NoAnswer(*_LOST)
        finally:
            self._give_back(connection, origin, reusable)

    # --- connections ---------------------------------------------------------------------------------------------

    def _take(self, origin: Origin) -> Connection | None:
        """A connection that is kept for an origin and still good, the latest first."""
        while True:
            with self._lock:
                kept = self._kept.get(origin)
                if not kept:
                    return None
                connection, since = kept.pop()
            if self._clock.now() - since < machine_time(self._clock, KEPT_SECONDS) and connection.is_quiet():
                return connection
            connection.close()

    def _connect(self, origin: Origin, deadline: Deadline) -> Connection:
        return connect(origin, deadline, resolve=self._resolve, dial=self._dial, tls=self._tls)

    def _give_back(self, connection: Connection, origin: Origin, reusable: bool) -> None:
        if reusable:
            with self._lock:
                kept = self._kept.setdefault(origin, [])
                if len(kept) < MOST_KEPT:
                    kept.append((connection, self._clock.now()))
                    return
        connection.close()

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            kept = [connection for some in self._kept.values() for connection, _ in some]
            self._kept.clear()
        for connection in kept:
            connection.close()


_LOST: Final = ("connection_lost", "the connection broke before an answer came")


def _request(method: str, destination: Destination, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
    """A request as it goes over the wire, in one piece."""
    named = [
        ("Host", destination.origin.authority),
        ("User-Agent", "retention-center"),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
        *headers,
    ]
    if body is not None:
        named.append(("Content-Length", str(len(body))))
    for name, value in named:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"the header {name} cannot be sent")
    lines = [f"{method} {destination.target} HTTP/1.1", *(f"{name}: {value}" for name, value in named), "", ""]
    return "\r\n".join(lines).encode("ascii") + (body or b"")


def _body(response: HTTPResponse, most: int) -> tuple[bytes | None, bool]:
    """The body of an answer, and whether it was read to its end. None when it broke off or is too long."""
    parts: list[bytes] = []
    left = most
    try:
        while left >= 0:
            part = response.read(min(65_536, left + 1))
            if not part:
                whole = not response.length
                return (b"".join(parts) if whole else None), whole
            left -= len(part)
            parts.append(part)
    except (OSError, HTTPException, ValueError):
        pass
    return None, False
