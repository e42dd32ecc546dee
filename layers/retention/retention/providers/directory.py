"""From a channel to its provider, with the credentials of the integration.

Settings and credentials are kept for a minute of the machine, so a rotation or a switch takes effect within it. A
provider that does not take the credentials has them read again at once, and is asked once more: it took nothing.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from retention.clock import machine_time
from retention.core import Core
from retention.errors import InvalidInputError, SecretStoreError
from retention.fields import Channel
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import HOSTS, PROVIDERS, allowed_urls, provider_of
from retention.integrations.secrets import integration_secrets
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.http import HttpClient
from retention.providers.outcomes import LOOK_UP_SECONDS, SEND_SECONDS, Unauthorized, UnauthorizedError
from retention.providers.port import Blind, Lookup, Missing, Order, Outcome, Provider, Trace
from retention.providers.sendgrid import Sendgrid
from retention.providers.twilio import Twilio
from retention.providers.vapi import Vapi
from retention.table.keys import key

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds of the machine that settings and credentials are kept; and that there are none.
KEPT: Final = 60.0
KEPT_MISSING: Final = 5.0
#: Seconds that must be left for asking once more.
ENOUGH: Final = 3.0

Wired = Twilio | Sendgrid | Vapi
#: The providers that are asked for something, by their names.
WIRED: Final[Mapping[str, Callable[[Any, HttpClient], Wired]]] = {
    "twilio": Twilio,
    "sendgrid": Sendgrid,
    "vapi": Vapi,
}


@dataclass(frozen=True)
class Entry:
    """An integration as it was read, and the provider made of it; None where it cannot be used."""

    read_at: datetime
    integration: IntegrationConfig | None
    wired: Wired | None

    @property
    def usable(self) -> Wired | None:
        """The provider, if it is switched on."""
        return self.wired if self.integration is not None and self.integration.is_active else None


class Directory:
    """Finds providers. Safe to use from several threads."""

    def __init__(self, core: Core, http: HttpClient | None = None) -> None:
        self._core = core
        self._http = http or HttpClient(core.clock, Destinations(HOSTS, allowed_urls(core.settings)))
        self._entries: dict[str, Entry] = {}
        self._one_at_a_time = threading.Lock()

    def provider_for(self, channel: Channel) -> Provider | None:
        """The provider of a channel; None while it is not set up, switched off, or its credentials cannot be read."""
        wired = self._entry(provider_of(channel)).usable
        return None if wired is None else _Renewing(self, wired)

    def read(self, name: str) -> Entry:
        """An integration as it is now: read consistently, its credentials by the version that it names.

        Raises:
            SecretStoreError: its credentials cannot be read.
        """
        now = self._core.now()
        found = self._core.store.find(IntegrationConfig, key("IntegrationConfig", provider=name))
        if found is None or name not in WIRED:
            return Entry(now, found, None)
        secrets = integration_secrets(self._core.settings).read(name, found.secret_version)
        try:
            settings = PROVIDERS[found.provider].parse({**found.config, **(secrets or {})}, self._core.settings)
        except InvalidInputError:
            # Credentials that are on their way out, or an address that the deployment allows no more.
            logger.warning("integration_unusable", extra={"provider": name})
            return Entry(now, found, None)
        return Entry(now, found, WIRED[name](settings, self._http))

    def is_same_account(self, name: str, at: datetime) -> bool:
        """Whether an integration names the account that a send at that instant went to, for certain."""
        kept = self._entries.get(name)
        integration = None if kept is None else kept.integration
        if integration is None or integration.created_at > at:
            return False
        # A send goes by what was read up to a minute before.
        since = integration.account_since
        return since is None or since <= at - machine_time(self._core.clock, KEPT)

    def renewed(self, name: str, refused: Wired) -> Wired | None:
        """The provider with credentials that were read after those of `refused`; None if it cannot be used any more."""
        with self._one_at_a_time:
            kept = self._entries.get(name)
            if kept is None or kept.wired is refused:
                kept = self._entries[name] = self._read_quietly(name)
            return kept.usable

    def _entry(self, name: str) -> Entry:
        with self._one_at_a_time:
            kept = self._entries.get(name)
            if kept is not None:
                lasting = machine_time(self._core.clock, KEPT if kept.wired is not None else KEPT_MISSING)
                if self._core.now() - kept.read_at < lasting:
                    return kept
            self._entries[name] = self._read_quietly(name)
            return self._entries[name]

    def _read_quietly(self, name: str) -> Entry:
        now = self._core.now()
        try:
            return self.read(name)
        except SecretStoreError:
            logger.warning("credentials_unreadable", extra={"provider": name})
            return Entry(now, None, None)


class _Renewing:
    """A provider that gets its credentials again when they are refused, and is then asked once more."""

    def __init__(self, directory: Directory, wired: Wired) -> None:
        self._directory = directory
        self._wired = wired
        self.name: str = wired.name
        self.places = wired.places
        self.prices = wired.prices

    def send(self, order: Order) -> Outcome:
        """Send one message. A refusal of the credentials is certain, so asking again cannot send it twice."""
        deadline = Deadline(SEND_SECONDS)
        outcome = self._wired.send(order, deadline)
        if isinstance(outcome, Unauthorized) and deadline.leaves(ENOUGH):
            renewed = self._directory.renewed(self.name, self._wired)
            if renewed is not None and deadline.leaves(ENOUGH):
                return renewed.send(order, deadline)
        return outcome

    def look_up(self, trace: Trace) -> Lookup:
        """Find a send. What is not in the records proves nothing if they may be another account's by now."""
        found = self._asked(lambda wired, deadline: wired.look_up(trace, deadline))
        if isinstance(found, Missing) and not self._directory.is_same_account(self.name, trace.at):
            return Blind("the integration was changed since: these may be another account's records")
        return found

    def report(self, ref: str) -> Mapping[str, Any] | Blind | None:
        """What became of a call."""

        def ask(wired: Wired, deadline: Deadline) -> Mapping[str, Any] | Blind | None:
            return wired.report(ref, deadline) if isinstance(wired, Vapi) else Blind("its records show no calls")

        return self._asked(ask)

    def _asked(self, ask: Callable[[Wired, Deadline], T]) -> T | Blind:
        """Ask for something that changes nothing, and once more with credentials that are read anew."""
        deadline = Deadline(LOOK_UP_SECONDS)
        try:
            return ask(self._wired, deadline)
        except UnauthorizedError:
            renewed = self._directory.renewed(self.name, self._wired)
        try:
            if renewed is not None and deadline.leaves(ENOUGH):
                return ask(renewed, deadline)
        except UnauthorizedError:
            pass
        return Blind("the provider does not take the credentials")
