"""Brings reports to us: to addresses of this machine only, a few times, and without a word when nobody takes them."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tools.sandbox.outgoing import Reply, ask, is_here
from tools.sandbox.provider import Post, Provider, Report

#: Seconds before each try after the first.
PAUSES: Final = (0.5, 2.0, 5.0, 15.0)
#: Posts at a time.
AT_ONCE: Final = 8
#: Answers that mean that nobody is there for reports, and seconds for which such an address is left alone.
NOBODY: Final = (404, 405, 501)
REST: Final = 60.0


class Courier:
    """Delivers for as long as the server runs."""

    def __init__(self) -> None:
        #: Posts that we took, that we did not, and that were not tried.
        self.counts = {"delivered": 0, "failed": 0, "leftOut": 0}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._collected: dict[Provider, list[Report]] = {}
        #: Until when (time of the loop) an address is left alone.
        self._closed: dict[str, float] = {}

    def put(self, provider: Provider, reports: Sequence[Report]) -> None:
        """Deliver, together with others where the provider collects its reports."""
        if not provider.batch_seconds:
            self.start(self.deliver(provider, reports))
        elif reports:
            if provider not in self._collected:
                self._collected[provider] = []
                self.start(self._deliver_collected(provider))
            self._collected[provider] += reports

    async def deliver(self, provider: Provider, reports: Sequence[Report]) -> None:
        """Deliver now; returns when everything was taken or given up."""
        if reports:
            await asyncio.gather(*(self.bring(post) for post in provider.posts(reports)))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else, until it is done or the courier stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave everything as it is."""
        self._collected.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver_collected(self, provider: Provider) -> None:
        await asyncio.sleep(provider.batch_seconds)
        await self.deliver(provider, self._collected.pop(provider))

    async def bring(self, post: Post) -> Reply:
        """Make one request, a few times if need be; the last answer to it."""
        parts = urlsplit(post.url)
        address = f"{parts.netloc}{parts.path}"
        now = asyncio.get_running_loop().time
        reply = Reply(0)
        for pause in (0.0, *PAUSES):
            if not is_here(post.url) or self._closed.get(address, 0.0) > now():
                self.counts["leftOut"] += 1
                return reply
            await asyncio.sleep(pause)
            async with self._places:
                reply = await ask(post.method, post.url, post.headers, post.body)
            if 200 <= reply.status < 300:
                self.counts["delivered"] += 1
                return reply
            if reply.status in NOBODY:
                self._closed[address] = now() + REST
        self.counts["failed"] += 1
        return reply
