"""Requests to the API, tried again while it is busy, with errors in words.

Every write carries an Idempotency-Key that its repetitions keep: a write whose answer was lost is not done twice.
"""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, SSLError

from tools.cli.exits import BAD_INPUT, PARTLY, UNREACHABLE, CommandError, UnreachableError

#: Tries of one request, and seconds between them: doubled each time, never more than the last.
TRIES: Final = 6
FIRST_PAUSE: Final = 0.3
LONGEST_PAUSE: Final = 20.0
#: Seconds until a connection stands, and between two pieces of an answer. The gateway gives up after 30.
TIMEOUT: Final = urllib3.Timeout(connect=5, read=35)
#: Answers that another try may change.
BUSY: Final = frozenset({429, 500, 502, 503, 504})
#: 409 that another try may change: the same request is being worked on, or others got in between.
BUSY_CODES: Final = frozenset({"idempotency_running", "contention"})


class RefusedError(CommandError):
    """The API answered no."""

    def __init__(self, method: str, path: str, status: int, problem: Mapping[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("message") or f"answered {status}"
        hint = None
        if status in (401, 403):
            hint = "Give a key that may do this with --key or RETENTION_KEY."
        super().__init__(
            str(detail),
            _exit(status),
            hint=hint,
            code=str(problem.get("code") or f"http_{status}"),
            errors=problem.get("errors") or (),
        )
        self.http = status
        self.asked = f"{method} {path}"

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        told = super().as_json()
        told["error"] |= {"status": self.http, "request": self.asked}
        return told


def _exit(status: int) -> int:
    if status in (401, 403, 429) or status >= 500:
        return UNREACHABLE
    return PARTLY if status in (409, 412) else BAD_INPUT


class Client:
    """The API at an address, with a key."""

    def __init__(self, url: str, key: str | None, *, pause: Callable[[float], object] = time.sleep) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._pause = pause

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return pool(self.url)

    def get(self, path: str, **query: Any) -> Any:
        """What is there. Parameters that are None are left out.

        Raises:
            RefusedError, UnreachableError
        """
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        """Do something; safe to be lost and repeated.

        Raises:
            RefusedError, UnreachableError
        """
        return self.ask("POST", path, body)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Everything in a list, page by page.

        Raises:
            RefusedError, UnreachableError
        """
        cursor = None
        while True:
            page = self.get(path, **{"limit": 100, **query, "cursor": cursor})
            yield from page["data"]
            cursor = page["nextCursor"]
            if cursor is None:
                return

    def ask(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """One request, tried until it is answered; the body of the answer, or None when it has none.

        Raises:
            RefusedError: the answer is an error.
            UnreachableError: there is no answer.
        """
        response = self.raw(method, path, body, query)
        try:
            answer = json.loads(response.data) if response.data else None
        except ValueError:
            raise UnreachableError(
                f"{self.url} answers, but not as this API does (status {response.status}).",
                hint="Is this the address of the API?",
                code="not_the_api",
            ) from None
        if response.status >= 400:
            raise RefusedError(method, path, response.status, answer if isinstance(answer, dict) else {})
        return answer

    def raw(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """One request, tried while the answer is that it should be; the last answer as it is.

        Raises:
            UnreachableError: there is no answer.
        """
        named = {name: _word(value) for name, value in (query or {}).items() if value is not None}
        target = f"{self.url}{path}" + (f"?{urlencode(named)}" if named else "")
        headers = {"Accept": "application/json", "User-Agent": "retention-cli"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        return trying(
            lambda: self._pool.request(method, target, body=content, headers=headers, retries=False, timeout=TIMEOUT),
            self.url,
            self._pause,
        )


def trying(
    send: Callable[[], urllib3.BaseHTTPResponse], where: str, pause: Callable[[float], object] = time.sleep
) -> urllib3.BaseHTTPResponse:
    """Send until the answer is one that stands, or it has been tried often enough.

    Raises:
        UnreachableError: nobody answered.
    """
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        try:
            response = send()
        except (SSLError, LocationValueError) as error:
            raise UnreachableError(f"{where} cannot be reached safely: {error}", hint="Check the address.") from None
        except HTTPError as error:
            if last:
                raise UnreachableError(
                    f"{where} does not answer: {_cause(error)}.", hint="Check the address, and whether it runs."
                ) from None
            pause(_wait(attempt))
        else:
            if last or not _is_busy(response):
                return response
            pause(_wait(attempt, response.headers.get("Retry-After")))
    raise AssertionError("unreachable")


def _is_busy(response: urllib3.BaseHTTPResponse) -> bool:
    if response.status != 409:
        return response.status in BUSY
    try:
        return json.loads(response.data).get("code") in BUSY_CODES
    except (ValueError, AttributeError):
        return False


def _wait(attempt: int, told: str | None = None) -> float:
    """Seconds until the next try: as told, or twice as long as before; a little chance keeps many callers apart."""
    if told and told.strip().isdigit():
        return min(float(told), LONGEST_PAUSE)
    longest: float = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)


def _cause(error: HTTPError) -> str:
    """Why, without the object addresses that urllib3 shows."""
    return str(error).rpartition(": ")[2].rstrip(".") or type(error).__name__


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def segment(text: str) -> str:
    """A part of a path."""
    return quote(text, safe="")


def pool(url: str) -> urllib3.PoolManager:
    """Connections to an address: through the proxy of the environment where it has one for it."""
    split = urlsplit(url)
    proxy = getproxies().get(split.scheme)
    local = split.hostname in ("localhost", "127.0.0.1", "::1")
    if proxy and not local and not proxy_bypass(split.hostname or ""):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()
