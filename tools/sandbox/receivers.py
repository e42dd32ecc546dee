"""Stands where the team's own systems do: takes event webhooks and postbacks, checks their signatures, fails on demand.

`/receiver/{name}` takes whatever comes; `/_sandbox/receivers/{name}` says how it is to answer, and shows what came.
"""

import asyncio
import hmac
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from tools.sandbox import signatures
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import World

#: First part of the path.
PATH: Final = "/receiver/"
#: Headers that are shown.
_SHOWN: Final = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")


class Manner(BaseModel):
    """How one receiver answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    #: With which signatures are checked: whsec_ and base 64; None checks none.
    secret: str | None = Field(default=None, pattern=r"^whsec_[A-Za-z0-9+/]+=*$")
    #: Its answer, for so many requests; after that 204. None: for all.
    status: int = Field(default=204, ge=200, le=599)
    times: int | None = Field(default=None, ge=1)
    retry_after: int | None = None
    #: Seconds until it answers.
    seconds: float = Field(default=0.0, ge=0)


class Receivers:
    """All receivers, by name; each is there from its first request on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._manners: dict[str, Manner] = {}
        self._left: dict[str, int | None] = {}
        self._got: dict[str, list[dict[str, Any]]] = {}

    async def take(self, request: Request) -> Response:
        """Take what comes, and answer in the manner that was asked for."""
        name = request.path.removeprefix(PATH).partition("/")[0]
        manner = self._manners.get(name, Manner())
        left = self._left.get(name)
        status = manner.status if left is None or left > 0 else 204
        if left:
            self._left[name] = left - 1
        self._got.setdefault(name, []).append(
            {
                "at": self._world.now().isoformat(timespec="milliseconds"),
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "headers": {name: request.headers[name] for name in _SHOWN if name in request.headers},
                "body": request.body.decode("utf-8", "replace"),
                "verified": None if manner.secret is None else _verified(manner.secret, request),
                "answer": status,
            }
        )
        await asyncio.sleep(manner.seconds)
        headers = {} if manner.retry_after is None else {"Retry-After": str(manner.retry_after)}
        return Response(status, b"", headers)

    async def answer(self, method: str, path: str, request: Request) -> Response | None:
        """What `/_sandbox/receivers` is asked."""
        name = path.strip("/")
        if not name:
            counts = {one: len(got) for one, got in self._got.items()}
            return as_json(200, {"receivers": counts}) if method == "GET" else None
        if method == "PUT":
            try:
                self._manners[name] = Manner.model_validate(request.json())
            except ValidationError as wrong:
                return as_json(400, {"message": "; ".join(error["msg"] for error in wrong.errors())})
            self._left[name] = self._manners[name].times
        elif method == "DELETE":
            self._got.pop(name, None)
        elif method != "GET":
            return None
        return as_json(200, {"got": self._got.get(name, [])})

    def forget(self) -> None:
        """Begin anew."""
        self._manners, self._left, self._got = {}, {}, {}


def _verified(secret: str, request: Request) -> bool:
    identifier, timestamp = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp"))
    expected = signatures.standard(secret, identifier, timestamp, request.body)
    given = request.headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected, one) for one in given)
