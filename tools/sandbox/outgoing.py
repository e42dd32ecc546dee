"""Requests that the sandbox makes itself: to addresses of this machine only."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

#: The addresses that it goes to: what a request names is no reason to call strangers.
HERE: Final = ("127.0.0.1", "localhost", "::1")
#: Seconds within which an answer must be there. Source: Twilio's default.
TIMEOUT: Final = 15.0


@dataclass(frozen=True)
class Reply:
    """An answer; names of headers are in lower case. Status 0: there was none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def is_here(url: str) -> bool:
    """Whether an address is one that the sandbox goes to."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in HERE


async def ask(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
    """The answer to a request; redirects are not followed, strangers not called."""
    if not is_here(url):
        return Reply(0)
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
    writer = None
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            writer.write("\r\n".join(lines).encode("latin-1") + body)
            return await _read(reader, method)
    except (OSError, TimeoutError, ValueError, IndexError, EOFError):
        return Reply(0)
    finally:
        if writer:
            writer.close()


async def _read(reader: asyncio.StreamReader, method: str) -> Reply:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.split(":", 1) for line in lines if line]
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    status = int(first.split()[1])
    if method == "HEAD" or status in (204, 304):
        return Reply(status, headers)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Reply(status, headers, await _chunks(reader))
    length = headers.get("content-length")
    return Reply(status, headers, await (reader.read() if length is None else reader.readexactly(int(length))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    return body
