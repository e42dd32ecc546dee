"""The server: in a thread of this process, for tests, or as the whole of a process of its own."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tools.sandbox import accounts
from tools.sandbox.control import Control, Part
from tools.sandbox.courier import Courier
from tools.sandbox.exchange import Reception
from tools.sandbox.faults import Fault
from tools.sandbox.graph import Graph
from tools.sandbox.leadforms import LeadForms
from tools.sandbox.ledger import Entry
from tools.sandbox.lives import Lives
from tools.sandbox.people import People
from tools.sandbox.provider import Provider
from tools.sandbox.receivers import PATH as RECEIVERS
from tools.sandbox.receivers import Receivers
from tools.sandbox.sendgrid import Sendgrid
from tools.sandbox.tracker import LANDING, Tracker
from tools.sandbox.twilio import Twilio
from tools.sandbox.vapi import Vapi
from tools.sandbox.wire import MAX_HEAD, Exchange, Request, serve_connection
from tools.sandbox.world import Options, World, machine_time

#: The only address that it listens on: nobody else on the network may reach it.
HOST = "127.0.0.1"


class Server:
    """One sandbox, within a running event loop."""

    def __init__(self, options: Options) -> None:
        self.world = World(options)
        self.courier = Courier()
        graph = Graph(self.world)
        providers: list[Provider] = [Twilio(self.world), Sendgrid(self.world), Vapi(self.world), graph]
        by_name = {provider.name: provider for provider in providers}
        self._tracker = Tracker(self.world, self.courier)
        self._receivers = Receivers(self.world)
        people = People(self.world, self.courier, self._tracker, by_name)
        lives = Lives(self.world, self.courier, people)
        self._reception = Reception(self.world, providers, lives)
        parts: dict[str, Part] = {
            "people": people,
            "tracker": self._tracker,
            "meta": LeadForms(self.world, self.courier, graph),
            "receivers": self._receivers,
        }
        self.control = Control(self.world, self.courier, parts, (self._tracker, self._receivers, graph))
        self._connections: set[asyncio.Task[Any]] = set()
        for entry in self.world.ledger.since():
            lives.restore(by_name[entry.provider], entry)

    async def run(self, port: int, started: Callable[[str], object], until: Awaitable[object]) -> None:
        """Serve on `port`, or on a free one for 0, until something has happened.

        Args:
            started: told the address once it answers.

        Raises:
            OSError: the port is taken.
        """
        listening = await asyncio.start_server(self._serve, HOST, port, limit=MAX_HEAD)
        try:
            started(f"http://{HOST}:{listening.sockets[0].getsockname()[1]}")
            await until
        finally:
            listening.close()
            await self.courier.stop()
            for task in list(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            self.world.ledger.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await serve_connection(self._handle, reader, writer)
        except asyncio.CancelledError:
            pass  # The server stops; the streams would complain about a cancelled task.
        finally:
            self._connections.discard(task)

    async def _handle(self, request: Request, exchange: Exchange) -> None:
        if request.path.startswith("/_sandbox"):
            await exchange.reply(await self.control.answer(request))
        elif request.path.startswith(f"{LANDING}/"):
            await exchange.reply(self._tracker.land(request))
        elif request.path.startswith(RECEIVERS):
            await exchange.reply(await self._receivers.take(request))
        else:
            await self._reception.handle(request, exchange)


class Sandbox:
    """A sandbox that runs in a thread of this process."""

    def __init__(self, url: str, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        #: Base URL of all providers.
        self.url = url
        self._server = server
        self._loop = loop

    def ledger(self) -> list[Entry]:
        """What was accepted, in order."""
        return self._server.world.ledger.since()

    def kept(self) -> list[Entry]:
        """What the providers still have on record; the ledger is ours, and forgets nothing."""
        return [record.entry for records in self._server.world.records.values() for record in list(records)]

    def faults(self, *faults: Fault | dict[str, Any]) -> None:
        """From now on these go wrong, and nothing else; without any, all goes well."""
        self._server.world.faults.put([Fault.model_validate(fault) for fault in faults])

    def release(self) -> None:
        """Accept what is held back by `late_accept`."""
        self._loop.call_soon_threadsafe(self._server.control.release)

    def reset(self) -> None:
        """Begin anew."""
        asyncio.run_coroutine_threadsafe(self._server.control.reset(), self._loop).result()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What `/_sandbox` answers, such as `ask("POST", "/meta/leads", {"leads": [...]})`.

        Raises:
            ValueError: it refuses; the message says why.
        """
        request = Request(method, f"/_sandbox{path}", (), {}, json.dumps(body).encode())
        answering = asyncio.run_coroutine_threadsafe(self._server.control.answer(request), self._loop)
        response = answering.result()
        answer = json.loads(response.body)
        if response.status >= 400:
            raise ValueError(answer["message"])
        return answer

    def callbacks(self) -> dict[str, int]:
        """Reports that were delivered, that failed, and that were left out."""
        return dict(self._server.courier.counts)

    def public_key(self) -> str:
        """What verifies SendGrid's reports."""
        return self._server.world.event_key.public()

    def integrations(self, *, concurrency: int | None = None) -> dict[str, Any]:
        """What `PUT /v1/integrations/{provider}` takes to send through it."""
        return accounts.integrations(self.url, public_key=self.public_key(), concurrency=concurrency)


@contextmanager
def running_sandbox(
    *,
    now: Callable[[], datetime] = machine_time,
    webhooks: str | None = None,
    concurrency: int = 10,
    speed: float = 1.0,
) -> Iterator[Sandbox]:
    """A sandbox on a free port for as long as the block runs; it keeps nothing.

    Args:
        now: what time it is for the providers; the machine's time unless given.
        webhooks: base of the addresses to which texts of receivers and events of e-mails are reported.
        concurrency: calls that may be under way at a time.
        speed: how many times as fast as usual messages are delivered.
    """
    options = Options(now=now, webhooks=webhooks, concurrency=concurrency, speed=speed)
    ready: Future[Sandbox] = Future()
    leave: list[Callable[[], object]] = []

    async def main() -> None:
        loop, left = asyncio.get_running_loop(), asyncio.Event()
        leave.append(lambda: loop.call_soon_threadsafe(left.set))
        server = Server(options)
        await server.run(0, lambda url: ready.set_result(Sandbox(url, server, loop)), left.wait())

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True, name="sandbox")
    thread.start()
    try:
        yield ready.result()
    finally:
        leave[0]()
        thread.join()
