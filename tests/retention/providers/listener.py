"""A server on the loopback that behaves as it is told, for what goes wrong on the wire; and a socket that counts."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: What a server does with one connection.
Act = Callable[["Visit"], None]


class Visit:
    """One connection, as the server sees it."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        #: Set when the test is over: nobody need be kept waiting any more.
        self.over = over
        self.received = b""

    def read_request(self) -> bytes:
        """Read one request with its body; empty when there is none."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.sock.recv(65_536)
            if not part:
                return b""
            data += part
            self.received += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            part = self.sock.recv(65_536)
            if not part:
                break
            body += part
            self.received += part
        return head + b"\r\n\r\n" + body

    def say(self, data: bytes) -> None:
        """Write, if somebody still listens."""
        with suppress(OSError):
            self.sock.sendall(data)

    def drip(self, data: bytes) -> int:
        """Write byte for byte, for as long as somebody listens; returns how many bytes went."""
        went = 0
        for byte in data:
            if self.over.wait(0.005):
                break
            try:
                self.sock.sendall(bytes([byte]))
            except OSError:
                break
            went += 1
        return went

    def reset(self) -> None:
        """Break the connection off without a word."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Listener:
    """A server that does the same with every connection."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.visits: list[Visit] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        """Everything that it was sent."""
        return b"".join(visit.received for visit in self.visits)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            visit = Visit(sock, self._over)
            self.visits.append(visit)
            thread = threading.Thread(target=self._serve, args=(visit,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, visit: Visit) -> None:
        with visit.sock, suppress(OSError):
            self._act(visit)

    def close(self) -> None:
        """End everything."""
        self._over.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for visit in self.visits:
            with suppress(OSError):
                visit.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)


@contextmanager
def listening(act: Act) -> Iterator[Listener]:
    """A server for as long as it is needed."""
    listener = Listener(act)
    try:
        yield listener
    finally:
        listener.close()


class CountingDialer:
    """Connects, to wherever it is told, with sockets that count what is written."""

    def __init__(self, instead: int | None = None) -> None:
        #: A port on the loopback that stands for every address; None: the address itself.
        self._instead = instead
        self.dialed: list[str] = []
        self.writes: list[bytes] = []

    def __call__(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialed.append(address)
        place = (address, port) if self._instead is None else ("127.0.0.1", self._instead)
        plain = socket.create_connection(place, seconds)
        return _Counting(self.writes, fileno=plain.detach())


class _Counting(socket.socket):
    def __init__(self, writes: list[bytes], **more: Any) -> None:
        super().__init__(**more)
        self._writes = writes

    def send(self, data: Any, flags: int = 0) -> int:
        self._writes.append(bytes(data))
        return super().send(data, flags)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another thread brings about."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)
