"""Meta: that somebody filled in a lead form."""

import logging

from retention.receiving import form
from retention.receiving.callers import Caller
from retention.receiving.request import Request
from retention.receiving.splitting import meta as splitting
from retention.receiving.verifying import meta
from webhooks.answers import Answer, text
from webhooks.door import CallerRefusedError, Door

logger = logging.getLogger(__name__)


def notice(door: Door, request: Request, _: str) -> Answer:
    """A subscription is confirmed, or leads are told of."""
    return _subscribed(door, request) if request.method == "GET" else _told(door, request)


def _subscribed(door: Door, request: Request) -> Answer:
    query = dict(form.pairs(request.query))

    def refusal(caller: Caller) -> str | None:
        return meta.subscription_refusal(door.keys(caller, "verifyToken"), query)

    door.admit("meta", refusal)
    return text(200, query["hub.challenge"][:200])


def _told(door: Door, request: Request) -> Answer:
    def refusal(caller: Caller) -> str | None:
        return meta.refusal(door.keys(caller, "appSecret"), request)

    door.admit("meta", refusal)
    found = splitting.notices(request.body, door.clock.now(), lambda entry: meta.is_fresh(entry, door.clock))
    if found.stale and not found.events and found.stale == found.entries:
        raise CallerRefusedError("too_old_or_too_new")
    if found.stale:
        logger.warning("entries_left_out", extra={"source": "meta", "count": found.stale})
    door.keep(found.events)
    return text(200, "EVENT_RECEIVED")
