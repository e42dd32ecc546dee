"""A client of the sandbox, which asks as the providers' own clients do, and a receiver of its reports."""

import base64
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

from tools.sandbox import accounts

#: Seconds after which something that is to happen by itself has not happened.
PATIENCE = 20.0

MESSAGES = f"/2010-04-01/Accounts/{accounts.TWILIO_ACCOUNT}/Messages.json"
_TWILIO = base64.b64encode(f"{accounts.TWILIO_ACCOUNT}:{accounts.TWILIO_TOKEN}".encode()).decode()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Got:
    """A report that was received. Names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Asking:
    """Requests to the sandbox at `url`, each on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._address = url.removeprefix("http://")

    def text(self, to: str = "+12025550100", timeout: float = PATIENCE, **form: str) -> Answer:
        """A text message by Twilio."""
        return self.form({"To": to, **form}, timeout)

    def form(self, form: dict[str, str], timeout: float = PATIENCE) -> Answer:
        """A text message by Twilio, with other values than the usual ones; what is empty is left out."""
        fields = {"To": "+12025550100", "From": accounts.TWILIO_NUMBER, "Body": "Hello!", **form}
        return self.twilio("POST", MESSAGES, {name: value for name, value in fields.items() if value}, timeout)

    def mail(self, to: str = "ada@example.com", *, custom_args: dict[str, Any] | None = None, **mail: Any) -> Answer:
        """An e-mail by SendGrid."""
        usual = {
            "personalizations": [{"to": [{"email": to}], "custom_args": custom_args or {}}],
            "from": {"email": accounts.SENDGRID_FROM},
            "subject": "Your seat",
            "content": [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}],
        }
        return self.sendgrid("POST", "/v3/mail/send", usual | mail)

    def call(self, to: str = "+12025550100", **order: Any) -> Answer:
        """A call by VAPI."""
        usual = {
            "assistantId": accounts.VAPI_ASSISTANT,
            "phoneNumberId": accounts.VAPI_PHONE_NUMBER,
            "customer": {"number": to},
        }
        return self.vapi("POST", "/call", usual | order)

    def twilio(self, method: str, path: str, form: dict[str, str] | None = None, timeout: float = PATIENCE) -> Answer:
        headers = {"Authorization": f"Basic {_TWILIO}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(method, path, urlencode(form or {}).encode(), headers, timeout)

    def sendgrid(self, method: str, path: str, body: Any = None) -> Answer:
        return self._json(method, path, body, accounts.SENDGRID_KEY)

    def vapi(self, method: str, path: str, body: Any = None) -> Answer:
        return self._json(method, path, body, accounts.VAPI_KEY)

    def control(self, method: str, path: str, body: Any = None) -> Answer:
        """Something of the sandbox itself."""
        return self._json(method, f"/_sandbox{path}", body, "")

    def _json(self, method: str, path: str, body: Any, key: str) -> Answer:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return self.ask(method, path, b"" if body is None else json.dumps(body).encode(), headers)

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout: float = PATIENCE) -> Answer:
        connection = http.client.HTTPConnection(self._address, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()


class Receiver:
    """Stands where our webhooks do: keeps what comes, and answers with `status`."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.status = 200
        self.url = ""

    def wait_for(self, count: int) -> list[Got]:
        """What came, once it is so much."""
        until_true(lambda: len(self.got) >= count)
        return list(self.got)


def until_true(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    limit = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < limit, "it did not come about"
        sleep(0.005)


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # As it is now: whoever waits for the report may change it at once, for those that follow.
            status = receiver.status
            receiver.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
