"""A tracker such as Keitaro: a landing page that counts clicks, and postbacks about what became of them.

A click gets a name of the tracker's own (subid) and keeps what its link carried (sub_id_1 ... sub_id_30, external_id).
Source: docs.keitaro.io, S2S postback and its placeholders.
"""

import asyncio
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from tools.sandbox.accounts import KEITARO_TOKEN
from tools.sandbox.courier import Courier
from tools.sandbox.provider import Post
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import World

#: First part of the path of landing pages.
LANDING: Final = "/tracker"
#: Where postbacks go unless it was said: macros in braces, values encoded; an unknown macro stays as it is.
TEMPLATE: Final = (
    "{base}/postbacks/keitaro/{token}?subid={subid}&status={status}&payout={revenue}&tid={tid}&currency={currency}"
    "&sub_id_1={sub_id_1}&external_id={external_id}"
)
_KEPT: Final = re.compile(r"sub_id_([1-9]|[12]\d|30)|external_id")
_PAGE: Final = b"<!doctype html><title>Sandbox</title><p>The landing page of the sandbox's tracker.</p>"


class Tracker:
    """Clicks, and what became of them."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier
        self._clicks: list[dict[str, Any]] = []
        self._postbacks: list[dict[str, Any]] = []
        self._template = (TEMPLATE, "GET")

    def land(self, request: Request) -> Response:
        """Somebody comes to a landing page. Its name is in a cookie, as Keitaro has it."""
        subid = secrets.token_hex(10)
        carried = {name: value for name, value in request.query if _KEPT.fullmatch(name)}
        self._clicks.append({"subid": subid, "page": request.path, **carried})
        headers = {"Content-Type": "text/html; charset=utf-8", "Set-Cookie": f"_subid={subid}; Path=/"}
        return Response(200, b"" if request.method == "HEAD" else _PAGE, headers)

    def as_json(self) -> dict[str, Any]:
        """Clicks and postbacks, the oldest first."""
        url, method = self._template
        return {"url": url, "method": method, "clicks": self._clicks, "postbacks": self._postbacks}

    async def answer(self, method: str, path: str, request: Request) -> Response | None:
        """What `/_sandbox/tracker` is asked."""
        match method, path:
            case "GET", "":
                return as_json(200, self.as_json())
            case "PUT", "":
                given = request.json()
                self._template = (str(given.get("url", TEMPLATE)), str(given.get("method", "GET")).upper())
                return as_json(200, self.as_json())
            case "POST", "/conversions":
                given = request.json()
                click = self._click(given)
                if click is None:
                    return as_json(404, {"message": "No click has this subid or sub_id_1."})
                return as_json(200, {"postbacks": await self.convert(click["subid"], given)})
        return None

    async def convert(self, subid: str, told: dict[str, Any]) -> Sequence[dict[str, Any]]:
        """Something became of a click: tell it, in so many copies at once; each postback with its answer.

        Args:
            told: status, and if there are any revenue (or payout), tid, currency, copies, and other macros.
        """
        click = next(one for one in self._clicks if one["subid"] == subid)
        values = {"base": self._world.base, "token": KEITARO_TOKEN, "currency": "USD", "tid": "", "revenue": "0"}
        values |= {name: value for name, value in click.items() if name != "page"}
        values |= {name: str(value) for name, value in told.items() if value is not None}
        values["revenue"] = str(told.get("payout", values["revenue"]))
        post = self._post(values)
        copies = int(told.get("copies", 1))
        replies = await asyncio.gather(*(self._courier.bring(post) for _ in range(copies)))
        sent = [
            {"subid": subid, "status": values["status"], "answer": reply.status, "said": reply.body.decode("latin-1")}
            for reply in replies
        ]
        self._postbacks += sent
        return sent

    def forget(self) -> None:
        """Begin anew."""
        self._clicks, self._postbacks, self._template = [], [], (TEMPLATE, "GET")

    def _click(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """The latest click that a request names by its subid, or by what its link carried."""
        named = [(name, given[name]) for name in ("subid", "sub_id_1", "external_id") if given.get(name)]
        found = [one for one in self._clicks if named and all(one.get(name) == value for name, value in named)]
        return found[-1] if found else None

    def _post(self, values: dict[str, str]) -> Post:
        template, method = self._template
        verbatim = {"base", "token"}

        def filled(macro: re.Match[str]) -> str:
            value = values.get(macro[1])
            if value is None:
                return macro[0] if not _KEPT.fullmatch(macro[1]) else ""
            return value if macro[1] in verbatim else quote(value, safe="")

        url = re.sub(r"\{(\w+)\}", filled, template)
        if method == "GET":
            return Post(url, {}, b"", "GET")
        address, _, query = url.partition("?")
        return Post(address, {"Content-Type": "application/x-www-form-urlencoded"}, query.encode())
