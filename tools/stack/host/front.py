"""The application's own short address: `/v1/...` on its port is the HTTP API of the stack, as after a deployment.

It only puts ministack's long prefix before the path of a request on that port, and lets requests wait for a free place:
each one that is worked on takes a process of its own, as on Lambda, and a laptop has room for few of them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Calls to AWS that change nothing and so are no reason for a snapshot, by the beginning of their names.
READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive", "Head")

#: Bytes of a request's body that an HTTP API takes.
BODY_LIMIT = 10 * 1024 * 1024


class Front:
    """ASGI application before ministack's."""

    def __init__(
        self, behind: Application, port: int, concurrency: int, note_change: Callable[[], None] | None = None
    ) -> None:
        """Serves `behind`; requests on `port` go to the HTTP API, `concurrency` at a time, all others as they are.

        Args:
            note_change: called after each AWS call that may have changed the state.
        """
        #: Set once ministack has restored its state and answers.
        self.started = asyncio.Event()
        self._behind = behind
        self._port = port
        self._prefix = ""
        self._places = asyncio.Semaphore(concurrency)
        self._note_change = note_change

    def stand_for(self, api_id: str) -> None:
        """From now on requests reach the HTTP API with this id."""
        self._prefix = f"/_aws/execute-api/{api_id}/$default"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._behind(scope, receive, self._watching_start(send))
        elif scope["type"] != "http" or (scope.get("server") or ("", 0))[1] != self._port:
            await self._behind(scope, receive, send)
            if self._note_change and _may_change(scope):
                self._note_change()
        elif not self._prefix:
            await _answer(send, 503, "The stack is starting.")
        elif _announced_length(scope) > BODY_LIMIT:
            # In the gateway's own words, as it is the gateway that refuses.
            await _answer(send, 413, "Request Entity Too Large")
        else:
            if scope["method"] == "HEAD":
                send = _without_body(send)
            async with self._places:
                await self._behind(self._lengthened(scope), receive, send)

    def _lengthened(self, scope: Scope) -> Scope:
        raw = scope.get("raw_path") or scope["path"].encode()
        return {**scope, "path": self._prefix + scope["path"], "raw_path": self._prefix.encode() + raw}

    def _watching_start(self, send: Send) -> Send:
        async def watching(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.started.set()

        return watching


def _may_change(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    headers = dict(scope["headers"])
    target = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not target.startswith(READS) if target else scope["method"] != "GET"


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


def _announced_length(scope: Scope) -> int:
    """Bytes of the body as the request's header announces them; 0 where it does not."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    return int(announced) if announced.isdigit() else 0


async def _answer(send: Send, status: int, message: str) -> None:
    body = json.dumps({"message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
