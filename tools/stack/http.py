"""Requests to the running application with the standard library alone."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

#: Seconds that one request may take.
TIMEOUT = 30.0

#: Seconds between two tries of something that is about to work.
POLL = 0.05

# A proxy of the user's is not meant for addresses of this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body as it came."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def call(method: str, url: str, key: str | None = None, body: object = None) -> Answer:
    """Sends one request; every status is an answer.

    Raises:
        OSError: nobody answered.
    """
    request = urllib.request.Request(url, method=method)
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.read())


def call_once_served(url: str, seconds: float) -> Answer:
    """The answer of the application; 503 only if the front does not know it within that time."""
    until = time.monotonic() + seconds
    while (answer := call("GET", url)).status == 503 and time.monotonic() < until:
        time.sleep(POLL)
    return answer
