"""A service that stands where ours does, for the people of the sandbox: links, a page to unsubscribe on, postbacks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.tools.sandbox.asking import until_true

PAGE = b'<html><form method="post" action=""><input type="hidden" name="a" value="1"><button name="go" value="yes">'


@dataclass
class Service:
    """What came, as (method, path with query, User-Agent, body), and how it is answered."""

    url: str = ""
    #: Where links lead, by their paths.
    targets: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    def wait_for(self, count: int) -> list[tuple[str, str, str, bytes]]:
        until_true(lambda: len(self.got) >= count)
        return list(self.got)


@contextmanager
def running_service() -> Iterator[Service]:
    """A service on a free port."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.got.append((self.command, self.path, self.headers.get("User-Agent", ""), body))
            target = service.targets.get(self.path)
            page = PAGE if self.path.startswith("/u/") and self.command == "GET" else b"OK"
            if self.path.startswith("/webhooks/meta?"):
                page = self.path.partition("hub.challenge=")[2].partition("&")[0].encode()
            self.send_response(302 if target else 200)
            if target:
                self.send_header("Location", target)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page)

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
