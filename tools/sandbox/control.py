"""`/_sandbox`: where the sandbox is told what to do wrong, and asked what it accepted."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Protocol

from pydantic import TypeAdapter, ValidationError

from tools.sandbox.courier import Courier
from tools.sandbox.faults import Fault
from tools.sandbox.ledger import Name
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import World

#: Entries in one answer.
PAGE = 1000
#: The providers that messages are sent by.
SENDERS: Final[tuple[Name, ...]] = ("twilio", "sendgrid", "vapi")

_FAULTS = TypeAdapter(list[Fault])


class Part(Protocol):
    """A part of the sandbox that has a folder of its own below `/_sandbox`."""

    async def answer(self, method: str, path: str, request: Request) -> Response | None:
        """Do what is asked; `path` is what follows the folder's name. None: there is no such thing.

        Raises:
            ValueError, TypeError, KeyError: the body is not what it should be.
        """


class Forgetful(Protocol):
    """What begins anew with everything else."""

    def forget(self) -> None:
        """Begin anew."""


class Control:
    """Answers what is asked of the sandbox itself. It needs no key: it listens on this machine only."""

    def __init__(
        self, world: World, courier: Courier, parts: Mapping[str, Part], forgetful: tuple[Forgetful, ...]
    ) -> None:
        """Hands what is asked below `/_sandbox/{name}` to the part of that name."""
        self._world = world
        self._courier = courier
        self._parts = parts
        self._forgetful = forgetful

    async def answer(self, request: Request) -> Response:
        """Do what is asked."""
        match request.method, request.path.removeprefix("/_sandbox").rstrip("/"):
            case "GET", "":
                return as_json(200, self.summary())
            case "GET", "/ledger":
                return self._ledger(request)
            case "GET", "/faults":
                return self._faults()
            case "PUT", "/faults":
                return self._put(request)
            case "DELETE", "/faults":
                self._world.faults.clear()
                return self._faults()
            case "POST", "/release":
                self.release()
                return as_json(200, self.summary())
            case "POST", "/reset":
                await self.reset()
                return as_json(200, self.summary())
        name, slash, rest = request.path.removeprefix("/_sandbox/").partition("/")
        found = await self._asked(name, slash + rest.rstrip("/"), request) if name in self._parts else None
        return found or as_json(
            404, {"message": f"There is no {request.method} {request.path}; docs/development.md has the list."}
        )

    async def _asked(self, name: str, path: str, request: Request) -> Response | None:
        try:
            return await self._parts[name].answer(request.method, "" if path == "/" else path, request)
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            return as_json(400, {"message": f"The body is not what it should be: {wrong!r}."})

    def summary(self) -> dict[str, Any]:
        """What there is, in numbers."""
        accepted = Counter(entry.provider for entry in self._world.ledger.since())
        return {
            "entries": len(self._world.ledger),
            "accepted": {name: accepted[name] for name in SENDERS},
            "callbacks": self._courier.counts,
            "faults": self._world.faults.as_json(),
            "sendgridPublicKey": self._world.event_key.public(),
        }

    def release(self) -> None:
        """Accept what is held back."""
        self._world.release.set()
        self._world.release.clear()

    async def reset(self) -> None:
        """Begin anew."""
        await self._courier.stop()
        self._world.forget()
        for part in self._forgetful:
            part.forget()
        self._courier.counts.update(dict.fromkeys(self._courier.counts, 0))

    def _ledger(self, request: Request) -> Response:
        try:
            since = max(0, int(request.asked("since") or 0))
        except ValueError:
            return as_json(400, {"message": "since is the number of the last entry that is known"})
        entries = self._world.ledger.since(since)
        shown = [entry.as_json() for entry in entries[:PAGE]]
        return as_json(200, {"entries": shown, "more": len(entries) > PAGE})

    def _faults(self) -> Response:
        return as_json(200, {"faults": self._world.faults.as_json()})

    def _put(self, request: Request) -> Response:
        try:
            given = request.json()
            self._world.faults.put(_FAULTS.validate_python(given["faults"]))
        except ValidationError as wrong:
            return as_json(400, {"message": "; ".join(_sentence(error) for error in wrong.errors())})
        except (ValueError, TypeError, KeyError):
            return as_json(400, {"message": 'the body is {"faults": [{"kind": ...}, ...]}'})
        return self._faults()


def _sentence(error: Any) -> str:
    return f"faults/{'/'.join(str(part) for part in error['loc'])}: {error['msg']}"
