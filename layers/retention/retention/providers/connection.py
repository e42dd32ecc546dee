"""One connection, on which no wait outlasts the deadline of the request under way, however slowly the other side drips.

Time-outs of sockets are for one operation each; a server that sends a byte now and then keeps such a client for ever.
So each operation here gets what is left until the deadline.
"""

import io
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPResponse
from typing import Any, cast

from retention.providers.destination import Origin, admit

#: The addresses of a name: asked again for every connection, and then used as they are.
Resolver = Callable[[str, int], Sequence[str]]
#: Connects to an address within so many seconds.
Dialer = Callable[[str, int, float], socket.socket]


class Deadline:
    """An instant by which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then.

        Raises:
            TimeoutError: it has passed.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def leaves(self, seconds: float) -> bool:
        """Whether at least so many seconds are left."""
        return self._end - time.monotonic() >= seconds


class _Waiting(io.RawIOBase):
    """Reads from a socket, each time for no longer than the deadline allows."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.is_over:
            return 0
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


class _Reader(io.BufferedReader):
    """Reads one answer, and knows afterwards whether more came than that."""

    def __init__(self, raw: _Waiting) -> None:
        super().__init__(raw)
        self._waiting = raw
        self.has_more = False

    def makefile(self, _: str) -> "_Reader":
        """All that an HTTPResponse asks of a socket."""
        return self

    def close(self) -> None:
        if not self.closed:
            self._waiting.is_over = True
            self.has_more = bool(self.peek(1))
        super().close()


class Connection:
    """One TCP or TLS connection for HTTP/1.1, used by one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._reader: _Reader | None = None

    def is_quiet(self) -> bool:
        """Whether the other side neither closed it nor said something unasked: either ends its use."""
        if self._reader is not None and self._reader.has_more:
            return False
        poll = select.poll()
        poll.register(self._sock.fileno(), select.POLLIN)
        return not poll.poll(0)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Write a whole request: at once, where the system takes it at once.

        Raises:
            OSError: it may have been written in part, or wholly.
        """
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(deadline.left())
            rest = rest[self._sock.send(rest) :]

    def answer(self, method: str, deadline: Deadline) -> HTTPResponse:
        """The answer to a request, its headers read and its body not yet.

        Raises:
            OSError, HTTPException: none came, or none that can be read.
        """
        self._reader = _Reader(_Waiting(self._sock, deadline))
        response = HTTPResponse(cast(socket.socket, self._reader), method=method)
        try:
            response.begin()
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Close it without ceremony."""
        self._sock.close()

    def __del__(self) -> None:
        """A connection that nobody holds any more is closed."""
        self._sock.close()


def connect(
    origin: Origin, deadline: Deadline, *, resolve: Resolver, dial: Dialer, tls: Callable[[], ssl.SSLContext]
) -> Connection:
    """Connect to an origin: to the very addresses that were looked at.

    Raises:
        RefusedAddressError: its name leads where no request may go.
        OSError: it cannot be reached, or is not who it should be. Nothing of a request was written.
    """
    addresses = admit(origin, _in_time(lambda: resolve(origin.name, origin.port), deadline))
    sock = _first(addresses, origin.port, deadline, dial)
    if origin.scheme == "http":
        return Connection(sock)
    try:
        sock.settimeout(deadline.left())
        return Connection(tls().wrap_socket(sock, server_hostname=origin.name))
    except BaseException:
        sock.close()
        raise


def _first(addresses: Sequence[str], port: int, deadline: Deadline, dial: Dialer) -> socket.socket:
    """A connection to the first address that takes it; each gets an equal share of the time that is left."""
    for number, address in enumerate(addresses, start=1):
        try:
            return dial(address, port, deadline.left() / (len(addresses) - number + 1))
        except OSError:
            if number == len(addresses):
                raise
    raise TimeoutError


def _in_time(ask: Callable[[], Sequence[str]], deadline: Deadline) -> Sequence[str]:
    """What a question is answered with. It is asked aside, because nothing else can end the wait for a resolver."""
    found: list[Sequence[str]] = []
    failed: list[OSError | UnicodeError] = []

    def asking() -> None:
        try:
            found.append(ask())
        except (OSError, UnicodeError) as error:
            failed.append(error)

    aside = threading.Thread(target=asking, name="resolver", daemon=True)
    aside.start()
    aside.join(deadline.left())
    if failed:
        raise OSError("the name cannot be resolved") from failed[0]
    if not found:
        raise TimeoutError("the name was not resolved in time")
    return found[0]


def addresses_of(name: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them.

    Raises:
        OSError: there are none.
    """
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)))


def dial_tcp(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address, which is no name.

    Raises:
        OSError: nobody is there.
    """
    sock = socket.create_connection((address, port), seconds)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
