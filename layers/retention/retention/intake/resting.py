"""Until when the Graph API is left alone: one item that every worker reads, so that one refusal is enough for all.

It is read in the same request as the claim of a notice, so respecting it costs nothing; only a refusal writes it. In a
process alone each new one would have to be refused first.
"""

from datetime import datetime

from retention.clock import machine_seconds, machine_time
from retention.core import Core
from retention.entity import Entity
from retention.fields import Instant
from retention.table.keys import Key, key
from retention.table.writes import Put


class ProviderRest(Entity):
    """A provider is asked nothing for a while."""

    provider: str
    until: Instant
    #: The state of the integration that was refused: another one may be asked at once.
    integration: str


def rest_key(provider: str) -> Key:
    """Where the rest of a provider lives."""
    return key("ProviderRest", provider=provider)


def seconds_left(core: Core, rest: ProviderRest | None, integration: str) -> float:
    """Seconds of the machine for which a provider is still to be left alone with this state of its integration."""
    if rest is None or rest.integration != integration:
        return 0.0
    return max(0.0, machine_seconds(core.clock, rest.until - core.now()))


def rest(core: Core, provider: str, integration: str, seconds: float) -> None:
    """Leave a provider alone for so many seconds of the machine. Of several that say so at once, the last counts."""
    until: datetime = core.now() + machine_time(core.clock, seconds)
    core.store.write(Put(ProviderRest(provider=provider, until=until, integration=integration, expires_at=until)))
