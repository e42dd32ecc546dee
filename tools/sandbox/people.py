"""The people behind the addresses: they open, follow links, unsubscribe, complain and answer, as their habits are."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from tools.sandbox.courier import Courier
from tools.sandbox.habits import Deed, Habit
from tools.sandbox.ledger import Name
from tools.sandbox.outgoing import Reply, ask, is_here
from tools.sandbox.provider import Provider
from tools.sandbox.reading import button, links, one_click
from tools.sandbox.tracker import LANDING, Tracker
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import Record, World

#: What people's devices say that they are, and what a scanner of links says.
BROWSER: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
SCANNER: Final = "Mozilla/5.0 (compatible; Barracuda Sentinel)"
#: What each deed can be done with.
_DONE_WITH: Final[Mapping[Deed, tuple[Name, ...]]] = {
    "open": ("sendgrid",),
    "machine_open": ("sendgrid",),
    "click": ("twilio", "sendgrid"),
    "scan": ("twilio", "sendgrid"),
    "buy": ("twilio", "sendgrid"),
    "unsubscribe": ("sendgrid",),
    "unsubscribe_page": ("twilio", "sendgrid"),
    "complain": ("sendgrid",),
    "reply": ("twilio",),
}
#: In how many steps a link is followed.
_STEPS: Final = 5
#: Seconds before each try of a page that does not answer: people are patient.
_PAUSES: Final = (0.0, 1.0, 4.0)

_HABITS: Final = TypeAdapter(list[Habit])


class People:
    """Does what people do."""

    def __init__(self, world: World, courier: Courier, tracker: Tracker, providers: Mapping[Name, Provider]) -> None:
        self._world = world
        self._courier = courier
        self._tracker = tracker
        self._providers = providers

    async def live_with(self, record: Record, habits: Sequence[Habit]) -> None:
        """Do with a message that arrived what its receiver does by habit."""
        for habit in habits:
            if record.entry.provider in _DONE_WITH[habit.does]:
                await asyncio.sleep(habit.after / self._world.options.speed)
                await self.do(record, habit)

    async def do(self, record: Record, habit: Habit) -> dict[str, Any]:
        """Do one thing with a message; what came of it."""
        match habit.does:
            case "open" | "machine_open" | "complain":
                provider = self._providers["sendgrid"]
                event = "spamreport" if habit.does == "complain" else habit.does
                self._courier.put(provider, provider.told(record, event))
                return {"reported": event}
            case "reply":
                provider = self._providers["twilio"]
                self._courier.put(provider, provider.answered(record, habit.text))
                return {"replied": True}
            case "click" | "scan":
                return _seen(*await self._follow(record, habit.does))
            case "buy":
                return await self._buy(record, habit)
            case "unsubscribe":
                address = one_click(record.entry)
                if address is None:
                    return {"found": None}
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                return _seen(address, await _visit("POST", address, headers, b"List-Unsubscribe=One-Click"))
            case "unsubscribe_page":
                return await self._press_button(record)

    async def answer(self, method: str, path: str, request: Request) -> Response | None:
        """What `/_sandbox/people` is asked: their habits, and to do something now."""
        try:
            match method, path:
                case "GET", "":
                    return self._habits()
                case "PUT", "":
                    self._world.habits.put(_HABITS.validate_python(request.json()["habits"]))
                    return self._habits()
                case "DELETE", "":
                    self._world.habits.put([])
                    return self._habits()
                case "POST", "":
                    return await self._now(Habit.model_validate(request.json()))
        except ValidationError as wrong:
            said = "; ".join(f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors())
            return as_json(400, {"message": said})
        return None

    async def _now(self, habit: Habit) -> Response:
        """Do something with the latest message that somebody got."""
        suitable = [one for one in _DONE_WITH[habit.does] if habit.provider in (None, one)]
        got = [one for name in suitable for one in self._world.records[name] if one.entry.to == habit.to]
        if not got:
            return as_json(404, {"message": f"Nothing reached {habit.to} with which one can {habit.does}."})
        latest = max(got, key=lambda one: one.entry.number)
        return as_json(200, await self.do(latest, habit))

    def _habits(self) -> Response:
        return as_json(200, {"habits": self._world.habits.as_json()})

    async def _follow(self, record: Record, deed: Deed = "click") -> tuple[str | None, Reply]:
        """Follow the first tracked link to where it leads, as far as that is on this machine: where, and what was
        there."""
        found = links(record.entry, "/r/")
        address, reply = (found[0] if found else None), Reply(0)
        method, agent = ("HEAD", SCANNER) if deed == "scan" else ("GET", BROWSER)
        for _ in range(_STEPS):
            if address is None:
                break
            reply = await _visit(method, address, {"User-Agent": agent, "Accept": "text/html"})
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                break
            address = reply.headers["location"]
        return address, reply

    async def _buy(self, record: Record, habit: Habit) -> dict[str, Any]:
        address, reply = await self._follow(record)
        subid = reply.headers.get("set-cookie", "").removeprefix("_subid=").partition(";")[0]
        if address is None or LANDING not in address or not subid:
            return _seen(address, reply)
        told = habit.model_dump(include={"status", "payout", "currency", "tid"}, exclude_none=True)
        return {**_seen(address, reply), "postbacks": await self._tracker.convert(subid, told)}

    async def _press_button(self, record: Record) -> dict[str, Any]:
        found = links(record.entry, "/u/")
        if not found:
            return {"found": None}
        page = await _visit("GET", found[0], {"User-Agent": BROWSER, "Accept": "text/html"})
        form = button(page.body, found[0])
        if form is None:
            return _seen(found[0], page)
        headers = {"User-Agent": BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
        return _seen(form[0], await _visit("POST", form[0], headers, form[1]))


async def _visit(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    """What a page answers, tried again where it does not."""
    reply = Reply(0)
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        reply = await ask(method, url, headers, body)
        if 0 < reply.status < 500 or not is_here(url):
            break
    return reply


def _seen(address: str | None, reply: Reply) -> dict[str, Any]:
    return {"found": address, "status": reply.status}
