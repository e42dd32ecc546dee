"""One request to a provider, from the door to the answer."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from tools.sandbox.faults import TRANSPORT, Fault, Operation
from tools.sandbox.lives import Lives
from tools.sandbox.provider import Provider, RefusedError
from tools.sandbox.wire import Exchange, Request, Response, as_json
from tools.sandbox.world import Draft, Record, World

#: Seconds between two bytes of an answer that drips, unless it was said.
DRIP = 0.05


class Reception:
    """Takes requests for the providers."""

    def __init__(self, world: World, providers: Sequence[Provider], lives: Lives) -> None:
        self._world = world
        self._providers = providers
        self._lives = lives

    async def handle(self, request: Request, exchange: Exchange) -> None:
        """Answer a request, as the faults in force want it."""
        for provider in self._providers:
            operation = provider.operation(request)
            if operation is not None:
                return await self._serve(provider, operation, request, exchange)
        return await exchange.reply(as_json(404, {"message": f"Nobody here knows {request.method} {request.path}."}))

    async def _serve(self, provider: Provider, operation: Operation, request: Request, exchange: Exchange) -> None:
        if not provider.authenticated(request):
            return await exchange.reply(provider.refusal(401))
        try:
            drafts = provider.read(request) if operation == "send" else []
        except RefusedError as refused:
            return await exchange.reply(refused.response)
        to = drafts[0].to if drafts else None
        fault = self._world.faults.take(TRANSPORT, provider.name, operation, to)
        if fault is None:
            return await exchange.reply(await self._done(provider, request, drafts))
        return await self._fail(provider, request, drafts, fault, exchange)

    async def _fail(
        self, provider: Provider, request: Request, drafts: list[Draft], fault: Fault, exchange: Exchange
    ) -> None:
        match fault.kind:
            case "refuse":
                return await exchange.reply(provider.refusal(fault.status, fault.code, fault.retry_after))
            case "delay":
                await asyncio.sleep(fault.seconds or 0.0)
                return await exchange.reply(await self._done(provider, request, drafts))
            case "drop":
                return exchange.reset()
            case "late_accept":
                # Whether the client still waits does not matter: it is accepted all the same.
                await self._held(fault.seconds)
                return await exchange.reply(await self._done(provider, request, drafts))
        answer = await self._done(provider, request, drafts)
        match fault.kind:
            case "accept_timeout":
                await exchange.abandoned(fault.seconds)
            case "accept_reset":
                exchange.reset()
            case "accept_refuse":
                await exchange.reply(provider.refusal(fault.status, fault.code, fault.retry_after))
            case "malformed":
                await exchange.reply(provider.unreadable())
            case "drip":
                await exchange.drip(answer, DRIP if fault.seconds is None else fault.seconds)

    async def _done(self, provider: Provider, request: Request, drafts: list[Draft]) -> Response:
        """Do what a request wants, and say what is to be answered."""
        if not drafts:
            return provider.ask(request, self._visible(provider))
        try:
            records, answer = provider.accept(drafts)
        except RefusedError as refused:
            return refused.response
        for record in records:
            await self._lives.begin(provider, record)
        return answer

    def _visible(self, provider: Provider) -> list[Record]:
        """What look-ups show."""
        records = self._world.records[provider.name]
        lag = self._world.faults.take(["lag"], provider.name, "look_up")
        if lag is None:
            return records
        if lag.seconds is None:
            return []
        since = self._world.now() - timedelta(seconds=lag.seconds)
        return [record for record in records if record.entry.at <= since]

    async def _held(self, seconds: float | None) -> None:
        if seconds is not None:
            await asyncio.sleep(seconds)
        else:
            await self._world.release.wait()
