"""What happened becomes deliveries, in the very transaction in which it happened: none is lost, none is made up."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from retention import jsontext
from retention.core import Core
from retention.outbound.contents import DATA
from retention.outbound.model import Delivery
from retention.outbound.model import EventType as EventType
from retention.outbound.registry import endpoints_wanting
from retention.table.keys import Key, fingerprint, key
from retention.table.writes import Ensure, Write

#: How long a delivery is kept, delivered or not.
KEPT: Final = timedelta(days=30)


def announced(core: Core, what: EventType, about: str, data: Mapping[str, Any]) -> list[Write]:
    """The deliveries of one event, to be put into its transaction; none where no endpoint wants it.

    They never refuse the transaction: what was announced before is not announced again, and all else is carried out.

    Args:
        about: names the event among its type, so that it is announced once: the id of what it is about and its state.
            Not twice in one transaction.
        data: what is told, as JSON: the members that `contents` lists for the type, and no others, so that nothing
            personal gets out by accident.
    """
    endpoints = endpoints_wanting(core, what)
    if not endpoints:
        return []
    now = core.now()
    payload = payload_of(what, now, {name: data.get(name) for name in DATA[what]})
    return [
        Ensure(
            Delivery.model_construct(
                id=fingerprint(endpoint, what, about),
                endpoint_id=endpoint,
                type=what,
                payload=payload,
                status="pending",
                tries=0,
                due_at=now,
                created_at=now,
                updated_at=now,
                expires_at=now + KEPT,
                revision=core.ids.revision(),
            )
        )
        for endpoint in endpoints
    ]


def delivery_key(delivery_id: str) -> Key:
    """Where a delivery lives."""
    return key("Delivery", id=delivery_id)


def payload_of(what: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The text of an event. Source: Standard Webhooks, "Payload structure"."""
    told = {name: value for name, value in data.items() if value is not None}
    return jsontext.dumps({"type": what, "timestamp": jsontext.format_instant(at), "data": told})


def lead_stopped(core: Core, lead_id: str, reason: str, at: datetime) -> list[Write]:
    """As `announced`: a lead is left alone from an instant on."""
    instant = jsontext.format_instant(at)
    return announced(core, "lead.stopped", f"{lead_id}.{instant}", {"leadId": lead_id, "reason": reason, "at": instant})


def wake_deliveries(core: Core, written: Iterable[Write]) -> None:
    """Have the deliveries among writes that were carried out made at once. What this misses, the sweep finds."""
    ids = [one.entity.id for one in written if isinstance(one, Ensure) and isinstance(one.entity, Delivery)]
    if ids:
        core.jobs_queue.wake_for_deliveries(ids)
