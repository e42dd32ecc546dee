"""A team's own server on the loopback: answers as it is told, and keeps what it was sent."""

import base64
import hmac
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    method: str
    path: str
    #: By their names in lower case.
    headers: Mapping[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        """Whether a receiver that knows this secret would believe it; worked out here, not with our own code."""
        said = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body))
        mac = hmac.new(base64.b64decode(secret.split("_", 1)[1]), said, sha256).digest()
        return f"v1,{base64.b64encode(mac).decode()}" in self.headers["webhook-signature"].split(" ")


@dataclass(frozen=True)
class Say:
    """An answer."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)


#: Says what a request is answered with; None: nothing, for as long as the test lasts.
Answering = Callable[[Got], Say | None]


class Receiver:
    """The server."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answer: Answering = lambda _: Say()
        self._over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                named = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.command, self.path, named, body)
                receiver.got.append(got)
                said = receiver.answer(got)
                if said is None:
                    receiver._over.wait(60)
                    return
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            do_GET = do_POST = _take  # noqa: N815 - as the library calls them

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            #: How many may wait for their turn: of more than the library's 5, some would come again after a second.
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """End everything."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server for as long as it is needed."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
