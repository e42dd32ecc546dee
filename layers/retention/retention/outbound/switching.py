"""An endpoint and the registry are written together: what is announced follows what is switched on."""

import logging
from datetime import datetime

from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.model import EndpointRegistry
from retention.outbound.registry import registry_key
from retention.table import keys
from retention.table.keys import Key, key
from retention.table.writes import Create, RefusedError, Replace, Write

logger = logging.getLogger(__name__)


def endpoint_key(endpoint_id: str) -> Key:
    """Where an endpoint lives."""
    return key("WebhookEndpoint", id=endpoint_id)


def read_registry(core: Core) -> EndpointRegistry | None:
    """The registry as it is now; None while there has been no endpoint."""
    return core.store.find(EndpointRegistry, registry_key())


def registered(
    core: Core, before: EndpointRegistry | None, endpoint: WebhookEndpoint, *, more: int = 0, gone: bool = False
) -> Write:
    """The part of a transaction that brings the registry up to an endpoint; refused when somebody else was faster.

    Args:
        before: the registry as it was read.
        more: how many more endpoints there are with it.
        gone: it is being deleted.
    """
    wanting = [one for one in (before.wanting if before else ()) if one["id"] != endpoint.id]
    if endpoint.is_active and not gone:
        wanting.append({"id": endpoint.id, "events": list(endpoint.events)})
    count = (before.count if before else 0) + more
    after = EndpointRegistry(wanting=wanting, count=count, revision=core.ids.revision())
    return Create(after) if before is None else Replace(after, before=before)


def bring_up(core: Core) -> None:
    """Bring the registry up to the endpoints that there are; nothing where it is so already.

    For those that did not come by the API. The registry is read first and changes with every endpoint, so whoever
    changes one meanwhile is not passed over.

    Raises:
        ContentionError: others kept changing endpoints.
    """
    for _ in range(REVISE_TRIES):
        before = read_registry(core)
        found = list(core.store.query_entities(WebhookEndpoint, keys.partitions("WebhookEndpoint")[0]))
        wanted = {one.id: {"id": one.id, "events": list(one.events)} for one in found if one.is_active}
        known = [one["id"] for one in (before.wanting if before else ()) if one["id"] in wanted]
        wanting = [wanted[name] for name in dict.fromkeys([*known, *wanted])]
        if (before.wanting, before.count) == (wanting, len(found)) if before else not found:
            return
        after = EndpointRegistry(wanting=wanting, count=len(found), revision=core.ids.revision())
        try:
            core.store.write(Create(after) if before is None else Replace(after, before=before))
        except RefusedError:
            continue
        return
    raise ContentionError


def switch_off(core: Core, endpoint_id: str, because: str) -> bool:
    """Tell an endpoint nothing more until somebody switches it on again; whether this call did it."""
    for _ in range(REVISE_TRIES):
        endpoint = core.store.find(WebhookEndpoint, endpoint_key(endpoint_id))
        if endpoint is None or not endpoint.is_active:
            return False
        now: datetime = core.now()
        after = core.changed(endpoint, is_active=False, disabled_at=now, disabled_because=because)
        try:
            core.store.write(Replace(after, before=endpoint), registered(core, read_registry(core), after))
        except RefusedError:
            continue
        logger.warning("endpoint_switched_off", extra={"endpoint": endpoint_id, "because": because})
        return True
    return False
