"""HTTP/1.1 on a connection, as far as API clients use it, and every way in which an answer can go wrong."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

#: Bytes that the head and the body of a request may have. SendGrid's messages may have 30 MB.
MAX_HEAD = 64 * 1024
MAX_BODY = 30 * 1024 * 1024


class BadRequestError(Exception):
    """This is no request that the server can read; the message says why."""


@dataclass(frozen=True)
class Request:
    """One request. Names of headers are in lower case, the path is decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def asked(self, name: str) -> str | None:
        """A parameter of the query, or None; of several the last."""
        return dict(self.query).get(name)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)

    def form(self) -> list[tuple[str, str]]:
        """The body as a form, blank values included."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """As it goes over the wire."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def as_json(status: int, content: object, **headers: str) -> Response:
    """An answer in JSON; a header `Retry-After` is given as `Retry_After`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json", **named})


class Exchange:
    """The answer to one request, well or badly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        #: Whether the connection can take no further request.
        self.over = False

    async def reply(self, response: Response) -> None:
        """Answer."""
        self._writer.write(response.as_bytes())
        await self._writer.drain()

    async def drip(self, response: Response, pause: float) -> None:
        """Answer byte by byte, with so many seconds between two, for as long as the client has patience."""
        self.over = True
        for byte in response.as_bytes():
            self._writer.write(bytes([byte]))
            await self._writer.drain()
            if await self.abandoned(pause):
                return

    def reset(self) -> None:
        """Break the connection off so that the client notices (RST)."""
        self.over = True
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def abandoned(self, seconds: float | None) -> bool:
        """Wait, for ever if need be, and say whether the client has left meanwhile."""
        self.over = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # One request at a time is all that clients send; what comes now can only be their leaving.
                with suppress(ConnectionError):
                    await self._reader.read(1)
                return True
        return False


Handler = Callable[[Request, Exchange], Awaitable[None]]


async def serve_connection(handle: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand each request of a connection to `handle` until one side has had enough."""
    try:
        while request := await _read(reader, writer):
            exchange = Exchange(reader, writer)
            await handle(request, exchange)
            if exchange.over or request.headers.get("connection", "").lower() == "close":
                return
    except BadRequestError as bad:
        with suppress(ConnectionError):
            await Exchange(reader, writer).reply(as_json(400, {"message": str(bad)}))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # The client left in the middle of a request.
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request; None when the client has left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None
    except asyncio.LimitOverrunError:
        raise BadRequestError("the head is too long") from None
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, _ = first.split(" ")
        pairs = [line.split(":", 1) for line in lines if line]
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        length = int(headers.get("content-length", "0"))
    except ValueError:
        raise BadRequestError("this is no HTTP request") from None
    if "transfer-encoding" in headers or not 0 <= length <= MAX_BODY:
        raise BadRequestError("a Content-Length within 30 MB is needed")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(length)
    path, _, query = target.partition("?")
    return Request(method, unquote(path), tuple(parse_qsl(query, keep_blank_values=True)), headers, body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
