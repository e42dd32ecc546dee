"""How an endpoint fares: since when it fails, and until when it rests. Written when that changes, not with each try."""

from typing import Final

from retention.clock import machine_time
from retention.core import Core
from retention.outbound import schedule
from retention.outbound.endpoint import EndpointHealth
from retention.outbound.trying import Tried
from retention.table.keys import Key, key
from retention.table.writes import Create, RefusedError, Remove, Replace, Write

#: How often a change is put together again when somebody else was faster.
TRIES: Final = 5


def health_key(endpoint_id: str) -> Key:
    """Where the health of an endpoint lives."""
    return key("EndpointHealth", endpoint_id=endpoint_id)


def is_resting(core: Core, health: EndpointHealth | None) -> bool:
    """Whether nothing is tried now."""
    until = None if health is None else health.resting_until
    return until is not None and core.now() < until


def noted(core: Core, endpoint_id: str, known: EndpointHealth | None, tried: Tried) -> EndpointHealth | None:
    """Write down what a try says of an endpoint's health; the health as it is then, None: all is well.

    Args:
        known: its health as it was read.
    """
    present = known
    for _ in range(TRIES):
        after = _after(core, endpoint_id, present, tried)
        if after == present:
            return present
        try:
            core.store.write(_write(endpoint_id, present, after))
        except RefusedError:
            present = core.store.find(EndpointHealth, health_key(endpoint_id))
            continue
        return after
    return present


def _after(core: Core, endpoint_id: str, before: EndpointHealth | None, tried: Tried) -> EndpointHealth | None:
    if tried.error is None:
        return None
    silent = 0 if tried.status is not None else (before.silent if before else 0) + 1
    until = schedule.rest(core.clock, silent, tried.retry_after)
    if before is not None and silent == before.silent == 0 and until is None:
        return before
    return EndpointHealth(
        endpoint_id=endpoint_id,
        failing_since=before.failing_since if before else core.now(),
        silent=silent,
        resting_until=until,
        revision=core.ids.revision(),
        # It is of no use when nothing was heard for so long.
        expires_at=core.now() + machine_time(core.clock, 4 * schedule.HOPELESS),
    )


def _write(endpoint_id: str, before: EndpointHealth | None, after: EndpointHealth | None) -> Write:
    if after is None:
        assert before is not None
        return Remove(EndpointHealth, health_key(endpoint_id), seen=before.revision)
    return Create(after) if before is None else Replace(after, before=before)
