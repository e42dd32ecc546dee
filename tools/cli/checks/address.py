"""The way to the application: its name, its certificate, its answer, its clock."""

import json
import socket
import ssl
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import SplitResult, urlsplit

from urllib3.exceptions import HTTPError

from tools.cli.checks.finding import Finding, fault, ok, warning
from tools.cli.client import TIMEOUT, pool
from tools.stack.places import ROOT

#: Days before the end of a certificate at which somebody should know.
CERTIFICATE_DAYS: Final = 14
#: Seconds between two clocks that matter: signatures are refused after five minutes.
SKEW: Final = 30
SKEW_THAT_BREAKS: Final = 300
_PATIENCE: Final = 5


def look(url: str) -> Iterator[Finding]:
    """Everything about the way; a fault ends it, since what lies behind cannot be seen."""
    split = urlsplit(url)
    name = _name(split)
    yield name
    if name.level == "fault":
        return
    if split.scheme == "https":
        yield _certificate(split)
    elif split.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield warning("encryption", "keys travel in the clear", "Use the address with https://.")
    yield from _answer(url)


def _name(split: SplitResult) -> Finding:
    host = split.hostname or ""
    try:
        found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, _port(split))})
    except (OSError, UnicodeError) as error:
        return fault("name", f"{host} is not found: {error}", "Check the address and your DNS.")
    return ok("name", f"{host} is {', '.join(found)}")


def _certificate(split: SplitResult) -> Finding:
    try:
        with (
            socket.create_connection((split.hostname, _port(split)), timeout=_PATIENCE) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=split.hostname) as secured,
        ):
            ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {}).get("notAfter")))
    except (OSError, ValueError) as error:
        return fault("certificate", str(error), "Renew the certificate, or use the address that it is for.")
    days = int((ends - time.time()) // 86_400)
    if days < CERTIFICATE_DAYS:
        return warning("certificate", f"ends in {days} days", "Renew it.")
    return ok("certificate", f"good for {days} days")


def _answer(url: str) -> Iterator[Finding]:
    began = time.monotonic()
    try:
        response = pool(url).request("GET", f"{url}/health", retries=False, timeout=TIMEOUT)
        if response.status >= 500:
            yield fault("answer", f"status {response.status}", "Look into the logs of the api function.")
            return
        version = str(json.loads(response.data)["version"])
    except HTTPError as error:
        yield fault(
            "answer", f"none: {type(error).__name__}", "See whether it runs: `make run`, or the stack's alarms."
        )
        return
    except (ValueError, KeyError, TypeError):
        yield fault("answer", f"{url}/health does not answer as this service does", "Check the address.")
        return
    yield ok("answer", f"after {(time.monotonic() - began) * 1000:.0f} ms")
    ours = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    if version == ours:
        yield ok("version", version)
    else:
        yield warning(
            "version", f"{version}, and this tool is of {ours}", "Use the tool of the version that is deployed."
        )
    yield from _clock(response.headers.get("Date"))


def _clock(told: str | None) -> Iterator[Finding]:
    if told is None:
        return
    try:
        skew = abs((datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds())
    except (ValueError, TypeError):
        return
    seen = f"{skew:.0f} s apart from the application's"
    todo = "Set this machine's clock."
    if skew >= SKEW_THAT_BREAKS:
        yield fault("clock", seen, todo)
    else:
        yield warning("clock", seen, todo) if skew >= SKEW else ok("clock", seen)


def _port(split: SplitResult) -> int:
    return split.port or (443 if split.scheme == "https" else 80)
