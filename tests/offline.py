"""No test leaves the machine: what providers are reached with resolves no names."""

import socket
from collections.abc import Sequence

from retention.clock import Clock
from retention.config import Settings
from retention.integrations.providers import HOSTS, allowed_urls
from retention.providers.destination import Destinations
from retention.providers.http import HttpClient


def offline(settings: Settings, clock: Clock) -> HttpClient:
    """Reaches what the settings allow on this machine, and nothing else."""
    return HttpClient(clock, Destinations(HOSTS, allowed_urls(settings)), resolve=_loopback_only)


def _loopback_only(name: str, port: int) -> Sequence[str]:
    if name != "127.0.0.1":
        raise socket.gaierror(f"tests do not ask for {name}")
    return [name]
