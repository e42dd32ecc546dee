"""API Gateway in front of the api function, as an HTTP server in this process: for clients that speak HTTP.

It does what an HTTP API does with a request (payload format 2.0): it asks the authorizer, decodes the path, joins the
headers, and passes a body that is no text on as base64. It keeps no authorizer's answer.
"""

import base64
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication

from api.app import lambda_handler
from retention.bootstrap import Application, install
from tests.api_client import Context

#: Statuses that carry no body.
_BODYLESS = frozenset({204, 304})
#: What the gateway asks no authorizer for, as template.yaml says.
PUBLIC = frozenset({"/health", "/v1/openapi.json", "/v1/docs"})

#: From the Authorization header to what the authorizer found.
Authorizer = Callable[[str], dict[str, str]]


@dataclass(frozen=True)
class Gateway:
    """A WSGI application."""

    app: Application
    authorize: Authorizer

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        status = int(answer["statusCode"])
        headers = [*(answer.get("headers") or {}).items()]
        body = (
            b"" if status in _BODYLESS or environ["REQUEST_METHOD"] == "HEAD" else (answer.get("body") or "").encode()
        )
        if status not in _BODYLESS:
            headers.append(("Content-Length", str(len(body))))
        start_response(f"{status} .", headers)
        return [body]

    def _answer(self, environ: Mapping[str, Any]) -> dict[str, Any]:
        event = event_of(environ)
        if event["rawPath"] not in PUBLIC or environ["REQUEST_METHOD"] != "GET":
            header = event["headers"].get("authorization")
            if not header:
                # The gateway refuses by itself what lacks the authorizer's identity source.
                return _message(401, "Unauthorized")
            event["requestContext"]["authorizer"] = {"lambda": self.authorize(header)}
        install(self.app)
        return lambda_handler(event, Context())  # type: ignore[arg-type]


def _message(status: int, text: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": f'{{"message":"{text}"}}',
    }


def event_of(environ: Mapping[str, Any]) -> dict[str, Any]:
    """The event that the gateway makes of a request."""
    path = _decoded(str(environ["RAW_URI"]).split("?", 1)[0])
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    }
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    text, encoded = _text_of(body, headers.get("content-type", ""))
    return {
        "version": "2.0",
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "headers": headers,
        "requestContext": {
            "http": {"method": environ["REQUEST_METHOD"], "path": path, "sourceIp": "127.0.0.1"},
            "stage": "$default",
            "requestId": "request",
        },
        "body": text,
        "isBase64Encoded": encoded,
    }


def _decoded(path: str) -> str:
    """A path as an HTTP API gives it to a function: decoded, but for an escaped percent sign."""
    kept = re.sub("%25", "%2525", path)
    return unquote_to_bytes(kept).decode("utf-8", "replace")


def _text_of(body: bytes, content_type: str) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if re.match(r"text/|application/([\w.+-]+\+)?(json|xml|javascript)", content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


class _Handler(WSGIRequestHandler):
    """Keeps the path as it was sent, and keeps quiet."""

    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "RAW_URI": self.path}

    def log_message(self, *_: Any) -> None:
        return


class _Server(WSGIServer):
    #: How many may wait for their turn: of more than the library's 5, some would come again after a second.
    request_queue_size = 128


@contextmanager
def serving(application: WSGIApplication) -> Iterator[str]:
    """An application on a free port for as long as the block runs, one request at a time; yields its address."""
    with make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
