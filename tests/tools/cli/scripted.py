"""A server that answers as it is told, one answer a request, and remembers what it was asked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse

from tests.gateway import serving


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` says how many bytes of the body come before the line breaks; 206 gives what was asked for."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class Scripted:
    """The server."""

    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.asked.append({**environ, "body": body})
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        start = int(environ["HTTP_RANGE"].removeprefix("bytes=").rstrip("-")) if reply.status == 206 else 0
        content = reply.body[start:]
        headers = {"Content-Length": str(len(content)), **reply.headers}
        start_response(f"{reply.status} .", list(headers.items()))
        yield content if reply.cut is None else content[: reply.cut]


@contextmanager
def scripted(*replies: Reply) -> Iterator[tuple[str, Scripted]]:
    """The address of a server with these answers, the last of them for ever; and the server."""
    server = Scripted(list(replies))
    with serving(server) as url:
        yield url, server
