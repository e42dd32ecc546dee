"""`/_sandbox/meta`: people who fill in forms, Meta's notices of them, and its question whether we listen."""

import asyncio
import random
import secrets
from typing import Any
from urllib.parse import urlencode

from tools.sandbox.accounts import META_VERIFY_TOKEN
from tools.sandbox.courier import Courier
from tools.sandbox.graph import BATCH, Graph
from tools.sandbox.outgoing import ask
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import World


class LeadForms:
    """Does what people and Meta do."""

    def __init__(self, world: World, courier: Courier, graph: Graph) -> None:
        self._world = world
        self._courier = courier
        self._graph = graph

    async def answer(self, method: str, path: str, request: Request) -> Response | None:
        """What `/_sandbox/meta` is asked."""
        if (method, path) == ("POST", "/leads"):
            return await self._leads(request.json())
        if (method, path) == ("POST", "/verification"):
            return await self._verification()
        return None

    async def _leads(self, given: dict[str, Any]) -> Response:
        """New leads, and notices of them: `batch` a request, each `copies` times, in any order."""
        left = [self._graph.leave(lead) for lead in given.get("leads", [])]
        extra = [{"leadgen_id": str(one)} for one in given.get("unknown", [])]
        reports = self._graph.notices([*left, *extra]) * int(given.get("copies", 1))
        if int(given.get("copies", 1)) > 1:
            random.shuffle(reports)
        posts = self._graph.posts(reports, int(given.get("batch", BATCH)))
        replies = await asyncio.gather(*map(self._courier.bring, posts))
        return as_json(200, {"ids": [lead["leadgen_id"] for lead in left], "answers": [one.status for one in replies]})

    async def _verification(self) -> Response:
        """Ask our service to prove that it knows the verify token, as Meta does when somebody subscribes."""
        challenge = str(secrets.randbelow(10**10))
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": META_VERIFY_TOKEN}
        reply = await ask("GET", f"{self._world.options.webhooks}/meta?{urlencode(asked)}")
        return as_json(200, {"status": reply.status, "echoed": reply.body.decode("latin-1") == challenge})
